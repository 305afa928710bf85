// Package capture records one interview: it takes pictures and sound from the room, cuts them into short
// segments and leaves a chain of them, durable and signed, on this disk.
package capture

import (
	"context"
	"image"
	"time"

	"minglu/capture/catalog"
	"minglu/capture/clock"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/capture/vault"
)

// Setup is one recording to be made.
type Setup struct {
	Plan evidence.Plan
	// Number takes the room's next number, durably, once the devices are open; the plan's id follows from it.
	Number func() (int64, error)
	Bureau string // names the transcript's form
	// Open is the first line of the journal but for what Start knows better (plan digest, tracks, boot id).
	Open   evidence.OpenBody
	Inputs []Input
	Limit  time.Duration // 0: until stopped
}

// Input is what one media file is made of. The functions open a device, and open it again after it was lost.
type Input struct {
	Track      string // cam0, cam1, mic0
	Camera     func(context.Context) (source.Camera, error)
	Microphone func(context.Context) (source.Microphone, error)
}

// File is where the input's media lie in the package.
func (i Input) File() string { return evidence.MediaPath(i.Track) }

// Gear is what a recording is made with.
type Gear struct {
	Clock    clock.Clock
	Signer   evidence.Signer
	Vault    *vault.Vault
	Words    *catalog.Words // the kinds of markers and the reasons of breaks that may be written down
	NewVideo func(source.Mode) (VideoEncoder, error)
	NewSound func(channels int) (SoundEncoder, error)
	// Burn writes a line of text into a picture; nil leaves pictures alone.
	Burn func(img *image.YCbCr, text string)
	// Placard writes into a dark picture that the recording is interrupted, for a reason of Words; nil leaves it dark.
	Placard func(img *image.YCbCr, reason string)
	// Stamper asks a trusted clock; nil when none is configured.
	Stamper evidence.Stamper
	// Clocks says what the machine knows about its clock's error; it may ask a server and take seconds.
	Clocks func(context.Context) evidence.ClockBody
	// Free says how many bytes the vault's disk still takes.
	Free func() (int64, error)
	// Alive is told until which recording time it is told again at the latest, so that a crash can say how much it
	// took at most.
	Alive func(id string, at time.Duration)
	// Tell hears of every event, from several goroutines, and must not block.
	Tell func(Event)
}

// VideoEncoder makes an H.264 access unit of each picture. One goroutine uses it.
type VideoEncoder interface {
	// Encode returns the unit in AVCC form, valid until the next call, and whether it is a key picture.
	Encode(img *image.YCbCr, pts time.Duration, key bool) (unit []byte, isKey bool, err error)
	ParameterSets() (sps, pps []byte)
	Close() error
}

// SoundEncoder makes an Opus packet of 20 ms of sound. One goroutine uses it.
type SoundEncoder interface {
	// Encode takes 960 samples a channel, interleaved; the packet is valid until the next call.
	Encode(pcm []int16) (packet []byte, err error)
	PreSkip() int
	Close() error
}

// Event is something that happened in a recording, for whoever watches it. Fields apply by Name.
type Event struct {
	Name     string // recording, segment, mark, pause, resume, device, gap, clock, text, stopping
	ID       string
	Track    string
	Seq      int64
	MS       int64 // end of the segment, or moment of the event, in recording time
	Kind     string
	Detail   string
	Duration time.Duration // how long the segment took to become durable
}
