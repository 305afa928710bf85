//go:build !(cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin))

package codec

import "fmt"

// Opus compresses sound; on this machine it cannot be opened.
type Opus struct{}

// NewOpus fails: libopus is not linked.
func NewOpus(OpusConfig) (*Opus, error) {
	return nil, fmt.Errorf("open Opus encoder: %w", ErrAbsent)
}

// PreSkip is 0.
func (*Opus) PreSkip() int { return 0 }

// Encode fails.
func (*Opus) Encode([]int16) ([]byte, error) { return nil, ErrAbsent }

// Close does nothing.
func (*Opus) Close() error { return nil }
