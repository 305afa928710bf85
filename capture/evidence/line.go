package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind names what a journal line reports. The words are wire constants: they never change.
type Kind string

// The kinds of journal line; FORMAT.md gives the body of each.
const (
	KindOpen       Kind = "open"       // first line, signed before the first media byte
	KindStart      Kind = "start"      // recording time zero
	KindSegment    Kind = "segment"    // a durable range of a media file
	KindGap        Kind = "gap"        // media that should be there and is not
	KindMark       Kind = "mark"       // a marker, signed
	KindText       Kind = "text"       // a revision of the transcript or a typed note, by digest
	KindPause      Kind = "pause"      // a break begins, with its reason
	KindResume     Kind = "resume"     // a break ends, with its explanation
	KindDevice     Kind = "device"     // a camera or microphone came, went or misbehaves
	KindClock      Kind = "clock"      // what the clocks say and how far they may be wrong
	KindBeacon     Kind = "beacon"     // newest statement of headquarters: "not before"
	KindToken      Kind = "tst"        // an RFC 3161 token over an earlier line: "not after"
	KindCheckpoint Kind = "checkpoint" // signature over all lines before
	KindPrint      Kind = "print"      // a paper left the printer
	KindRecover    Kind = "recover"    // a crash was found and what it tore
	KindClose      Kind = "close"      // last line, signed
)

// Signed reports whether a line of this kind carries a signature: what a person did, and what closes or
// opens a stretch.
func (k Kind) Signed() bool {
	switch k {
	case KindOpen, KindMark, KindPause, KindResume, KindCheckpoint, KindRecover, KindClose:
		return true
	}
	return false
}

// MaxLine is the longest journal line a reader accepts, in bytes.
const MaxLine = 64 << 10

// Line is one entry of data/journal.jsonl. Its bytes are the compact JSON of this struct in
// this order; Prev is the SHA-256 (hex) of all bytes of the line before, without its newline, and 64
// zeros on the first. Sig, when not empty, is the base64 of a DER ECDSA P-256 signature over SHA-256 of
// the line's bytes up to, not including, `,"sig":`.
type Line struct {
	N      int64           `json:"n"`
	Prev   string          `json:"prev"`
	Kind   Kind            `json:"type"`
	BootMS int64           `json:"boot_ms"`
	UTC    string          `json:"utc"`
	Body   json.RawMessage `json:"body"`
	Sig    string          `json:"sig"`
}

// TimeLayout is how every time in the package is written: UTC, milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime writes t in TimeLayout.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeLayout) }

// ParseTime reads a time in TimeLayout and refuses every other spelling.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(TimeLayout, s)
	if err != nil || FormatTime(t) != s {
		return time.Time{}, fmt.Errorf("time %.40q is not written as %s", s, TimeLayout)
	}
	return t, nil
}

// Marshal gives the line's exact bytes, without the newline.
func (l Line) Marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return nil, fmt.Errorf("write journal line %d: %w", l.N, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// MarshalBody gives the canonical bytes of a line's body.
func MarshalBody(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Head is the digest by which the next line names raw, the bytes of a line without newline.
func Head(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// NoHead is what the first line names as the line before.
const NoHead = "0000000000000000000000000000000000000000000000000000000000000000"

// SignedPart is the part of a line's bytes that its signature covers.
func SignedPart(raw []byte) ([]byte, error) {
	i := bytes.LastIndex(raw, []byte(`,"sig":`))
	if i < 0 {
		return nil, errors.New("line has no sig member")
	}
	return raw[:i], nil
}

// ParseLine reads one line and refuses any byte that Marshal would not have written.
func ParseLine(raw []byte) (Line, error) {
	if len(raw) > MaxLine {
		return Line{}, fmt.Errorf("line of %d bytes is over the bound of %d", len(raw), MaxLine)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var l Line
	if err := d.Decode(&l); err != nil {
		return Line{}, fmt.Errorf("line is not a journal line: %w", err)
	}
	if _, err := ParseTime(l.UTC); err != nil {
		return Line{}, err
	}
	if l.Sig != "" {
		if _, err := base64.StdEncoding.Strict().DecodeString(l.Sig); err != nil {
			return Line{}, fmt.Errorf("signature is not strict base64: %w", err)
		}
	}
	again, err := l.Marshal()
	if err != nil {
		return Line{}, err
	}
	if !bytes.Equal(again, raw) {
		return Line{}, errors.New("line is not in canonical form")
	}
	return l, nil
}
