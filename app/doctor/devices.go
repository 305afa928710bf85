package doctor

import (
	"context"
	"fmt"
	"strconv"
)

// stored asks what only the owner of a store can say.
func stored(name string, look func(context.Context) (string, error)) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		found, err := look(ctx)
		if err != nil {
			return broken(err)
		}
		return ok(name+".ok", "found", found)
	}
}

// Bounds of what a device must deliver.
const (
	fpsLeast  = 12.0
	levelDead = -70.0 // dB of full scale; a living room's noise is louder
	floorMost = -30.0 // what a room makes when nobody speaks must stay below, or words drown
)

func (r Room) camera(ctx context.Context) Finding { return each("camera", ctx, r.Camera) }

func (r Room) microphone(ctx context.Context) Finding { return each("microphone", ctx, r.Microphone) }

// verdict is what a device that opened is to be told about: the end of a sentence's key, "ok" when all is well.
func (p Probe) verdict(kind string) string {
	switch {
	case p.Code == "device.none":
		return "none"
	case p.Fault != "":
		return "fault"
	case p.State == "black", p.State == "frozen", p.State == "clipped", p.State == "dead":
		return p.State
	case kind == "camera" && p.FPS < fpsLeast:
		return "slow"
	case kind == "microphone" && p.PeakDB < levelDead:
		return "silent"
	case kind == "microphone" && p.FloorDB < 0 && p.FloorDB > floorMost:
		return "noisy"
	}
	return "ok"
}

func (p Probe) kind() string {
	if p.Width > 0 {
		return "camera"
	}
	return "microphone"
}

// Well reports whether the device delivers what a recording needs.
func (p Probe) Well() bool { return p.verdict(p.kind()) == "ok" }

// String says in one line what was found, for logs.
func (p Probe) String() string {
	if p.Fault != "" {
		return p.Source + ": " + p.Fault
	}
	if p.kind() == "camera" {
		return fmt.Sprintf("%s %d×%d %.1f/s %s", p.Source, p.Width, p.Height, p.FPS, p.State)
	}
	return fmt.Sprintf("%s peak %.0f dB floor %.0f dB %s", p.Source, p.PeakDB, p.FloorDB, p.State)
}

// each tries the devices of a kind and gives the worst of what was found.
func each(kind string, ctx context.Context, try func(context.Context) ([]Probe, error)) Finding {
	probes, err := try(ctx)
	if err != nil {
		return broken(err)
	}
	if len(probes) == 0 {
		return fail(kind + ".none")
	}
	var worst Finding
	for _, p := range probes {
		word := p.verdict(kind)
		state := OK
		switch word {
		case "fault", "dead", "none":
			state = Fail
		case "ok":
		default:
			state = Warn
		}
		f := Finding{State: state, Key: kind + "." + word, Why: p.Fault, Pairs: []string{"source", p.Source, "title", p.Title,
			"width", strconv.Itoa(p.Width), "height", strconv.Itoa(p.Height), "fps", strconv.FormatFloat(p.FPS, 'f', 1, 64),
			"level", strconv.FormatFloat(p.PeakDB, 'f', 0, 64), "floor", strconv.FormatFloat(p.FloorDB, 'f', 0, 64)}}
		if rank(f.State) > rank(worst.State) {
			worst = f
		}
	}
	return worst
}

func rank(s State) int {
	return map[State]int{OK: 1, Warn: 2, Fail: 3}[s]
}
