// Package source says what a camera and a microphone are to the recorder, whatever stands behind them.
package source

import (
	"context"
	"errors"
	"image"
	"time"
)

// ErrLost is returned by Read when the device is gone: unplugged, switched off, its server dead. The
// recorder keeps the other track, records the gap, and opens the source again until it is back.
var ErrLost = errors.New("device lost")

// ErrEnd is returned by Read when a finite source (a file) has no more.
var ErrEnd = errors.New("source at its end")

// Info names a source. ID is stable over boots and re-plugging where the machine offers anything stable
// (bus path, serial number, URL); Title is what a person reads.
type Info struct {
	ID    string
	Title string
}

// Camera delivers pictures in the order they were taken. Read blocks; one goroutine reads.
type Camera interface {
	Info() Info
	// Mode is what the camera really delivers, known once it is open.
	Mode() Mode
	Read(ctx context.Context) (Picture, error)
	Close() error
}

// Mode is a camera's pictures. Encoded is nil for raw pictures.
type Mode struct {
	Width, Height int
	FPS           int
	FullRange     bool // raw luma uses 0 … 255, as JPEG does, instead of 16 … 235
	Encoded       *H264
}

// H264 is set by cameras that compress themselves; their pictures are taken over as they come.
type H264 struct {
	SPS, PPS []byte // NAL units without start code
}

// Picture is one picture, raw or compressed. The receiver calls Release once, also on pictures it drops.
// Compressed pictures come in the order they must be decoded in: with B-pictures At goes back and forth,
// Decode does not.
type Picture struct {
	At      time.Duration // when it was taken, on the boot clock (clock.Boot)
	Seq     uint64        // the device's own count; a jump means pictures lost before us
	Image   *image.YCbCr  // raw, 4:2:0, even width and height; nil when Unit is set
	Unit    []byte        // one H.264 access unit in AVCC form (4-byte lengths), with in-band SPS/PPS if the camera sent them
	Decode  time.Duration // when Unit is due at a decoder, on the boot clock; At unless the camera sends B-pictures
	Key     bool          // Unit can be decoded by itself
	Release func()        // never nil
}

// Microphone delivers sound without holes; a hole it knows of is told in Lost. Read blocks.
type Microphone interface {
	Info() Info
	Format() Format
	Read(ctx context.Context) (Sound, error)
	Close() error
}

// Format is a microphone's sound. Raw sound is always 48 kHz, signed 16 bit, interleaved.
type Format struct {
	Channels int
	// Encoded is nil for raw sound; else packets come in this form and are taken over as they come.
	Encoded *Audio
}

// Audio is a compressed sound format: "opus", or "mp4a" with its AudioSpecificConfig.
type Audio struct {
	Codec  string
	Rate   int
	Config []byte
}

// Sound is a stretch of raw sound or one packet.
type Sound struct {
	At      time.Duration // of the first sample, on the boot clock
	Samples []int16       // the receiver's own, never reused by the source
	Packet  []byte
	Length  time.Duration // of the packet
	Lost    int           // samples a channel known to be lost right before these
}
