// Package attach says how a window or a command line speaks to the recording process.
//
// Both sides write JSON Lines over a local socket in the room's home. A client writes one Request and reads
// Events until the one that ends it; it may go away at any time, the recording stays. Every request may be
// repeated.
package attach

import (
	"minglu/capture/evidence"
)

// Operations of a Request.
const (
	OpStart   = "start"   // record by Order; events until sealed or failed
	OpWatch   = "watch"   // the running recording's events until it is sealed; "idle" when none runs
	OpStop    = "stop"    // end the recording; answered by done, the watchers hear sealed
	OpMark    = "mark"    // Kind, By, Text
	OpPause   = "pause"   // Kind (reason), By, Text
	OpResume  = "resume"  // By, Text (explanation)
	OpRevise  = "revise"  // Revision: one change of the transcript, as capture/transcript writes it
	OpStatus  = "status"  // one status event
	OpPreview = "preview" // one picture of Track
	OpRecover = "recover" // close and seal what a crash left; events recovered, then done
	OpDevices = "devices" // cameras and microphones of this machine
	OpProbe   = "probe"   // open Order's devices for a moment and say what they deliver
	OpStamp   = "stamp"   // add a late token to the package ID
	OpDay     = "day"     // seal the closed Day of the duty log of Hall; sealed, or failed
)

// Request is what a client asks.
type Request struct {
	Op       string `json:"op"`
	ID       string `json:"id,omitempty"`
	Kind     string `json:"kind,omitempty"`
	By       string `json:"by,omitempty"`
	Text     string `json:"text,omitempty"`
	Track    string `json:"track,omitempty"`
	Order    *Order `json:"order,omitempty"`
	Revision []byte `json:"revision,omitempty"`
	Hall     string `json:"hall,omitempty"`
	Day      string `json:"day,omitempty"`
}

// Order is a recording to be made. Sources are written as source.ParseSpec reads them.
type Order struct {
	Plan       evidence.Plan `json:"plan"` // id, room and titles are filled in by the recorder
	Cameras    []string      `json:"cameras"`
	Microphone string        `json:"microphone"`
	LimitMS    int64         `json:"limit_ms"`
}

// Names of events.
const (
	EventRecording = "recording" // the first segment is durable
	EventSegment   = "segment"
	EventMark      = "mark"
	EventSealed    = "sealed"
	EventRecovered = "recovered"
	EventFailed    = "failed"
	EventIdle      = "idle"
	EventDone      = "done"
)

// Event is what the recorder says. Which members matter depends on Event.
type Event struct {
	Event      string             `json:"event"`
	ID         string             `json:"id,omitempty"`
	Track      string             `json:"track,omitempty"`
	Seq        int64              `json:"seq,omitempty"`
	MS         int64              `json:"ms,omitempty"`
	Kind       string             `json:"kind,omitempty"`
	Detail     string             `json:"detail,omitempty"`
	Package    string             `json:"package,omitempty"`
	Segments   int64              `json:"segments,omitempty"`
	DurationMS int64              `json:"duration_ms,omitempty"`
	DurableMS  *int64             `json:"durable_ms,omitempty"`
	LostMS     *int64             `json:"lost_ms,omitempty"`
	Frames     int64              `json:"frames,omitempty"`
	Dropped    *int64             `json:"dropped,omitempty"`
	Gaps       []evidence.GapBody `json:"gaps,omitempty"`
	Reason     string             `json:"reason,omitempty"`
	Stamped    *bool              `json:"stamped,omitempty"`
	Code       string             `json:"code,omitempty"` // of a fault, for i18n
	Data       []byte             `json:"data,omitempty"` // status, picture, device list
}
