package outbox

import "time"

// State is where a recording stands on its way to headquarters.
type State string

// The states, in the order of a life; the last four stand beside it.
const (
	Recording   State = "recording"   // being recorded
	Interrupted State = "interrupted" // the recorder died; recovery seals it
	Sealed      State = "sealed"      // sealed on this disk
	Queued      State = "queued"      // its parts are listed
	Announced   State = "announced"   // headquarters knows them
	Uploading   State = "uploading"   // at least one part is on its way
	Verifying   State = "verifying"   // headquarters holds every part and has been asked for its receipt
	Received    State = "received"    // a verified receipt lies here
	Released    State = "released"    // received, and its space may be used again

	Blocked State = "blocked" // needs a person; asked again every hour in case one has acted
	Refused State = "refused" // headquarters will not have it; needs a person
	Lost    State = "lost"    // the row has no folder any more; an alarm
)

// Word is the state as the command line shows it: one of recording, interrupted, sealed, queued, sending,
// received, refused.
func (s State) Word() string {
	switch s {
	case Announced, Uploading, Verifying:
		return "sending"
	case Blocked, Lost:
		return "refused"
	case Released:
		return "received"
	}
	return string(s)
}

// Waits reports whether the recording still goes on by itself.
func (s State) Waits() bool {
	switch s {
	case Received, Released, Refused, Blocked, Lost:
		return false
	}
	return true
}

// Cause is why a row waits, as a code that screens can translate.
type Cause string

// The causes.
const (
	CauseTurn        Cause = "turn"        // nothing is wrong; it will be its turn
	CauseInterrupted Cause = "interrupted" // the recorder died
	CauseUnreachable Cause = "unreachable" // no connection to headquarters
	CauseStranger    Cause = "stranger"    // who answers does not show headquarters' certificate
	CauseBusy        Cause = "busy"        // headquarters asked to come back later
	CauseFull        Cause = "full"        // headquarters has no space
	CauseServer      Cause = "server"      // headquarters answered with an error of its own
	CauseChecksum    Cause = "checksum"    // bytes arrived damaged
	CauseDisk        Cause = "disk"        // a file of the package cannot be read here
	CauseReceipt     Cause = "receipt"     // the answer is not a receipt that can be believed
	CauseToken       Cause = "token"       // the timestamp authority could not be asked
	CauseForgotten   Cause = "forgotten"   // headquarters lost it after its receipt
	CauseCertificate Cause = "certificate" // the room's certificate is not accepted
	CauseForm        Cause = "form"        // headquarters does not understand the request
	CauseConflict    Cause = "conflict"    // headquarters holds another package under this id
	CauseContent     Cause = "content"     // headquarters found the package faulty
	CauseDamaged     Cause = "damaged"     // a file here is no longer what was sealed
	CauseMissing     Cause = "missing"     // the folder is gone
)

// Wait is what a row waits for: why, in words too, and when it is tried next. A zero Next means that
// nothing happens before a person acts.
type Wait struct {
	Cause Cause
	Why   string
	Next  time.Time
}

// Row is one recording. Bytes and Acked are over all parts.
type Row struct {
	ID        string
	Room      string
	Number    int64
	State     State
	Priority  int // 0 first, 9 last
	Item      string
	Start     string // evidence.TimeLayout
	Seal      string
	Told      State // Recording or Sealed, what headquarters was last told
	Wait      Wait
	Tries     int
	Created   time.Time
	Changed   time.Time
	Received  time.Time // headquarters' time; zero before
	Confirmed time.Time
	Bytes     int64
	Acked     int64
}

// Sealing reports whether the recording has not been sealed yet.
func (r Row) Sealing() bool { return r.State == Recording || r.State == Interrupted }
