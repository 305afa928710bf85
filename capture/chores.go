package capture

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"syscall"
	"time"

	"minglu/capture/clock"
	"minglu/capture/evidence"
	"minglu/capture/source"
)

const (
	// checkpointEvery leaves a margin below the ten seconds the format promises.
	checkpointEvery = 9 * time.Second
	tokenEvery      = 5 * time.Minute
	clocksEvery     = 10 * time.Minute
	// jump is how far the wall clock may move against the boot clock without being called turned.
	jump = 500 * time.Millisecond
	// diskReserve is what must stay free to close a recording: its index, papers and layers.
	diskReserve = 64 << 20
)

// every calls f at an interval until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			f()
		}
	}
}

// beatEvery is how often the recorder shows that it lives.
const beatEvery = 100 * time.Millisecond

// cutter cuts segments whose later track fell silent, and shows that the recorder lives: until the next time, so that
// what a crash took is never more than is said.
func (s *Session) cutter(ctx context.Context) {
	every(ctx, beatEvery, func() {
		for _, r := range s.reels {
			r.tick(s.at())
		}
		s.gear.Alive(s.setup.Plan.ID, s.at()+beatEvery)
	})
}

func (s *Session) statuses(ctx context.Context) { every(ctx, 200*time.Millisecond, s.publish) }

// checkpoints signs the lines so far, often enough. It waits for the disk in its own time.
func (s *Session) checkpoints(ctx context.Context) {
	every(ctx, checkpointEvery, func() {
		if err := s.chain.Checkpoint(s.at()); err != nil {
			s.fail(err)
		}
	})
}

// watchClock writes what the clocks say at the start, every ten minutes, and when the wall clock is turned.
func (s *Session) watchClock(ctx context.Context) {
	wall := clock.NewWatch(s.gear.Clock)
	s.note(evidence.KindClock, s.gear.Clocks(ctx))
	asked := s.gear.Clock.Boot()
	every(ctx, time.Second, func() {
		moved := wall.Moved()
		turned := moved > jump || moved < -jump
		if !turned && s.gear.Clock.Boot()-asked < clocksEvery {
			return
		}
		body := s.gear.Clocks(ctx)
		body.JumpMS = wall.Reset().Milliseconds()
		s.note(evidence.KindClock, body)
		asked = s.gear.Clock.Boot()
		if turned {
			s.tell(Event{Name: "clock", MS: s.at().Milliseconds(), Detail: moved.String()})
		}
	})
}

// stamp asks for a token over the newest line, at the start and every five minutes. Without an answer the
// digest stays in the queue of the record, and a late token covers the whole package.
func (s *Session) stamp(ctx context.Context) {
	if s.gear.Stamper == nil {
		return
	}
	once := func() {
		ask, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		newest := s.chain.Newest()
		var digest [32]byte
		if _, err := hex.Decode(digest[:], []byte(newest.Head)); err != nil {
			return
		}
		token, err := s.gear.Stamper.Stamp(ask, digest)
		if err != nil {
			s.tell(Event{Name: "token", Kind: "unreachable", Detail: err.Error()})
			return
		}
		s.note(evidence.KindToken, evidence.TokenBody{Line: newest.Line, Head: newest.Head, Token: base64.StdEncoding.EncodeToString(token)})
	}
	once()
	every(ctx, tokenEvery, once)
}

// PerHour is what an hour of one camera and its sound takes, in bytes: 2 Mbit/s and 64 kbit/s.
const PerHour = 2_064_000 / 8 * 3600

// LowDisk is when the disk is called short: half an hour is left.
const LowDisk = PerHour / 2

// watchDisk says in the journal when the disk runs short, and ends the recording while there is still room to
// close it.
func (s *Session) watchDisk(ctx context.Context) {
	low := false
	every(ctx, time.Second, func() {
		free, err := s.gear.Free()
		if err != nil {
			return
		}
		s.meters.free.Store(free)
		if low != (free < LowDisk) {
			low = !low
			state := "enough"
			if low {
				state = "low"
			}
			s.device("disk", source.Info{}, state, fmt.Sprintf("%d minutes", free*60/PerHour))
		}
		if free < diskReserve {
			s.stop(StopDisk)
		}
	})
}

func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
