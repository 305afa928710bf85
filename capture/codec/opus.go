//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

package codec

// #include "opus.h"
import "C"

import (
	"fmt"
	"unsafe"

	_ "github.com/pion/mediadevices/pkg/codec/opus" // brings the static library
)

// Opus compresses sound of 48 kHz, 16 bit, in packets of 20 ms.
type Opus struct {
	channels int
	preSkip  int
	c        *C.opus_engine
	packet   [1500]byte // a packet of one frame has at most 1,275 bytes (RFC 6716, 3.2.1)
}

// NewOpus opens an encoder. The caller closes it.
func NewOpus(config OpusConfig) (*Opus, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("open Opus encoder: %w", err)
	}
	var lookahead C.int32_t
	e := &Opus{channels: config.Channels}
	if rv := C.opus_open(&e.c, C.int(config.Channels), C.int(config.Bitrate), &lookahead); rv != 0 {
		return nil, fmt.Errorf("open Opus encoder: libopus code %d", rv)
	}
	e.preSkip = int(lookahead)
	return e, nil
}

// PreSkip is how many samples of decoded sound come before the first that went in.
func (e *Opus) PreSkip() int { return e.preSkip }

// Encode compresses OpusSamples interleaved samples of each channel. The packet is valid until the next call.
func (e *Opus) Encode(pcm []int16) (packet []byte, err error) {
	if len(pcm) != OpusSamples*e.channels {
		return nil, fmt.Errorf("encode sound: %d samples; want %d", len(pcm), OpusSamples*e.channels)
	}
	n := C.opus_packet(e.c, (*C.int16_t)(unsafe.Pointer(&pcm[0])), OpusSamples, (*C.uchar)(&e.packet[0]), C.int(len(e.packet)))
	if n <= 0 {
		return nil, fmt.Errorf("encode sound: libopus code %d", n)
	}
	return e.packet[:n], nil
}

// Close frees the encoder.
func (e *Opus) Close() error {
	if e.c != nil {
		C.opus_close(e.c)
		e.c = nil
	}
	return nil
}
