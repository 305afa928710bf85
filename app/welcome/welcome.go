package welcome

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/durable"
)

// State is how a step ended.
type State string

// The states.
const (
	Done    State = "done"
	Already State = "already" // an earlier call has done it
	Left    State = "left"    // the answers did not ask for it
	Wrong   State = "wrong"   // done, and what was found is not good
)

// Step is one thing that was done.
type Step struct {
	Event string `json:"event"` // setup
	Step  string `json:"step"`  // enrol, settings, devices
	State State  `json:"state"`
	Found string `json:"found"`
}

// Tools are what only the program that calls has: keys in tokens, the recorder.
type Tools struct {
	Enrol func(context.Context, room.Ticket) (room.Enrolled, error)
	Trial func(context.Context, attach.Order) (attach.Trial, error)
}

// ErrOther says that the home belongs to another headquarters than the answers name.
var ErrOther error = other{}

type other struct{}

func (other) Error() string     { return "this home is enrolled at another headquarters" }
func (other) FaultCode() string { return "setup.other" }

// Prepare does the steps that are not done yet and tells each. The error says which step could not be done;
// calling again goes on there.
func Prepare(ctx context.Context, home string, a Answers, t Tools, tell func(Step) error) error {
	s, first, err := enrolled(ctx, home, a, t)
	if err != nil {
		return err
	}
	if err := tell(Step{"setup", "enrol", first, s.Room + " " + s.Title}); err != nil {
		return err
	}
	now := a.into(s)
	second := Already
	if fmt.Sprint(now) != fmt.Sprint(s) {
		second = Done
		if err := now.Save(durable.OS{}, home); err != nil {
			return err
		}
	}
	if err := tell(Step{"setup", "settings", second, settings.RoomFile}); err != nil {
		return err
	}
	last, err := try(ctx, now, a.Trial, t)
	if err != nil {
		return err
	}
	return tell(last)
}

// enrolled gives the room's settings, after its enrolment if there are none yet.
func enrolled(ctx context.Context, home string, a Answers, t Tools) (settings.Room, State, error) {
	s, err := settings.LoadRoom(home)
	switch {
	case err == nil && strings.TrimRight(s.HQ, "/") != strings.TrimRight(a.HQ, "/"):
		return s, "", fmt.Errorf("%w: %s at %s", ErrOther, s.Room, s.HQ)
	case err == nil:
		return s, Already, nil
	case !errors.Is(err, fs.ErrNotExist):
		return s, "", err
	}
	if _, err := t.Enrol(ctx, a.ticket()); err != nil {
		return s, "", err
	}
	s, err = settings.LoadRoom(home)
	return s, Done, err
}

// try makes a test recording of ten seconds with the room's devices, which the recorder verifies, and says what
// became of it. What a screen would have warned of, a covered camera or a dead microphone, is as wrong as a verdict.
func try(ctx context.Context, s settings.Room, wanted bool, t Tools) (Step, error) {
	step := Step{Event: "setup", Step: "devices", State: Left}
	if !wanted {
		return step, nil
	}
	var order attach.Order
	order.Cameras, order.Microphone = s.Sources()
	order.Plan.Language = s.Language
	trial, err := t.Trial(ctx, order)
	if err != nil {
		return step, err
	}
	step.State = Done
	if !trial.Verdict.Accepted() || len(trial.Troubles) > 0 {
		step.State = Wrong
	}
	said := []string{string(trial.Verdict), fmt.Sprintf("%d ms", trial.DurationMS)}
	for _, track := range trial.Tracks {
		said = append(said, fmt.Sprintf("%s %s %d×%d %.1f/s", track.Track, track.Source, track.Width, track.Height, track.FPS))
	}
	step.Found = strings.Join(slices.Concat(said, trial.Troubles, []string{trial.Package}), "; ")
	return step, nil
}
