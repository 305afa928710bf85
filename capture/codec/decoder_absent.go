//go:build !(cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin))

package codec

import (
	"fmt"
	"image"
	"time"
)

// H264Decoder opens pictures; on this machine it cannot be opened.
type H264Decoder struct{}

// NewH264Decoder fails: OpenH264 is not linked.
func NewH264Decoder() (*H264Decoder, error) {
	return nil, fmt.Errorf("open H.264 decoder: %w", ErrAbsent)
}

// Decode fails.
func (*H264Decoder) Decode([]byte, time.Duration, ...[]byte) (*image.YCbCr, time.Duration, error) {
	return nil, 0, ErrAbsent
}

// Flush gives nothing.
func (*H264Decoder) Flush() (*image.YCbCr, time.Duration, error) { return nil, 0, nil }

// Close does nothing.
func (*H264Decoder) Close() error { return nil }

// OpusDecoder opens sound; on this machine it cannot be opened.
type OpusDecoder struct{}

// NewOpusDecoder fails: libopus is not linked.
func NewOpusDecoder(int) (*OpusDecoder, error) {
	return nil, fmt.Errorf("open Opus decoder: %w", ErrAbsent)
}

// Decode fails.
func (*OpusDecoder) Decode([]byte) ([]int16, error) { return nil, ErrAbsent }

// Close does nothing.
func (*OpusDecoder) Close() error { return nil }
