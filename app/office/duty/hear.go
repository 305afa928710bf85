package duty

import (
	"context"
	"errors"
	"fmt"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// Hear notes what headquarters tells of the hall's rooms, each fact once, and answers which rooms are in use. A fact
// is told until it is said to be noted, so that a broken line loses none and doubles none. say puts one into words.
func (l *Log) Hear(ctx context.Context, line Line, say func(wire.RoomFact) string) (added int, using []wire.RoomInUse, err error) {
	noted := []string{}
	for range maxHeard {
		told, err := line.Told(ctx, l.Hall, wire.DutyNoted{V: 1, Noted: noted})
		if err != nil {
			return added, using, fmt.Errorf("hear of rooms: %w", err)
		}
		using, noted = told.Using, []string{}
		for _, f := range told.Facts {
			fresh, err := l.hear(ctx, f, say)
			if errors.Is(err, errWaits) {
				continue
			}
			if err != nil {
				return added, using, fmt.Errorf("hear of rooms: %w", err)
			}
			if noted = append(noted, f.Key); fresh {
				added++
			}
		}
		if len(noted) == 0 {
			break
		}
	}
	return added, using, nil
}

// maxHeard bounds the pages of facts that are asked for at a time.
const maxHeard = 100

// hear notes one fact. One whose time nobody can read happened when it was heard.
func (l *Log) hear(ctx context.Context, f wire.RoomFact, say func(wire.RoomFact) string) (fresh bool, err error) {
	fact := Fact{Key: "room " + f.Key, Kind: "RECORDING", Text: say(f), At: l.clock.Now()}
	if f.Kind == wire.FactFailing {
		fact.Kind = "EQUIP"
	}
	if at, err := evidence.ParseTime(f.At); err == nil {
		fact.At = at
	}
	if _, _, err := evidence.ParseID(f.ID); err == nil {
		fact.Recording = f.ID
	}
	return l.fact(ctx, fact)
}
