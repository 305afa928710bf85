//go:build !(cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin))

package codec

import (
	"fmt"
	"image"
	"time"
)

// H264 compresses pictures; on this machine it cannot be opened.
type H264 struct{}

// NewH264 fails: OpenH264 is not linked.
func NewH264(H264Config) (*H264, error) {
	return nil, fmt.Errorf("open H.264 encoder: %w", ErrAbsent)
}

// ParameterSets gives nothing.
func (*H264) ParameterSets() (sps, pps []byte) { return nil, nil }

// Encode fails.
func (*H264) Encode(*image.YCbCr, time.Duration, bool) (unit []byte, key bool, err error) {
	return nil, false, ErrAbsent
}

// Close does nothing.
func (*H264) Close() error { return nil }
