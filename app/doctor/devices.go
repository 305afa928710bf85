package doctor

import (
	"context"
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
)

func (r Room) camera(ctx context.Context) Finding {
	return each("camera", ctx, r.Camera, func(p Probe) string {
		if p.FPS < fpsLeast {
			return "camera.slow"
		}
		return "camera.ok"
	})
}

func (r Room) microphone(ctx context.Context) Finding {
	return each("microphone", ctx, r.Microphone, func(p Probe) string {
		if p.PeakDB < levelDead {
			return "microphone.silent"
		}
		return "microphone.ok"
	})
}

// each tries the devices of a kind and gives the worst of what was found.
func each(kind string, ctx context.Context, try func(context.Context) ([]Probe, error), judge func(Probe) string) Finding {
	probes, err := try(ctx)
	if err != nil {
		return broken(err)
	}
	if len(probes) == 0 {
		return fail(kind + ".none")
	}
	var worst Finding
	for _, p := range probes {
		key, state := judge(p), OK
		switch {
		case p.Fault != "":
			key, state = kind+".fault", Fail
		case key != kind+".ok":
			state = Warn
		}
		f := Finding{State: state, Key: key, Pairs: []string{"source", p.Source, "title", p.Title, "fault", p.Fault,
			"width", strconv.Itoa(p.Width), "height", strconv.Itoa(p.Height), "fps", strconv.FormatFloat(p.FPS, 'f', 1, 64),
			"level", strconv.FormatFloat(p.PeakDB, 'f', 0, 64)}}
		if rank(f.State) > rank(worst.State) {
			worst = f
		}
	}
	return worst
}

func rank(s State) int {
	return map[State]int{OK: 1, Warn: 2, Fail: 3}[s]
}
