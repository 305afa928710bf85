// Package watch tells when a camera shows nothing and a microphone hears nothing.
//
// Its states are the words of the journal's device lines. Each watcher is told everything its device
// delivers and answers when the state changes.
package watch

// State is what a device delivers.
type State string

// States of a camera and of a microphone.
const (
	Seen   State = "picture"
	Black  State = "black"
	Frozen State = "frozen" // the very same picture again and again: no sensor does that

	Heard   State = "sound"
	Silent  State = "silent"  // quieter than any room with people in it
	Dead    State = "dead"    // nothing but zeros: the device or its driver is broken
	Clipped State = "clipped" // too loud for the microphone's setting
)
