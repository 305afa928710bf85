package enrol

import "strings"

// Refused is an answer that will not change by asking again.
type Refused struct{ Reasons []string }

// Error lists the reasons.
func (r *Refused) Error() string { return strings.Join(r.Reasons, "; ") }

// FaultCode names the sentences that people are told.
func (r *Refused) FaultCode() string { return "enrol.refused" }

func refuse(reasons ...string) error { return &Refused{reasons} }

// fault is what a person has to put right, at the room or at headquarters: one of the codes below.
type fault struct {
	code string
	error
}

const (
	faultAddress  = "enrol.address"  // or the fingerprint's form
	faultCode     = "enrol.code"     // mistyped
	faultEnrolled = "enrol.enrolled" // already
	faultStranger = "enrol.stranger" // the other side does not prove that it is headquarters

	faultAbsent = "hq.absent" // no headquarters in this folder
	faultExists = "hq.exists" // one already
	faultRoom   = "hq.room"   // the form of a room's code
)

// FaultCode names the sentences that people are told.
func (f *fault) FaultCode() string { return f.code }

func (f *fault) Unwrap() error { return f.error }
