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
	OpMend    = "mend"    // cut off what a crash tore; events interrupted for what waits for its reason, then done
	OpRecover = "recover" // close and seal what a crash left, or of it ID alone, for the reason Kind, By, Text if there is one; events recovered, then done
	OpDevices = "devices" // cameras and microphones of this machine
	OpProbe   = "probe"   // open Order's devices for a moment and say what they deliver
	OpLook    = "look"    // what Order's devices deliver, eight times a second, until the client goes or another wants the devices
	OpStamp   = "stamp"   // add a late token to the package ID
	OpPlay    = "play"    // play the sound of ID from FromMS to ToMS in the room; nothing between them: be quiet
	OpPrint   = "print"   // a paper of Kind (a document's code) with this SHA256 goes to the printer
	OpTrial   = "trial"   // record ten seconds from Order's devices into the trial vault; done with a Trial
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
	FromMS   int64  `json:"from_ms,omitempty"`
	ToMS     int64  `json:"to_ms,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
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

// MaxPlay bounds what OpPlay plays, in milliseconds.
const MaxPlay = 10 * 60 * 1000

// Trial is the answer to OpTrial, as JSON in the data of its done event: a recording made by the very same path
// as a real one, sealed and verified. It lies in a vault of its own, under numbers of its own, until the next.
type Trial struct {
	Event      string           `json:"event"`   // trial
	ID         string           `json:"id"`      // TRIAL-000001
	Package    string           `json:"package"` // its folder
	Roots      string           `json:"roots"`   // the file of the authority that was made for it alone
	Verdict    evidence.Verdict `json:"verdict"`
	Bytes      evidence.State   `json:"bytes"`
	Signer     evidence.State   `json:"signer"`
	Faults     []string         `json:"faults"`
	DurationMS int64            `json:"duration_ms"`
	Frames     int64            `json:"frames"`
	Dropped    int64            `json:"dropped"`
	Packets    int64            `json:"packets"` // of sound
	PeakDB     float64          `json:"peak_db"` // loudest, dBFS; -96 is silence
	Tracks     []TrialTrack     `json:"tracks"`
	Troubles   []string         `json:"troubles"` // what a screen would have warned of: "cam0 camera black"
	Reason     string           `json:"reason"`   // it ended for: limit is as it should be
}

// TrialTrack is what one media file of a trial holds.
type TrialTrack struct {
	Track   string  `json:"track"`
	Source  string  `json:"source"` // titles of camera and microphone
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	FPS     float64 `json:"fps"` // really recorded
	Frames  int64   `json:"frames"`
	Dropped int64   `json:"dropped"`
	Packets int64   `json:"packets"`
	VideoMS int64   `json:"video_ms"` // where pictures and sound end on the recording's time line
	AudioMS int64   `json:"audio_ms"`
	Bytes   int64   `json:"bytes"`
}

// Names of events.
const (
	EventRecording = "recording" // the first segment is durable
	EventSegment   = "segment"
	EventMark      = "mark"
	EventSealed    = "sealed"
	EventCutOff    = "interrupted" // mended, and waits for the reason of the interruption
	EventRecovered = "recovered"
	EventLook      = "look" // Data: a list of agent.Look
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
