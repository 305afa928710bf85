package fmp4

import (
	"errors"
	"fmt"
)

// VideoTimescale and OpusTimescale are ticks per second of decode times and durations. An AAC track
// counts in samples of its own rate.
const (
	VideoTimescale = 90000
	OpusTimescale  = 48000
)

// Track is one stream of a file. Exactly one of H264, Opus and AAC is set.
type Track struct {
	ID   uint32 // 1 and up; unique in the file
	H264 *H264
	Opus *Opus
	AAC  *AAC
}

// H264 is a picture track. Samples are access units with 4-byte NAL lengths.
type H264 struct {
	Width, Height int
	SPS, PPS      []byte // NAL units without start code
	InBand        bool   // samples carry parameter sets of their own (avc3)
}

// Opus is a sound track of Opus packets, one or two channels.
type Opus struct {
	Channels int
	PreSkip  int // samples of 48 kHz a decoder drops at the start
}

// AAC is a sound track taken over from a camera that speaks AAC.
type AAC struct {
	Config   []byte // AudioSpecificConfig
	Rate     int
	Channels int
}

// Timescale is the ticks per second of the track.
func (t Track) Timescale() uint32 {
	switch {
	case t.H264 != nil:
		return VideoTimescale
	case t.AAC != nil:
		return uint32(t.AAC.Rate)
	}
	return OpusTimescale
}

// preSkip is the media time at which presentation begins.
func (t Track) preSkip() uint64 {
	if t.Opus != nil {
		return uint64(t.Opus.PreSkip)
	}
	return 0
}

func (t Track) check() error {
	switch {
	case t.ID == 0:
		return errors.New("track has no number")
	case t.H264 != nil && t.Opus == nil && t.AAC == nil:
		return t.H264.check()
	case t.H264 == nil && t.Opus != nil && t.AAC == nil:
		if c := t.Opus.Channels; c < 1 || c > 2 || t.Opus.PreSkip < 0 || t.Opus.PreSkip > 0xffff {
			return fmt.Errorf("track %d: opus with %d channels, pre-skip %d", t.ID, c, t.Opus.PreSkip)
		}
		return nil
	case t.H264 == nil && t.Opus == nil && t.AAC != nil:
		return t.AAC.check()
	}
	return fmt.Errorf("track %d is not of exactly one kind", t.ID)
}

func (h H264) check() error {
	switch {
	case h.Width < 2 || h.Height < 2 || h.Width > 8192 || h.Height > 8192:
		return fmt.Errorf("picture of %dx%d", h.Width, h.Height)
	case len(h.SPS) < 4 || len(h.SPS) > 0xffff || h.SPS[0]&0x1f != 7:
		return errors.New("sequence parameter set is none")
	case len(h.PPS) < 1 || len(h.PPS) > 0xffff || h.PPS[0]&0x1f != 8:
		return errors.New("picture parameter set is none")
	}
	_, _, _, err := depths(h.SPS)
	return err
}

func (a AAC) check() error {
	// One-byte descriptor lengths hold while the configuration stays short; real ones have 2 to 7 bytes.
	if len(a.Config) < 2 || len(a.Config) > 64 {
		return fmt.Errorf("aac configuration of %d bytes", len(a.Config))
	}
	if a.Rate < 7350 || a.Rate > 48000 || a.Channels < 1 || a.Channels > 8 {
		return fmt.Errorf("aac of %d Hz with %d channels", a.Rate, a.Channels)
	}
	return nil
}

// stsd writes the sample description of t.
func (w *writer) stsd(t Track) {
	w.full("stsd", 0, 0, func() {
		w.u32(1)
		switch {
		case t.H264 != nil:
			w.avc(*t.H264)
		case t.Opus != nil:
			w.opus(*t.Opus)
		default:
			w.mp4a(*t.AAC)
		}
	})
}

func (w *writer) avc(h H264) {
	kind := "avc1"
	if h.InBand {
		kind = "avc3"
	}
	w.box(kind, func() {
		w.zero(6)
		w.u16(1) // data reference
		w.zero(16)
		w.u16(uint16(h.Width))
		w.u16(uint16(h.Height))
		w.u32(72 << 16) // dots per inch
		w.u32(72 << 16)
		w.zero(4)
		w.u16(1) // frames per sample
		w.zero(32)
		w.u16(24)     // depth: colour, no alpha
		w.u16(0xffff) // pre-defined
		w.box("avcC", func() {
			w.u8(1, h.SPS[1], h.SPS[2], h.SPS[3], 0xff, 0xe1)
			w.u16(uint16(len(h.SPS)))
			w.u8(h.SPS...)
			w.u8(1)
			w.u16(uint16(len(h.PPS)))
			w.u8(h.PPS...)
			if high(h.SPS[1]) {
				chroma, luma, depth, _ := depths(h.SPS)
				w.u8(0xfc|chroma, 0xf8|luma, 0xf8|depth, 0)
			}
		})
	})
}

func (w *writer) sound(kind string, channels int, rate uint32, config func()) {
	w.box(kind, func() {
		w.zero(6)
		w.u16(1)
		w.zero(8)
		w.u16(uint16(channels))
		w.u16(16) // bits per sample
		w.zero(4)
		w.u32(rate << 16)
		config()
	})
}

func (w *writer) opus(o Opus) {
	w.sound("Opus", o.Channels, OpusTimescale, func() {
		w.box("dOps", func() {
			w.u8(0, byte(o.Channels))
			w.u16(uint16(o.PreSkip))
			w.u32(OpusTimescale) // input rate
			w.u16(0)             // gain
			w.u8(0)              // mono or stereo in the usual order
		})
	})
}

// mp4a writes the descriptors of ISO/IEC 14496-1, 7.2.6: stream, decoder, its configuration, sync layer.
func (w *writer) mp4a(a AAC) {
	n := byte(len(a.Config))
	w.sound("mp4a", a.Channels, uint32(a.Rate), func() {
		w.full("esds", 0, 0, func() {
			w.u8(3, 3+2+13+2+n+3, 0, 0, 0)
			w.u8(4, 13+2+n, 0x40, 0x15)
			w.zero(11) // buffer size and bit rates: unknown
			w.u8(5, n)
			w.u8(a.Config...)
			w.u8(6, 1, 2)
		})
	})
}
