//go:build cgo && linux && (amd64 || arm64)

package codec

// #include "h264_apart.h"
import "C"

import (
	"fmt"
	"image"
	"os"
	"runtime"
	"syscall"
	"time"
)

// h264Engine runs an encoder in a thread of its own; see h264_apart.h for why.
type h264Engine struct {
	c      *C.h264
	apart  *C.h264_apart
	answer *os.File
	pins   runtime.Pinner
	count  [8]byte // what answer gives; here, so that no picture allocates
}

func newH264Engine(c *C.h264) (h264Engine, error) {
	g := h264Engine{c: c}
	if rv := C.h264_apart_start(&g.apart, c); rv != 0 {
		return g, fmt.Errorf("start the encoder's thread: %w", syscall.Errno(rv))
	}
	g.answer = os.NewFile(uintptr(g.apart.answer), "encoder")
	return g, nil
}

// encode compresses one picture of w x h and answers OpenH264's code.
func (g *h264Engine) encode(img *image.YCbCr, w, h int, pts time.Duration, key bool) (int, error) {
	y, cb, cr := planes(img)
	g.pins.Pin(y)
	g.pins.Pin(cb)
	g.pins.Pin(cr)
	defer g.pins.Unpin()
	if rv := C.h264_apart_ask(g.apart, (*C.uchar)(y), (*C.uchar)(cb), (*C.uchar)(cr), C.int(img.YStride),
		C.int(img.CStride), C.int(w), C.int(h), C.int64_t(pts.Milliseconds()), C.bool(key)); rv != 0 {
		return 0, fmt.Errorf("ask the encoder's thread: %w", syscall.Errno(rv))
	}
	if _, err := g.answer.Read(g.count[:]); err != nil {
		return 0, fmt.Errorf("wait for the encoder's thread: %w", err)
	}
	return int(g.apart.rv), nil
}

// close ends the thread, then the encoder.
func (g *h264Engine) close() {
	C.h264_apart_stop(g.apart)
	g.answer.Close()
	C.h264_close(g.c)
}
