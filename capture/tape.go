package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/source"
	"minglu/capture/watch"
)

const (
	packet = 960 // samples of an Opus packet: 20 ms at 48 kHz
	// ripe is how old missing sound of a lost microphone must be before silence takes its place.
	ripe = 200 * time.Millisecond
)

// tape takes the sound of one microphone into its reel. Its samples are its clock; what is missing becomes
// silence, noted as a gap, so that sound and picture never part.
type tape struct {
	in    *input
	s     *Session
	pos   int64   // position after the last packet pushed, in ticks of the lane
	rest  []int16 // samples that do not fill a packet yet
	drift drift
	waits []source.Sound // came before zero was known
	heard bool           // something came
	began bool           // something was kept since the microphone was opened
	watch *watch.Sound
	broke int64 // position, in 1/48,000 s, where a break silenced the sound; -1 when none does
}

func newTape(in *input, s *Session) *tape {
	return &tape{in: in, s: s, broke: -1, watch: watch.NewSound(max(in.format.Channels, 1))}
}

// record takes sound until ctx ends. It never drops any: the device's own buffer and its memory hold what
// the disk has not taken.
func (t *tape) record(ctx context.Context) {
	defer t.end()
	for {
		sound, err := t.in.mic.Read(ctx)
		switch {
		case ctx.Err() != nil:
			t.closeMicrophone()
			return
		case errors.Is(err, source.ErrEnd):
			t.closeMicrophone()
			if t.in.camera == nil {
				t.s.inputEnded(StopSource, false)
				return
			}
			from := t.reached() // the pictures go on; so does time
			if t.silence(ctx); t.reached()-from > soundGap {
				t.note(from, t.reached(), evidence.CauseSource)
			}
			return
		case err != nil:
			if !t.reopen(ctx, err) {
				return
			}
			continue
		}
		if !t.hear(sound) {
			t.s.inputEnded(StopLimit, false)
			t.closeMicrophone()
			return
		}
	}
}

// hear takes one stretch of sound; false means the limit is reached.
func (t *tape) hear(sound source.Sound) bool {
	if !t.heard {
		t.heard = true
		t.s.arrive(sound.At)
	}
	t.waits = append(t.waits, sound)
	if !t.s.zeroKnown() {
		return true
	}
	waits := t.waits
	t.waits = nil
	for _, w := range waits {
		if !t.keep(w) {
			return false
		}
	}
	return true
}

// keep places a stretch on the time line, after the silence that must come before it.
func (t *tape) keep(sound source.Sound) bool {
	at := sound.At - t.s.zero
	if t.in.format.Encoded != nil {
		return t.keepPacket(sound, at)
	}
	channels := t.in.format.Channels
	samples := sound.Samples
	n := int64(len(samples) / channels)
	lag := ticks(at, soundClock) - t.reached()
	switch {
	case !t.began && lag < 0: // sound from before zero, or whose place silence has taken
		cut := min(-lag, n)
		samples = samples[cut*int64(channels):]
		if cut == n {
			return true
		}
	case !t.began:
		t.fill(lag, evidence.CauseDevice, lag > soundGap)
	case sound.Lost > 0:
		t.fill(int64(sound.Lost), evidence.CauseSource, true)
	default:
		if hole := t.drift.delivery(lag, n); hole > 0 {
			t.fill(hole, evidence.CauseSource, true)
		}
	}
	t.began = true
	t.listen(samples)
	if t.s.onBreak() {
		samples = make([]int16, len(samples))
		if t.broke < 0 {
			t.broke = t.reached()
		}
	} else {
		t.endBreak()
	}
	return t.append(samples)
}

// listen measures the sound as it came, before a break silences it.
func (t *tape) listen(samples []int16) {
	if state, changed := t.watch.Hear(samples); changed {
		t.s.changed(t.in.Track, "microphone", t.in.mic.Info(), state)
	}
	t.s.meters.setLevel(t.watch.Level())
}

// endBreak notes the silence a break made, once it is over.
func (t *tape) endBreak() {
	if t.broke >= 0 {
		t.note(t.broke, t.reached(), evidence.CauseBreak)
		t.broke = -1
	}
}

// reached is how far the sound reaches, with the samples that wait for a full packet.
func (t *tape) reached() int64 { return t.pos + int64(len(t.rest)/max(t.in.format.Channels, 1)) }

// fill adds n samples of silence for a cause.
func (t *tape) fill(n int64, cause string, noted bool) {
	if n <= 0 {
		return
	}
	if noted {
		t.note(t.reached(), t.reached()+n, cause)
	}
	const most = 10 * soundClock // silence is made in pieces, a lost night must not fill the memory
	for n > 0 {
		piece := min(n, most)
		t.append(make([]int16, piece*int64(t.in.format.Channels)))
		n -= piece
	}
}

// note writes a gap between two positions in 1/48,000 s.
func (t *tape) note(from, to int64, cause string) {
	t.s.gap(evidence.GapBody{
		Track: t.in.Track, Medium: "audio", Count: to - from, Cause: cause,
		FromMS: millis(from, soundClock), ToMS: millis(to, soundClock),
	})
}

// append compresses samples packet by packet; false means the limit is reached.
func (t *tape) append(samples []int16) bool {
	t.rest = append(t.rest, samples...)
	size := packet * t.in.format.Channels
	done := 0
	for ; len(t.rest)-done >= size; done += size {
		if !t.push(t.rest[done : done+size]) {
			t.rest = t.rest[:0]
			return false
		}
	}
	t.rest = append(t.rest[:0], t.rest[done:]...)
	return true
}

func (t *tape) push(pcm []int16) bool {
	if limit := t.s.setup.Limit; limit > 0 && t.pos >= ticks(limit, soundClock) {
		return false
	}
	data, err := t.in.sound.Encode(pcm)
	if err != nil {
		t.s.fail(fmt.Errorf("compress sound of %s: %w", t.in.Track, err))
		return false
	}
	t.in.reel.push(t.in.reel.sound, t.pos, fmp4.Sample{Data: data, Key: true})
	t.pos += t.drift.duration(packet, 1)
	return true
}

// keepPacket places a compressed packet as it came. A hole stretches the packet before it.
func (t *tape) keepPacket(sound source.Sound, at time.Duration) bool {
	clock := t.in.reel.sound.clock
	if at < -sound.Length/2 {
		return true
	}
	if limit := t.s.setup.Limit; limit > 0 && t.pos >= ticks(limit, clock) {
		return false
	}
	n, lag := ticks(sound.Length, clock), ticks(at, clock)-t.pos
	hole := t.drift.delivery(lag*soundClock/clock, n*soundClock/clock) * clock / soundClock
	if !t.began || sound.Lost > 0 {
		hole = max(lag, 0)
	}
	if hole*soundClock/clock > soundGap {
		t.note(t.pos*soundClock/clock, (t.pos+hole)*soundClock/clock, evidence.CauseSource)
	}
	t.pos += hole
	t.began = true
	if t.s.onBreak() {
		if t.broke < 0 {
			t.broke = t.pos * soundClock / clock
		}
		return true // the packet before is stretched over the break
	}
	t.endBreak()
	t.in.reel.push(t.in.reel.sound, t.pos, fmp4.Sample{Data: sound.Packet, Key: true})
	t.pos += t.drift.duration(n, n/200)
	return true
}

// reopen keeps time with silence while the microphone is gone, and opens it again until it is back.
func (t *tape) reopen(ctx context.Context, cause error) bool {
	t.s.device("microphone", t.in.mic.Info(), "lost", cause.Error())
	t.s.trouble(t.in.Track, "microphone", "lost")
	t.closeMicrophone()
	lost, stop := context.WithCancel(ctx)
	found := make(chan source.Microphone, 1)
	go func() {
		defer stop()
		found <- again(ctx, t.in.Microphone)
	}()
	from := t.reached()
	t.silence(lost)
	mic := <-found
	t.note(from, t.reached(), evidence.CauseDevice)
	if mic == nil {
		return false
	}
	t.in.mic, t.began = mic, false
	t.s.device("microphone", mic.Info(), "back", "")
	t.s.trouble(t.in.Track, "microphone", watch.Heard)
	return true
}

// silence keeps time without a microphone until ctx ends.
func (t *tape) silence(ctx context.Context) {
	if t.in.format.Encoded != nil {
		<-ctx.Done()
		return
	}
	every(ctx, 100*time.Millisecond, func() {
		if t.s.zeroKnown() {
			t.fill(ticks(t.s.at()-ripe, soundClock)-t.reached(), evidence.CauseDevice, false)
		}
	})
}

func (t *tape) closeMicrophone() {
	if err := t.in.mic.Close(); err != nil {
		t.s.device("microphone", t.in.mic.Info(), "lost", err.Error())
	}
}

// end fills the last packet and closes the lane.
func (t *tape) end() {
	<-t.s.zeroSet
	t.endBreak()
	if t.in.format.Encoded == nil {
		if n := len(t.rest); n > 0 {
			t.append(make([]int16, packet*t.in.format.Channels-n))
		}
		if err := t.in.sound.Close(); err != nil {
			t.s.fail(fmt.Errorf("close encoder of %s: %w", t.in.Track, err))
		}
	}
	t.in.reel.end(t.in.reel.sound, t.pos)
}
