package record

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/capture/attach"
)

// Check is one line of the list before a recording.
type Check struct {
	Name      string // camera, microphone, disk, keys, clock, hq
	State     doctor.State
	Title     string
	Found, Do string
}

// Bad reports whether the line lacks something that the rules ask for: without picture, sound, disk, key or a
// believable clock nothing begins without a reason. Headquarters may be away for days.
func (c Check) Bad() bool { return c.State == doctor.Fail && c.Name != "hq" }

// lines are the checks shown, in their order.
func lines() []string { return []string{"camera", "microphone", "disk", "keys", "clock", "hq"} }

// checks looks at the room and tells each line as it is known.
func checks(ctx context.Context, room doctor.Room, lang i18n.Lang, tell func(Check)) {
	hq := Check{Name: "hq", State: doctor.OK, Title: i18n.Say(lang, "desk.check.hq")}
	doctor.Run(ctx, room.Checks(), lang, func(r doctor.Result) {
		c := Check{r.Check, r.State, i18n.Say(lang, "desk.check."+r.Check), r.Found, r.Do}
		switch {
		case strings.HasPrefix(r.Check, "hq_"):
			if r.State == doctor.Fail || hq.State == doctor.OK && r.State != doctor.Skipped {
				hq.State, hq.Found, hq.Do = r.State, r.Found, r.Do
			}
		case slices.Contains(lines(), r.Check):
			tell(c)
		}
	})
	tell(hq)
}

// probes asks the recorder what the room's devices deliver.
func probes(link *Link, order attach.Order) func(context.Context) ([]doctor.Probe, error) {
	return func(ctx context.Context) ([]doctor.Probe, error) {
		e, err := link.Ask(ctx, attach.Request{Op: attach.OpProbe, Order: &order})
		if err != nil {
			return nil, err
		}
		var found []doctor.Probe
		return found, json.Unmarshal(e.Data, &found)
	}
}
