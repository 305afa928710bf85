package device

import (
	"cmp"
	"math"
	"slices"
)

// offer is one way a camera can deliver pictures.
type offer struct {
	format        fourCC
	width, height int
	fps           float64
}

// usb2 is what USB 2 can carry for a camera, bytes a second: three packets of 1024 bytes in each of 8000
// microframes.
const usb2 = 3 * 1024 * 8000

// choose takes the offer nearest to what is asked. narrow says that the camera hangs on USB 2.
func choose(o CameraOptions, offers []offer, narrow bool) (offer, bool) {
	offers = slices.DeleteFunc(slices.Clone(offers), func(c offer) bool {
		return c.width%2 != 0 || c.height%2 != 0 || c.width < 16 || c.height < 16
	})
	if len(offers) == 0 {
		return offer{}, false
	}
	return slices.MinFunc(offers, func(a, b offer) int {
		return cmp.Compare(cost(o, a, narrow), cost(o, b, narrow))
	}), true
}

// cost weighs an offer: a wrong rate weighs more than a wrong size, a size more than a format.
func cost(o CameraOptions, c offer, narrow bool) float64 {
	sum := rateCost(c.fps, float64(o.FPS)) + sizeCost(c, o)
	raw := float64(c.width*c.height*2) * c.fps
	switch {
	case c.format.compressed():
		sum += 2 // costs a decoder, and the picture is squeezed twice
	case narrow && raw > usb2:
		sum += 1000 // some cameras offer what the wire cannot carry
	case narrow && c.width*c.height > 640*480:
		sum += 4 // leaves no room for a second camera on the same hub
	}
	if c.format == yuyv || c.format == uyvy {
		sum += 0.5
	}
	return sum
}

// rateCost is 0 for the rate asked for, small above it, large below: missing pictures are gaps.
func rateCost(fps, want float64) float64 {
	switch {
	case math.Abs(fps-want) < 0.5:
		return 0
	case fps > want:
		return 1 + (fps-want)/want
	case fps >= 0.6*want:
		return 20 * (1 - fps/want) * 2
	}
	return 200 * (1 - fps/want)
}

// sizeCost counts halvings or doublings of the area; smaller is worse than larger, another shape is worse
// than the same.
func sizeCost(c offer, o CameraOptions) float64 {
	size := 10 * math.Log2(float64(c.width*c.height)/float64(o.Width*o.Height))
	if size < 0 {
		size *= -1.2
	}
	shape := float64(c.width) / float64(c.height) / (float64(o.Width) / float64(o.Height))
	return size + 5*math.Abs(math.Log2(shape))
}
