package capture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/picture"
	"minglu/capture/source"
	"minglu/capture/watch"
)

// film takes the pictures of one camera into its reel: one goroutine reads and does nothing else, so that
// the device is never kept waiting; another compresses.
type film struct {
	in    *input
	s     *Session
	grid  *grid
	queue chan queued

	// owned by read, and by encode once the queue is closed
	seq       uint64
	taken     time.Duration // moment of the picture with seq
	counting  bool          // seq and taken are known
	seen      bool          // something came
	missing   losses        // since the last picture that was queued
	torn      string        // why a picture that later ones refer to is not in the file, "" when all are
	placarded int64         // second of the wall clock of the newest placard
	sets      *source.H264  // of a camera that was opened again and compresses itself

	// owned by encode
	refused   losses // the picture before, when it could not be compressed: the next gap counts it
	interlude interlude
	watch     watch.Picture
	scaled    *image.YCbCr // of a camera that came back with another size
	line      string
	second    int64
	began     bool
}

// queued is a picture on its way to the encoder, and what was lost right before it.
type queued struct {
	source.Picture
	lost    losses
	sets    *source.H264
	placard string // the reason of the break in which a placard is shown instead
}

// read takes pictures until ctx ends. A picture the encoder has no time for is dropped and counted.
func (f *film) read(ctx context.Context) {
	defer close(f.queue)
	for {
		pic, err := f.in.camera.Read(ctx)
		switch {
		case ctx.Err() != nil:
			if err == nil {
				pic.Release()
			}
			f.closeCamera()
			return
		case errors.Is(err, source.ErrEnd):
			f.s.inputEnded(StopSource, true)
			f.closeCamera()
			return
		case err != nil:
			if !f.reopen(ctx, err) {
				return
			}
			continue
		}
		if !f.offer(pic) {
			f.s.inputEnded(StopLimit, true)
			f.closeCamera()
			return
		}
	}
}

// offer counts what the device lost before pic and queues it; false means the limit is reached.
func (f *film) offer(pic source.Picture) bool {
	if f.counting && pic.Seq > f.seq+1 {
		f.missing.add(evidence.CauseSource, f.lostBefore(pic))
	}
	f.seq, f.taken, f.counting = pic.Seq, moment(pic), true
	switch {
	case pic.Unit != nil && pic.Key:
		f.s.setZero(moment(pic)) // a stream must begin at a key picture, so the file does
	case pic.Unit == nil && !f.seen:
		f.seen = true
		f.s.arrive(pic.At)
	}
	if !f.s.zeroKnown() {
		f.early(pic)
		return true
	}
	if limit := f.s.setup.Limit; limit > 0 && moment(pic)-f.s.zero >= limit-f.frame()/2 {
		pic.Release()
		return false
	}
	if reason := f.s.breakReason(); reason != "" {
		f.pause(pic, reason)
		return true
	}
	f.placarded = 0
	if f.orphan(pic) {
		return true
	}
	select {
	case f.queue <- queued{Picture: pic, lost: f.missing, sets: f.sets}:
		f.missing = nil
	default:
		f.missing.add(evidence.CauseEncoder, 1)
		f.torn = evidence.CauseEncoder
		pic.Release()
	}
	return true
}

// lostBefore is how many pictures the device lost between the newest one and pic, those before zero left out: a
// camera loses some while the microphone is opened.
func (f *film) lostBefore(pic source.Picture) int64 {
	lost := int64(pic.Seq - f.seq - 1)
	if f.s.zeroKnown() && f.taken < f.s.zero {
		return min(lost, max(0, int64((moment(pic)-f.s.zero+f.frame()/2)/f.frame()))) // the grid takes half a frame before zero
	}
	return lost
}

// moment is where a picture has its place: raw ones when they were taken; compressed ones in the order they
// are decoded, which differs where a camera looks ahead.
func moment(pic source.Picture) time.Duration {
	if pic.Unit != nil {
		return pic.Decode
	}
	return pic.At
}

// early keeps the newest pictures while it is not known yet where the recording begins. What it lets go was
// taken before that.
func (f *film) early(pic source.Picture) {
	f.missing = nil
	for {
		select {
		case f.queue <- queued{Picture: pic}:
			return
		default:
		}
		select {
		case old := <-f.queue:
			old.Release()
		default:
		}
	}
}

func (f *film) frame() time.Duration { return time.Second / time.Duration(max(f.in.mode.FPS, 1)) }

// reopen tells that the camera is gone and opens it again until it is back or the recording ends.
func (f *film) reopen(ctx context.Context, cause error) bool {
	lost := f.s.gear.Clock.Boot()
	f.s.device("camera", f.in.camera.Info(), "lost", cause.Error())
	f.s.trouble(f.in.Track, "camera", "lost")
	f.closeCamera()
	camera := f.await(ctx)
	gone := int64((f.s.gear.Clock.Boot() - lost) / f.frame())
	f.missing.add(evidence.CauseDevice, max(gone, 1))
	f.counting = false
	if camera == nil {
		return false
	}
	f.in.camera = camera
	f.sets = camera.Mode().Encoded
	f.s.device("camera", camera.Info(), "back", "")
	f.s.trouble(f.in.Track, "camera", watch.Seen)
	return true
}

// again opens a lost device once a second until it opens or ctx ends; then it answers the zero device.
func again[D any](ctx context.Context, open func(context.Context) (D, error)) D {
	for {
		select {
		case <-ctx.Done():
			var none D
			return none
		case <-time.After(time.Second):
		}
		try, cancel := context.WithTimeout(ctx, openFor)
		device, err := open(try)
		cancel()
		if err == nil {
			return device
		}
	}
}

func (f *film) closeCamera() {
	if err := f.in.camera.Close(); err != nil {
		f.s.device("camera", f.in.camera.Info(), "lost", err.Error())
	}
}

// encode compresses the queued pictures and ends the reel's lane.
func (f *film) encode() {
	<-f.s.zeroSet
	for pic := range f.queue {
		if pic.placard != "" {
			f.showPlacard(pic)
		} else {
			f.take(pic)
		}
		pic.Release()
	}
	end := f.grid.last + f.grid.frame
	if lost := f.refused.with(f.missing); len(lost) > 0 {
		end = max(end, ticks(f.s.at(), videoClock))
		f.gaps(lost, f.reached(), end)
	}
	if limit := ticks(f.s.setup.Limit, videoClock); limit > 0 && end > limit-f.grid.frame/2 {
		end = limit // at which the camera need not begin a picture
	}
	f.in.reel.end(f.in.reel.video, max(end, f.grid.last+1))
	err := f.interlude.close()
	if f.in.picture != nil {
		err = errors.Join(err, f.in.picture.Close())
	}
	if err != nil {
		f.s.fail(fmt.Errorf("close encoder of %s: %w", f.in.Track, err))
	}
}

// take puts one picture into the file, after the gaps before it.
func (f *film) take(pic queued) {
	before := f.reached()
	if !f.began && pic.Unit != nil && !pic.Key {
		return // a stream joined in the middle shows nothing until its first key picture
	}
	pos, ok := f.grid.place(moment(pic.Picture) - f.s.zero)
	if !ok {
		return // taken before zero
	}
	lost := f.refused.with(pic.lost)
	f.refused = nil
	f.gaps(lost, before, pos)
	f.began, f.interlude.running = true, false
	if pic.Unit != nil {
		shift := ticks(pic.At-pic.Decode, videoClock)
		f.interlude.shift = max(f.interlude.shift, shift)
		f.in.reel.push(f.in.reel.video, pos, fmp4.Sample{Data: f.withSets(pic), Key: pic.Key, CompositionOffset: int32(shift)})
		return
	}
	at := span(pos, videoClock)
	img := f.fit(pic.Image)
	if state, changed := f.watch.See(img, at); changed {
		f.s.changed(f.in.Track, "camera", f.in.info(), state)
	}
	if f.s.gear.Burn != nil {
		f.s.gear.Burn(img, f.caption(at))
	}
	f.s.show(f.in.Track, img)
	unit, key, err := f.in.picture.Encode(img, at, lost[evidence.CauseBreak]+lost[evidence.CauseDevice] > 0)
	if err != nil {
		f.refused.add(evidence.CauseEncoder, 1)
		f.s.fail(fmt.Errorf("compress picture at %s: %w", at, err))
		return
	}
	f.in.reel.push(f.in.reel.video, pos, fmp4.Sample{Data: unit, Key: key})
}

// fit gives a picture of the file's size.
func (f *film) fit(img *image.YCbCr) *image.YCbCr {
	size := image.Rect(0, 0, f.in.mode.Width, f.in.mode.Height)
	if img.Bounds().Size() == size.Size() {
		return img
	}
	if f.scaled == nil {
		f.scaled = image.NewYCbCr(size, image.YCbCrSubsampleRatio420)
	}
	picture.Shrink(f.scaled, img)
	return f.scaled
}

// withSets gives a picture the parameter sets of its camera in band: those in the file's head are of a camera
// that came back with others, or those of a placard came between.
func (f *film) withSets(pic queued) []byte {
	was, now := f.in.mode.Encoded, pic.sets
	if now == nil {
		now = was
	}
	same := was == nil || string(now.SPS) == string(was.SPS) && string(now.PPS) == string(was.PPS)
	if !pic.Key || same && !f.interlude.foreign {
		return pic.Unit
	}
	f.interlude.foreign = false
	return inBand(now.SPS, now.PPS, pic.Unit)
}

// gaps writes what is missing between two positions.
func (f *film) gaps(lost losses, from, to int64) {
	for _, cause := range causes {
		if n := lost[cause]; n > 0 {
			f.s.gap(evidence.GapBody{
				Track: f.in.Track, Medium: "video", Count: n, Cause: cause,
				FromMS: millis(max(0, min(from, to)), videoClock), ToMS: millis(max(from, to), videoClock),
			})
		}
	}
}

// caption is the line burnt into the picture. It changes once a second, so that drawing it stays cheap.
func (f *film) caption(at time.Duration) string {
	taken := f.s.zeroUTC.Add(at)
	if sec := taken.Unix(); sec != f.second {
		n := f.s.chain.Newest()
		f.second = sec
		f.line = fmt.Sprintf("%s  %s  %s  #%d %.8s", taken.Local().Format("2006-01-02 15:04:05 -07:00"),
			f.s.setup.Plan.ID, people(f.s.setup.Plan), n.Line, n.Head)
	}
	return f.line
}
