//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

package codec

// #cgo linux windows LDFLAGS: -Wl,-undefined=opus_decoder_create -Wl,-undefined=opus_decode -Wl,-undefined=opus_decoder_destroy
// #include "opus_decoder.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// longestPacket is the most samples of each channel in one packet: 120 ms (RFC 6716, 2.1.4).
const longestPacket = SoundRate * 120 / 1000

// OpusDecoder opens sound that Opus compressed, as 48 kHz, 16 bit.
type OpusDecoder struct {
	channels int
	c        *C.opus_opener
	pcm      []int16
}

// NewOpusDecoder opens a decoder of one or two channels. The caller closes it.
func NewOpusDecoder(channels int) (*OpusDecoder, error) {
	if channels < 1 || channels > 2 {
		return nil, fmt.Errorf("open Opus decoder: %d channels", channels)
	}
	d := &OpusDecoder{channels: channels, pcm: make([]int16, longestPacket*channels)}
	switch rv := C.opus_decoder_start(&d.c, C.int(channels)); rv {
	case 0:
		return d, nil
	case -1000:
		return nil, fmt.Errorf("open Opus decoder: %w", ErrAbsent)
	default:
		return nil, fmt.Errorf("open Opus decoder: libopus code %d", rv)
	}
}

// Decode opens a packet. The interleaved samples are valid until the next call.
func (d *OpusDecoder) Decode(packet []byte) ([]int16, error) {
	if len(packet) == 0 {
		return nil, errors.New("decode sound: the packet is empty")
	}
	n := C.opus_decoder_packet(d.c, (*C.uchar)(&packet[0]), C.int(len(packet)), (*C.int16_t)(unsafe.Pointer(&d.pcm[0])), longestPacket)
	if n < 0 {
		return nil, fmt.Errorf("decode sound: libopus code %d", n)
	}
	return d.pcm[:int(n)*d.channels], nil
}

// Close frees the decoder.
func (d *OpusDecoder) Close() error {
	if d.c != nil {
		C.opus_decoder_close(d.c)
		d.c = nil
	}
	return nil
}
