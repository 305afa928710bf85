package room

import (
	"context"
	"strings"

	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/office/duty"
	"minglu/capture/clock"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// RecordingFacts tells a hall's duty log of the recordings made on this machine: made, broken off, not received.
func RecordingFacts(box *outbox.Box, lang i18n.Lang) duty.Source {
	return func(ctx context.Context) ([]duty.Fact, error) {
		rows, err := box.Rows(ctx)
		if err != nil {
			return nil, err
		}
		var facts []duty.Fact
		for _, r := range rows {
			word := r.State.Word()
			switch {
			case r.Item == duty.Item || r.State == outbox.Recording:
				continue
			case word != "interrupted" && word != "refused":
				word = "sealed"
			}
			facts = append(facts, duty.Fact{
				Key: word + " " + r.ID, Kind: "RECORDING", At: r.Created, Recording: r.ID,
				Text: i18n.Say(lang, "duty.fact."+word, "id", r.ID, "item", r.Item),
			})
		}
		return facts, nil
	}
}

// EquipmentFacts tells it what the doctor found failing, once a day.
func EquipmentFacts(checks []doctor.Check, c clock.Clock, lang i18n.Lang) duty.Source {
	return func(ctx context.Context) (facts []duty.Fact, err error) {
		now := c.Now()
		doctor.Run(ctx, checks, lang, func(r doctor.Result) {
			if r.State == doctor.Fail {
				facts = append(facts, duty.Fact{
					Key: "doctor " + now.UTC().Format("2006-01-02") + " " + r.Check, Kind: "EQUIP", At: now,
					Text: i18n.Say(lang, "duty.fact.equipment", "title", r.Title, "found", r.Found),
				})
			}
		})
		return facts, ctx.Err()
	}
}

// SayFact puts what happened in a room into words.
func SayFact(lang i18n.Lang) func(wire.RoomFact) string {
	return func(f wire.RoomFact) string {
		return i18n.Say(lang, "duty.fact.room."+f.Kind, "room", strings.TrimSpace(f.Room+" "+f.Title), "id", f.ID, "item", f.Item, "check", f.Check, "found", f.Found)
	}
}
