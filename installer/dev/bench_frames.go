package main

import (
	"context"
	"errors"
	"time"
)

// frames records 1,000 pictures at a camera's pace with a busy loop beside it for each of two processors, and
// counts what was lost. The camera keeps four pictures that nobody fetches, as one under V4L2 does.
func (b *bench) frames(ctx context.Context) error {
	room, stop, err := b.room(ctx)
	if err != nil {
		return err
	}
	busy, rest := context.WithCancel(ctx)
	loops := make(chan error, 2)
	for range cap(loops) {
		go func() { loops <- b.command(busy, "sh", "-c", "while :; do :; done").Run() }()
	}
	lost, taken, err := b.count(ctx, room, 40*time.Second)
	rest()
	for range cap(loops) {
		<-loops // ended by us
	}
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	return errors.Join(
		b.bound("FRAMES_LOST", "", float64(lost), 0),
		b.bound("FRAMES_UNACCOUNTED", "", float64(1000-taken-lost), 0))
}

// count records the synthetic stage and returns how many pictures are missing and how many are there.
func (b *bench) count(ctx context.Context, room practice, length time.Duration) (lost, taken int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, length+time.Minute)
	defer cancel()
	t, err := room.startTake(ctx, "synth:", "synth:", length)
	if err != nil {
		return 0, 0, err
	}
	if err := t.end(); err != nil {
		return 0, 0, err
	}
	for _, g := range t.gaps {
		b.say("  gap %v", g)
	}
	return t.lost(), t.frames, nil
}

// lost is how many pictures the recording's own gaps name.
func (r recorded) lost() (n int64) {
	for _, g := range r.gaps {
		if gap, ok := g.(map[string]any); ok && gap["medium"] == "video" {
			count, _ := gap["count"].(float64)
			n += int64(count)
		}
	}
	return n
}
