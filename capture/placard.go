package capture

import (
	"context"
	"fmt"
	"image"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/source"
)

// deviceFault is the catalogue's reason for a break that a lost camera makes.
const deviceFault = "device"

// interlude is what a film shows during a break, and while its camera is lost: a placard with the reason and a clock
// that runs, so that nobody takes the last picture before it for a room in which nothing moves. Only encode uses it.
type interlude struct {
	running bool
	from    int64 // position, in ticks, at which the camera's pictures ceased
	img     *image.YCbCr
	encoder VideoEncoder // of a camera that compresses itself; the others lend theirs
	shift   int64        // the longest time, in ticks, by which that camera shows a picture later than it decodes it
	foreign bool         // the newest parameter sets in the file are the encoder's, not the camera's
}

// pause gives a picture that is not kept up for a placard, when none was shown in its second yet.
func (f *film) pause(pic source.Picture, reason string) {
	f.missing.add(evidence.CauseBreak, 1)
	f.torn = evidence.CauseBreak
	f.replace(pic, reason)
}

// replace queues a placard in the place of a picture when none was shown in its second yet.
func (f *film) replace(pic source.Picture, reason string) {
	second := f.s.zeroUTC.Add(moment(pic) - f.s.zero).Unix()
	if second != f.placarded {
		select {
		case f.queue <- queued{Picture: pic, placard: reason}:
			f.placarded = second
			return
		default:
		}
	}
	pic.Release()
}

// await shows placards until the lost camera is open again, which it answers, or ctx ends.
func (f *film) await(ctx context.Context) source.Camera {
	lost, found := context.WithCancel(ctx)
	back := make(chan source.Camera, 1)
	go func() {
		defer found()
		back <- again(ctx, f.in.Camera)
	}()
	f.standIn()
	every(lost, time.Second/4, f.standIn)
	return <-back
}

// standIn shows a placard at this moment, of a recording that has begun and is not at its limit.
func (f *film) standIn() {
	now := f.s.gear.Clock.Boot()
	limit := f.s.setup.Limit
	if !f.s.zeroKnown() || limit > 0 && now-f.s.zero >= limit-f.frame()/2 {
		return
	}
	reason := f.s.breakReason()
	if reason == "" {
		reason = deviceFault
	}
	f.replace(source.Picture{At: now, Decode: now, Release: func() {}}, reason)
}

// orphan tells of a compressed picture that refers to one that is not in the file: it is not kept either, nor
// are those after it, until one that stands by itself.
func (f *film) orphan(pic source.Picture) bool {
	if f.torn == "" || pic.Unit == nil || pic.Key {
		f.torn = ""
		return false
	}
	f.missing.add(f.torn, 1)
	pic.Release()
	return true
}

// showPlacard puts a placard into the file where a picture of the camera would have been.
func (f *film) showPlacard(pic queued) {
	before := f.reached()
	pos, ok := f.grid.place(moment(pic.Picture) - f.s.zero)
	if !ok {
		return
	}
	b := &f.interlude
	first := !b.running
	b.running, b.from = true, before
	sample, err := f.compressPlacard(pic.placard, span(pos, videoClock), first)
	if err != nil {
		f.s.fail(fmt.Errorf("show a placard at %s: %w", span(pos, videoClock), err))
		return
	}
	f.in.reel.push(f.in.reel.video, pos, sample)
}

// reached is where the camera's newest picture ends, whatever placards follow it.
func (f *film) reached() int64 {
	if f.interlude.running {
		return f.interlude.from
	}
	return f.grid.last + f.grid.frame
}

func (f *film) compressPlacard(reason string, at time.Duration, key bool) (fmp4.Sample, error) {
	b := &f.interlude
	if b.img == nil {
		b.img = image.NewYCbCr(image.Rect(0, 0, f.in.mode.Width, f.in.mode.Height), image.YCbCrSubsampleRatio420)
	}
	darken(b.img)
	if f.s.gear.Placard != nil {
		f.s.gear.Placard(b.img, reason)
	}
	if f.s.gear.Burn != nil {
		f.s.gear.Burn(b.img, f.caption(at))
	}
	f.s.show(f.in.Track, b.img)
	if f.in.picture != nil {
		unit, isKey, err := f.in.picture.Encode(b.img, at, key)
		return fmp4.Sample{Data: unit, Key: isKey}, err
	}
	if b.encoder == nil {
		plain := f.in.mode
		plain.Encoded, plain.FullRange = nil, false
		encoder, err := f.s.gear.NewVideo(plain)
		if err != nil {
			return fmp4.Sample{}, err
		}
		b.encoder = encoder
	}
	unit, isKey, err := b.encoder.Encode(b.img, at, true)
	b.foreign = true
	sps, pps := b.encoder.ParameterSets()
	return fmp4.Sample{Data: inBand(sps, pps, unit), Key: isKey, CompositionOffset: int32(b.shift)}, err
}

func (b *interlude) close() error {
	if b.encoder == nil {
		return nil
	}
	return b.encoder.Close()
}

// darken makes a picture nearly black and grey.
func darken(img *image.YCbCr) {
	const dark, grey = 24, 128
	for i := range img.Y {
		img.Y[i] = dark
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = grey, grey
	}
}

// inBand sets parameter sets before an access unit in AVCC form.
func inBand(sps, pps, unit []byte) []byte {
	var whole []byte
	for _, set := range [][]byte{sps, pps} {
		n := len(set)
		whole = append(append(whole, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), set...)
	}
	return append(whole, unit...)
}
