package exchange

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/enrol"
	"minglu/sync/facts"
	"minglu/sync/receive"
	"minglu/sync/wire"
)

const (
	// factAge is how far back something is a fact for a duty log.
	factAge = 48 * time.Hour
	// tellAgain is how long a fact waits for the machine it was told to, before another one hears it.
	tellAgain = 6 * time.Hour
	// inUse is the longest recording that is believed to run while nothing more is heard of it.
	inUse    = 12 * time.Hour
	factPage = 100
	dutyItem = "DUTY" // a closed day's package, which is no recording
)

// tell notes which facts a machine has noted, and tells it those of the hall's rooms that nobody has. Rooms that
// keep the log themselves are left out: they note what happens to them.
func (d *Desk) tell(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	hall, err := d.member(room, r)
	if err != nil {
		return nil, err
	}
	var ask wire.DutyNoted
	if err := receive.Read(r, &ask); err != nil {
		return nil, err
	}
	if ask.V != 1 || len(ask.Noted) > factPage {
		return nil, receive.Refuse(400, wire.RefuseForm, fmt.Sprintf("version %d, %d keys; at most %d of version 1 are taken", ask.V, len(ask.Noted), factPage))
	}
	return d.Tell(r.Context(), hall, room, ask.Noted)
}

// Tell is the call of a machine of a hall.
func (d *Desk) Tell(ctx context.Context, hall, machine string, noted []string) (wire.DutyFacts, error) {
	answer := wire.DutyFacts{Facts: []wire.RoomFact{}, Using: []wire.RoomInUse{}}
	rooms, err := d.rooms(ctx, hall, machine)
	if err != nil {
		return answer, err
	}
	var seen []wire.RoomFact
	for _, m := range rooms {
		recordings, err := d.Changed(ctx, m.Room, d.Now().Add(-factAge))
		if err != nil {
			return answer, err
		}
		answer.Using = append(answer.Using, d.using(m.Member, recordings)...)
		if m.keeps {
			continue
		}
		more, err := d.happened(ctx, hall, m.Member, recordings)
		if err != nil {
			return answer, err
		}
		seen = append(seen, more...)
	}
	ill, err := d.failing(ctx, rooms)
	if err != nil {
		return answer, err
	}
	answer.Facts, answer.More, err = d.turn(ctx, hall, machine, noted, append(seen, ill...))
	return answer, err
}

// roomOf is a room of a hall, and whether it keeps the hall's log itself.
type roomOf struct {
	enrol.Member
	keeps bool
}

// rooms are the hall's rooms beside the one that asks.
func (d *Desk) rooms(ctx context.Context, hall, machine string) (rooms []roomOf, err error) {
	members, err := d.Members()
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if cmp.Or(m.Hall, m.Room) != hall || m.Room == machine {
			continue
		}
		r := roomOf{Member: m}
		err := d.DB.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM duty_entry WHERE hall = $1 AND machine = $2)`, hall, m.Room).Scan(&r.keeps)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, r)
	}
	return rooms, nil
}

// happened are the facts that recordings are. A package received is opened once: what is written down of it is left out.
func (d *Desk) happened(ctx context.Context, hall string, m enrol.Member, recordings []receive.Recording) (list []wire.RoomFact, err error) {
	for _, r := range recordings {
		if r.Item == dutyItem || r.State != "received" && r.State != "refused" {
			continue
		}
		f := wire.RoomFact{Room: m.Room, Title: m.Title, Kind: wire.FactRefused, At: r.Start, ID: r.ID, Item: r.Item}
		if r.State == "received" {
			var known bool
			err := d.DB.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM hall_fact WHERE hall = $1 AND key IN ($2, $3))`,
				hall, wire.FactUsed+" "+r.ID, wire.FactInterrupted+" "+r.ID).Scan(&known)
			if err != nil {
				return nil, err
			}
			if known {
				continue
			}
			broken, err := d.Broken(r.ID)
			if err != nil {
				return nil, err
			}
			if f.Kind = wire.FactUsed; broken {
				f.Kind = wire.FactInterrupted
			}
		}
		f.Key = f.Kind + " " + r.ID
		list = append(list, f)
	}
	return list, nil
}

// using is what a room records now: the newest of its numbers, while it is not sealed.
func (d *Desk) using(m enrol.Member, recordings []receive.Recording) []wire.RoomInUse {
	if len(recordings) == 0 {
		return nil
	}
	last := recordings[len(recordings)-1]
	at, err := evidence.ParseTime(last.Start)
	if err != nil || last.State != "recording" || d.Now().Sub(at) > inUse {
		return nil
	}
	return []wire.RoomInUse{{Room: m.Room, Title: m.Title, ID: last.ID, Item: last.Item, Since: last.Start}}
}

// failing are the faults that the rooms' doctors told last, once a day each.
func (d *Desk) failing(ctx context.Context, rooms []roomOf) (list []wire.RoomFact, err error) {
	newest, err := facts.Newest(ctx, d.DB, facts.Doctor)
	if err != nil {
		return nil, err
	}
	for _, f := range newest {
		i := slices.IndexFunc(rooms, func(m roomOf) bool { return m.Room == f.Room && !m.keeps })
		if i < 0 || d.Now().Sub(f.Received) > factAge {
			continue
		}
		h, err := facts.ParseHealth(f.Body)
		if err != nil {
			return nil, err
		}
		at := evidence.FormatTime(f.Received)
		for _, c := range h.Checks {
			if c.State == "fail" {
				list = append(list, wire.RoomFact{Key: "failing " + at[:10] + " " + f.Room + " " + c.Check, Room: f.Room, Title: rooms[i].Title,
					Kind: wire.FactFailing, At: at, Check: c.Title, Found: c.Found})
			}
		}
	}
	return list, nil
}

// turn writes down what was seen and what is noted, and gives a machine what is its to note. All of it is durable
// before it is told.
func (d *Desk) turn(ctx context.Context, hall, machine string, noted []string, seen []wire.RoomFact) (list []wire.RoomFact, more bool, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	tx, err := d.DB.BeginTx(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	for _, f := range seen {
		body, err := json.Marshal(f)
		if err != nil {
			return nil, false, err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO hall_fact (hall, key, at, body, teller, told, noted) VALUES ($1, $2, $3, $4, '', 0, 0)
			ON CONFLICT (hall, key) DO NOTHING`, hall, f.Key, f.At, string(body))
		if err != nil {
			return nil, false, err
		}
	}
	for _, key := range noted {
		if _, err := tx.ExecContext(ctx, `UPDATE hall_fact SET noted = 1, teller = $3 WHERE hall = $1 AND key = $2`, hall, key, machine); err != nil {
			return nil, false, err
		}
	}
	if list, err = d.unnoted(ctx, tx, hall, machine); err != nil {
		return nil, false, err
	}
	if more = len(list) > factPage; more {
		list = list[:factPage]
	}
	for _, f := range list {
		if _, err := tx.ExecContext(ctx, `UPDATE hall_fact SET teller = $3, told = $4 WHERE hall = $1 AND key = $2`, hall, f.Key, machine, d.Now().UnixMilli()); err != nil {
			return nil, false, err
		}
	}
	return list, more, tx.Commit()
}

func (d *Desk) unnoted(ctx context.Context, tx *sql.Tx, hall, machine string) (list []wire.RoomFact, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT body FROM hall_fact WHERE hall = $1 AND noted = 0 AND at >= $2
		AND (teller = '' OR teller = $3 OR told < $4) ORDER BY at, key LIMIT $5`,
		hall, evidence.FormatTime(d.Now().Add(-factAge)), machine, d.Now().Add(-tellAgain).UnixMilli(), factPage+1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	list = []wire.RoomFact{}
	for rows.Next() {
		var body string
		var f wire.RoomFact
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}
