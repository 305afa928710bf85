package evidence

import (
	"cmp"
	"fmt"
	"slices"
)

// Verdict is the answer in one word. The words are wire constants.
type Verdict string

// The verdicts, and what each needs; FORMAT.md gives the rules.
const (
	Authentic     Verdict = "AUTHENTIC"           // whole, signed by somebody trusted, nothing missing
	AuthenticGaps Verdict = "AUTHENTIC_WITH_GAPS" // the same, and the recording itself lists what it missed
	NotAuthentic  Verdict = "NOT_AUTHENTIC"       // a byte, a signature or the structure is wrong
	NotSigned     Verdict = "NOT_SIGNED"          // no layer and no signed journal line
	UntrustedKey  Verdict = "UNTRUSTED_KEY"       // whole, but nobody trusted vouches for the signer
	DanglingEnd   Verdict = "DANGLING_END"        // good as far as it is signed, and then it goes on or breaks off
)

// Accepted reports whether a court may rest on the package.
func (v Verdict) Accepted() bool { return v == Authentic || v == AuthenticGaps }

// State is one answer in one word.
type State string

// The states of the three answers.
const (
	BytesWhole    State = "whole"
	BytesDamaged  State = "damaged"
	BytesDangling State = "dangling"

	SignerTrusted   State = "trusted"
	SignerUntrusted State = "untrusted"
	SignerUnknown   State = "unknown" // the key is known, but no root or no certificate was given
	SignerNone      State = "none"

	TimeBracketed    State = "bracketed"    // proven not to be before one moment nor after another
	TimeNotAfter     State = "not_after"    // proven not to be after a moment
	TimeNotBefore    State = "not_before"   // proven not to be before a moment
	TimeClaimed      State = "claimed"      // nothing but the room's own clock
	TimeContradicted State = "contradicted" // the room's clock and the proof do not agree
)

// Answer is one of the three answers: what the bytes say, who signed, and when.
type Answer struct {
	State State  `json:"state"`
	What  string `json:"what"`
}

// Code names a kind of fault or remark for programs and for translation. Codes are wire constants.
type Code string

// Fault is one thing wrong. Offset is that of the first byte known to be concerned. For media FromMS and ToMS
// are the recording time it touches; elsewhere both are 0.
type Fault struct {
	Code   Code   `json:"code"`
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
	What   string `json:"what"`
}

// Minutes says which part of the recording a fault touches, as m:ss.mmm, or "".
func (f Fault) Minutes() string {
	if f.ToMS <= f.FromMS {
		return ""
	}
	return clockMS(f.FromMS) + "–" + clockMS(f.ToMS)
}

func clockMS(ms int64) string { return fmt.Sprintf("%d:%02d.%03d", ms/60000, ms/1000%60, ms%1000) }

// Remark is something a reader of the verdict should know that takes nothing from it.
type Remark struct {
	Code Code   `json:"code"`
	AtMS int64  `json:"at_ms"` // recording time, 0 when it is about the whole
	What string `json:"what"`
}

// Party is who holds a key.
type Party struct {
	Role        string `json:"role"` // room, headquarters, other
	Name        string `json:"name"`
	Issuer      string `json:"issuer"`
	Serial      string `json:"serial"`
	Suite       Suite  `json:"suite"`
	Fingerprint string `json:"fingerprint"`
}

// LayerReport is what became of one layer.
type LayerReport struct {
	Layer   int       `json:"layer"`
	Kind    LayerKind `json:"kind"`
	Signer  Party     `json:"signer"`
	Claimed string    `json:"claimed"`  // the signer's own word
	Token   string    `json:"token"`    // time in its token, or ""
	By      string    `json:"token_by"` // authority of the token
	Whole   bool      `json:"whole"`    // signature fits the manifest
	Trusted bool      `json:"trusted"`
	Judged  string    `json:"judged_at"` // the moment the certificates were judged for
	What    string    `json:"what"`      // why not, in words
}

// Moment is a statement about time by somebody else than the room, found in the journal.
type Moment struct {
	Kind    string `json:"kind"` // not_before, not_after
	Time    string `json:"time"`
	Line    int64  `json:"line"`     // it speaks of all lines up to this one
	UpToMS  int64  `json:"up_to_ms"` // and so of all media up to here
	By      string `json:"by"`
	Checked bool   `json:"checked"` // signature and authority
}

// ReceiptReport is what headquarters' receipt says.
type ReceiptReport struct {
	Time    string `json:"time"`
	Origin  string `json:"origin"`
	Index   int64  `json:"index"`
	Size    int64  `json:"size"`
	Checked bool   `json:"checked"` // its ledger's key was given and signed it
}

// Report is the whole answer about a package. Slices are never nil.
type Report struct {
	Verdict   Verdict        `json:"verdict"`
	ID        string         `json:"id"`
	Room      string         `json:"room"`
	Seal      string         `json:"seal"` // SHA-256 of META-INF/ASiCManifest001.xml, or ""
	Bytes     Answer         `json:"bytes"`
	Signer    Answer         `json:"signer"`
	Time      Answer         `json:"time"`
	NotBefore string         `json:"not_before"`
	NotAfter  string         `json:"not_after"`
	Start     string         `json:"start"` // the room's own clock
	Duration  int64          `json:"duration_ms"`
	Broken    bool           `json:"interrupted"` // the recorder died; a later start wrote the end
	Faults    []Fault        `json:"faults"`
	Dangling  []Fault        `json:"dangling"` // what is not, or not yet, signed
	Gaps      []GapBody      `json:"gaps"`
	Remarks   []Remark       `json:"remarks"`
	Layers    []LayerReport  `json:"layers"`
	Moments   []Moment       `json:"moments"`
	Receipt   *ReceiptReport `json:"receipt"`
	NotCheck  []string       `json:"not_checked"`
	Files     int            `json:"files"`
	Size      int64          `json:"size"`
	Hashed    int64          `json:"hashed"` // bytes put through SHA-256
	Record    *Record        `json:"record"`
	Plan      *Plan          `json:"plan"`
}

// maxFaults bounds a report; a package of nothing but faults is described well enough by so many.
const maxFaults = 1000

func newReport() *Report {
	return &Report{
		Faults: []Fault{}, Dangling: []Fault{}, Gaps: []GapBody{}, Remarks: []Remark{},
		Layers: []LayerReport{}, Moments: []Moment{}, NotCheck: []string{},
	}
}

// fault adds a fault; the same thing about the same place is said once.
func (r *Report) fault(f Fault) { r.Faults = addFault(r.Faults, f) }

// dangle adds something that is not signed.
func (r *Report) dangle(f Fault) { r.Dangling = addFault(r.Dangling, f) }

func addFault(list []Fault, f Fault) []Fault {
	same := func(o Fault) bool {
		return o.Code == f.Code && o.File == f.File && o.Offset == f.Offset && (f.Code != FaultDisagrees || o.What == f.What)
	}
	if len(list) >= maxFaults || slices.ContainsFunc(list, same) {
		return list
	}
	return append(list, f)
}

// told reports whether a fault of a file is in the report.
func (r *Report) told(file string) bool {
	return slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.File == file })
}

func (r *Report) remark(code Code, atMS int64, format string, args ...any) {
	if len(r.Remarks) < maxFaults {
		r.Remarks = append(r.Remarks, Remark{code, atMS, fmt.Sprintf(format, args...)})
	}
}

func (r *Report) notChecked(what string) {
	if !slices.Contains(r.NotCheck, what) {
		r.NotCheck = append(r.NotCheck, what)
	}
}

// order sorts the faults by file and place; those that follow from another fault come last.
func (r *Report) order() {
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(rank(a.Code), rank(b.Code)), cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
	})
	slices.SortStableFunc(r.Remarks, func(a, b Remark) int { return cmp.Compare(a.AtMS, b.AtMS) })
}

// rank is 1 for faults that a changed file elsewhere brings with it.
func rank(c Code) int {
	switch c {
	case FaultDisagrees, FaultPlan:
		return 1
	}
	return 0
}

// conclude gives the verdict and the answer about the bytes.
func (r *Report) conclude(signed bool) {
	gaps := len(r.Gaps) > 0 || r.Broken
	switch {
	case len(r.Faults) > 0:
		r.Bytes = Answer{BytesDamaged, fmt.Sprintf("%d things are not as they were sealed", len(r.Faults))}
	case len(r.Dangling) > 0:
		r.Bytes = Answer{BytesDangling, "good as far as it is signed; the end is open"}
	default:
		r.Bytes = Answer{BytesWhole, "every byte is as it was sealed"}
	}
	switch {
	case !signed:
		r.Verdict = NotSigned
	case len(r.Faults) > 0:
		r.Verdict = NotAuthentic
	case len(r.Dangling) > 0:
		r.Verdict = DanglingEnd
	case r.Signer.State != SignerTrusted:
		r.Verdict = UntrustedKey
	case gaps:
		r.Verdict = AuthenticGaps
	default:
		r.Verdict = Authentic
	}
}
