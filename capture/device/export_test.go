package device

import (
	"image"
	"time"

	"minglu/capture/source"
)

// Offer is one way a camera can deliver pictures, as tests write it.
type Offer struct {
	Format        string
	Width, Height int
	FPS           float64
}

func Choose(o CameraOptions, narrow bool, offers ...Offer) (Offer, bool) {
	var all []offer
	for _, c := range offers {
		all = append(all, offer{code(c.Format), c.Width, c.Height, c.FPS})
	}
	c, ok := choose(o.filled(), all, narrow)
	return Offer{c.format.String(), c.width, c.height, c.fps}, ok
}

func code(format string) fourCC {
	return fourCC(format[0]) | fourCC(format[1])<<8 | fourCC(format[2])<<16 | fourCC(format[3])<<24
}

func Convert(format string, raw []byte, stride int, into *image.YCbCr) error {
	return convert(code(format), raw, stride, into)
}

func Pick(name string, found ...source.Info) (int, error) { return pick("camera", name, found) }

func Deaf(id, title string) bool { return deaf(source.Info{ID: id, Title: title}) }

func Name(id []byte) string { return name(id) }

func Wished(name string) (rest string, width, height, fps int) {
	rest, o := CameraOptions{}.wished(name)
	return rest, o.Width, o.Height, o.FPS
}

// Straighten corrects the times of chunks of 20 ms that came one after the other.
func Straighten(at ...time.Duration) []time.Duration {
	chunks := make([]chunk, len(at))
	for i := range at {
		chunks[i] = chunk{at: at[i], samples: make([]int16, rate*period/1000)}
	}
	straighten(chunks)
	for i := range at {
		at[i] = chunks[i].at
	}
	return at
}
