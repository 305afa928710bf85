package capture

import (
	"image"
	"sync"

	"minglu/capture/evidence"
	"minglu/capture/source"
)

// causes lists the causes of lost media in the order their gaps are written.
var causes = [...]string{
	evidence.CauseDevice, evidence.CauseSource, evidence.CauseEncoder, evidence.CauseDisk, evidence.CauseBreak,
}

// losses counts pictures lost, by cause, until the next picture that is kept.
type losses struct {
	mu    sync.Mutex
	count map[string]int64
}

func (l *losses) add(cause string, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == nil {
		l.count = map[string]int64{}
	}
	l.count[cause] += n
}

// take empties the count.
func (l *losses) take() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.count
	l.count = nil
	return c
}

// gap notes missing media.
func (s *Session) gap(b evidence.GapBody) { s.note(evidence.KindGap, b) }

// device notes what a device did.
func (s *Session) device(role string, info source.Info, what, detail string) {
	s.note(evidence.KindDevice, evidence.DeviceBody{
		Role: role, Name: info.Title, What: what, AtMS: s.at().Milliseconds(), Detail: detail,
	})
}

// fit gives a picture of the file's size: the same one, or the nearest pixels of a camera that came back
// with another mode.
func fit(img *image.YCbCr, width, height int) *image.YCbCr {
	b := img.Bounds()
	if b.Dx() == width && b.Dy() == height {
		return img
	}
	to := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	nearest(to.Y, to.YStride, width, height, img.Y, img.YStride, b.Dx(), b.Dy())
	nearest(to.Cb, to.CStride, width/2, height/2, img.Cb, img.CStride, b.Dx()/2, b.Dy()/2)
	nearest(to.Cr, to.CStride, width/2, height/2, img.Cr, img.CStride, b.Dx()/2, b.Dy()/2)
	return to
}

func nearest(to []byte, toStride, width, height int, from []byte, fromStride, fromWidth, fromHeight int) {
	for y := range height {
		row := from[y*fromHeight/height*fromStride:]
		for x := range width {
			to[y*toStride+x] = row[x*fromWidth/width]
		}
	}
}
