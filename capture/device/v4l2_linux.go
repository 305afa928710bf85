package device

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The part of <linux/videodev2.h> that is needed.
const (
	capCapture    = 0x00000001 // V4L2_CAP_VIDEO_CAPTURE
	capStreaming  = 0x04000000 // V4L2_CAP_STREAMING
	capDeviceCaps = 0x80000000 // V4L2_CAP_DEVICE_CAPS
	typeCapture   = 1          // V4L2_BUF_TYPE_VIDEO_CAPTURE
	memoryMmap    = 1          // V4L2_MEMORY_MMAP
	discrete      = 1          // V4L2_FRMSIZE_TYPE_DISCRETE, V4L2_FRMIVAL_TYPE_DISCRETE
	fieldNone     = 1          // V4L2_FIELD_NONE: whole pictures, not interlaced
	flagError     = 0x00000040 // V4L2_BUF_FLAG_ERROR
	flagMonotonic = 0x00002000 // V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
	flagClocks    = 0x0000e000 // V4L2_BUF_FLAG_TIMESTAMP_MASK
	fullRange     = 1          // V4L2_QUANTIZATION_FULL_RANGE
	spaceJPEG     = 7          // V4L2_COLORSPACE_JPEG
)

type (
	capability struct { // v4l2_capability
		_                      [16]byte // driver
		card, bus              [32]byte
		_                      uint32 // version
		capabilities, ofDevice uint32
		_                      [3]uint32
	}
	formatDesc struct { // v4l2_fmtdesc
		index, kind uint32
		_           uint32   // flags
		_           [32]byte // description
		format      fourCC
		_           [4]uint32
	}
	frameSize struct { // v4l2_frmsizeenum
		index  uint32
		format fourCC
		kind   uint32
		v      [6]uint32 // discrete: width, height; else least, most and step of width, then of height
		_      [2]uint32
	}
	frameInterval struct { // v4l2_frmivalenum
		index         uint32
		format        fourCC
		width, height uint32
		kind          uint32
		v             [6]uint32 // fractions of a second; discrete: one; else shortest, longest and step
		_             [2]uint32
	}
	pixFormat struct { // v4l2_format with its v4l2_pix_format; the union is aligned to its pointers
		kind          uintptr
		width, height uint32
		format        fourCC
		field, stride uint32
		_             uint32 // size
		space         uint32
		_             [3]uint32 // private, flags, encoding
		quantization  uint32
		_             [200 - 11*4]byte
	}
	streamParm struct { // v4l2_streamparm with its v4l2_captureparm
		kind                   uint32
		_                      [2]uint32 // capability, mode
		numerator, denominator uint32
		_                      [200 - 4*4]byte
	}
	requestBuffers struct { // v4l2_requestbuffers
		count, kind, memory uint32
		_                   [2]uint32
	}
	buffer struct { // v4l2_buffer
		index, kind, used, flags uint32
		_                        uint32 // field
		stamp                    unix.Timeval
		_                        [4]uint32 // timecode
		sequence, memory         uint32
		offset                   uintptr // a union of an offset and pointers
		length                   uint32
		_                        [2]uint32
	}
)

// Directions of an ioctl (asm-generic/ioctl.h).
const (
	write     = 1
	read      = 2
	readWrite = write | read
)

// node is an open /dev/videoN.
type node struct{ fd int }

// openNode opens without blocking; waiting is done by poll.
func openNode(path string) (node, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return node{}, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return node{fd}, nil
}

func (n node) close() error { return unix.Close(n.fd) }

func ioctl[T any](n node, direction, number uintptr, arg *T) error {
	code := direction<<30 | unsafe.Sizeof(*arg)<<16 | 'V'<<8 | number
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(n.fd), code, uintptr(unsafe.Pointer(arg)))
		if errno == 0 {
			return nil
		}
		if errno != unix.EINTR {
			return errno
		}
	}
}

// about asks who the device is; captures is false for nodes that deliver no pictures, as many cameras have
// for their metadata.
func (n node) about() (card, bus string, captures bool, err error) {
	var c capability
	if err := ioctl(n, read, 0, &c); err != nil {
		return "", "", false, fmt.Errorf("ask for capabilities: %w", err)
	}
	caps := c.capabilities
	if caps&capDeviceCaps != 0 {
		caps = c.ofDevice
	}
	return text(c.card[:]), text(c.bus[:]), caps&capCapture != 0 && caps&capStreaming != 0, nil
}

// bounds against drivers whose lists never end.
const (
	mostFormats   = 64
	mostSizes     = 256
	mostIntervals = 64
)

// offers lists what the camera can deliver in formats this package knows, near to what is asked.
func (n node) offers(o CameraOptions) []offer {
	var all []offer
	for i := range uint32(mostFormats) {
		desc := formatDesc{index: i, kind: typeCapture}
		if ioctl(n, readWrite, 2, &desc) != nil {
			break
		}
		switch desc.format {
		case yu12, yv12, nv12, nv21, yuyv, uyvy, mjpg, jpg:
			for _, size := range n.sizes(desc.format, o) {
				all = append(all, n.rates(desc.format, size[0], size[1], o)...)
			}
		}
	}
	return all
}

func (n node) sizes(format fourCC, o CameraOptions) (all [][2]uint32) {
	for i := range uint32(mostSizes) {
		size := frameSize{index: i, format: format}
		if ioctl(n, readWrite, 74, &size) != nil {
			break
		}
		if size.kind == discrete {
			all = append(all, [2]uint32{size.v[0], size.v[1]})
			continue
		}
		return append(all, [2]uint32{
			nearest(uint32(o.Width), size.v[0], size.v[1], size.v[2]),
			nearest(uint32(o.Height), size.v[3], size.v[4], size.v[5]),
		})
	}
	return all
}

// nearest is the value of a stepped range next to what is asked.
func nearest(want, least, most, step uint32) uint32 {
	want = max(least, min(most, want))
	return want - (want-least)%max(1, step)
}

func (n node) rates(format fourCC, width, height uint32, o CameraOptions) (all []offer) {
	add := func(fps float64) {
		all = append(all, offer{format, int(width), int(height), fps})
	}
	for i := range uint32(mostIntervals) {
		v := frameInterval{index: i, format: format, width: width, height: height}
		if ioctl(n, readWrite, 75, &v) != nil {
			break
		}
		if v.kind == discrete {
			add(perSecond(v.v[0], v.v[1]))
			continue
		}
		add(max(perSecond(v.v[2], v.v[3]), min(perSecond(v.v[0], v.v[1]), float64(o.FPS))))
		return all
	}
	if len(all) == 0 { // a driver that keeps its rates to itself
		add(float64(o.FPS))
	}
	return all
}

func perSecond(numerator, denominator uint32) float64 {
	return float64(denominator) / float64(max(1, numerator))
}

// set asks for a format and a rate and returns what the driver made of them.
func (n node) set(c offer) (pixFormat, float64, error) {
	p := pixFormat{kind: typeCapture, width: uint32(c.width), height: uint32(c.height), format: c.format, field: fieldNone}
	if err := ioctl(n, readWrite, 5, &p); err != nil {
		if errors.Is(err, unix.EBUSY) {
			return p, 0, errors.New("another program uses the camera")
		}
		return p, 0, fmt.Errorf("set %v %dx%d: %w", c.format, c.width, c.height, err)
	}
	rate := streamParm{kind: typeCapture, numerator: 1000, denominator: uint32(c.fps*1000 + 0.5)}
	if c.fps == float64(int(c.fps)) {
		rate.numerator, rate.denominator = 1, uint32(c.fps)
	}
	if err := ioctl(n, readWrite, 22, &rate); err != nil || rate.numerator == 0 || rate.denominator == 0 {
		return p, c.fps, nil // a camera of one rate
	}
	return p, perSecond(rate.numerator, rate.denominator), nil
}

// queue asks for buffers, maps them and gives them to the driver.
func (n node) queue(count uint32) ([][]byte, error) {
	ask := requestBuffers{count: count, kind: typeCapture, memory: memoryMmap}
	if err := ioctl(n, readWrite, 8, &ask); err != nil {
		if errors.Is(err, unix.EBUSY) {
			return nil, errors.New("another program uses the camera")
		}
		return nil, fmt.Errorf("ask for buffers: %w", err)
	}
	var mapped [][]byte
	for i := range ask.count {
		b := buffer{index: i, kind: typeCapture, memory: memoryMmap}
		err := ioctl(n, readWrite, 9, &b)
		if err == nil {
			var m []byte
			if m, err = unix.Mmap(n.fd, int64(b.offset), int(b.length), unix.PROT_READ, unix.MAP_SHARED); err == nil {
				mapped = append(mapped, m)
				err = ioctl(n, readWrite, 15, &b)
			}
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("prepare buffer %d: %w", i, err), unmap(mapped))
		}
	}
	return mapped, nil
}

func unmap(buffers [][]byte) error {
	var err error
	for _, b := range buffers {
		err = errors.Join(err, unix.Munmap(b))
	}
	return err
}

// stream switches the pictures on or off.
func (n node) stream(on bool) error {
	kind, number := uint32(typeCapture), uintptr(19)
	if on {
		number = 18
	}
	return ioctl(n, write, number, &kind)
}

// take gets the oldest full buffer; EAGAIN if there is none. give hands it back.
func (n node) take() (buffer, error) {
	b := buffer{kind: typeCapture, memory: memoryMmap}
	err := ioctl(n, readWrite, 17, &b)
	return b, err
}

func (n node) give(b buffer) error { return ioctl(n, readWrite, 15, &b) }
