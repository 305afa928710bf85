//go:build cgo && ((windows && amd64) || darwin)

package codec

// #include "h264.h"
import "C"

import (
	"image"
	"time"
)

// h264Engine runs an encoder in the caller's thread.
type h264Engine struct{ c *C.h264 }

func newH264Engine(c *C.h264) (h264Engine, error) { return h264Engine{c}, nil }

// encode compresses one picture of w x h and answers OpenH264's code.
func (g *h264Engine) encode(img *image.YCbCr, w, h int, pts time.Duration, key bool) (int, error) {
	y, cb, cr := planes(img)
	return int(C.h264_encode(g.c, (*C.uchar)(y), (*C.uchar)(cb), (*C.uchar)(cr), C.int(img.YStride), C.int(img.CStride),
		C.int(w), C.int(h), C.int64_t(pts.Milliseconds()), C.bool(key))), nil
}

func (g *h264Engine) close() { C.h264_close(g.c) }
