// Package packtest makes small but complete, truly signed evidence packages, for tests.
package packtest

import (
	"crypto/rand"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
)

// Bureau is who signs: a room in both suites, headquarters, its time authority and its ledger.
type Bureau struct {
	PKI     *pkitest.PKI
	Code    string // of the room
	Room    evidence.Signer
	RoomSM2 evidence.Signer
	HQ      evidence.Signer
	TSA     evidence.Stamper
	// LedgerKey is the note verifier key of headquarters' ledger.
	LedgerKey string

	t      testing.TB
	ledger note.Signer
}

// NewBureau makes fresh keys for a room.
func NewBureau(t testing.TB, room string) *Bureau {
	t.Helper()
	b := &Bureau{PKI: pkitest.New(t), Code: room, t: t}
	b.Room, b.RoomSM2, b.HQ = b.PKI.Room(room), b.PKI.RoomSM2(room), b.PKI.HQ()
	b.TSA = b.PKI.Stamper(evidence.SuiteP256)
	secret, public, err := note.GenerateKey(rand.Reader, "hq.example/ledger")
	b.must(err)
	b.ledger, err = note.NewSigner(secret)
	b.must(err)
	b.LedgerKey = public
	return b
}

// Options trusts the bureau fully and checks everything.
func (b *Bureau) Options() evidence.Options {
	return evidence.Options{Roots: b.PKI.Roots(), LedgerKeys: []string{b.LedgerKey}, Whole: true, SM3: true}
}

func (b *Bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// Spec is the package to make. The zero value is recording 1: two files, three seconds, a mark, a typed text,
// a transcript, both layers of the room, headquarters' receipt and layer, and nothing missing.
type Spec struct {
	Number   int64 // 0 is 1
	Start    time.Time
	Segments int // fragments of each file; 0 is 6
	Padding  int // bytes added to each picture
	// Gaps are written before the close line.
	Gaps []evidence.GapBody
	// Recovered closes the recording as a start after a crash does.
	Recovered bool
	// Pause puts a break with its reason into the middle.
	Pause bool
	// Jump is a clock line that says the wall clock was moved.
	Jump time.Duration
	// SilentJump moves the wall clock without a clock line.
	SilentJump time.Duration
	// Single leaves out the SM2 layer.
	Single bool
	// NoToken seals without a timestamp; NoReceipt stops before headquarters.
	NoToken, NoReceipt bool
	// Until says how far the making goes; the zero value is all the way.
	Until Stage
	// Plan, if set, may change the plan before the recording begins.
	Plan func(*evidence.Plan)
	// Text, if set, is the line of data/texts.jsonl that the mark names; Transcript is data/transcript.json.
	Text, Transcript []byte
	// Edit, if set, may change any file before the bag is made.
	Edit func(fstest.MapFS)
}

// Stage is a place where the making of a package may stop.
type Stage int

// The stages.
const (
	Received Stage = iota // with headquarters' receipt
	Running               // media and journal, no close line
	Closed                // closed, not sealed
	Bagged                // bag, no layer
)

// Package is what Make made.
type Package struct {
	fstest.MapFS
	ID string
	// Heads are the offsets of the journal's lines.
	Lines []int64
}

// Make makes a package.
func (b *Bureau) Make(s Spec) Package {
	b.t.Helper()
	if s.Number == 0 {
		s.Number = 1
	}
	if s.Segments == 0 {
		s.Segments = 6
	}
	if s.Start.IsZero() {
		s.Start = time.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	}
	now := b.PKI.Now
	defer func() { b.PKI.Now = now }()
	d := &draft{Bureau: b, Spec: s, files: fstest.MapFS{}, id: evidence.MakeID(b.Code, s.Number), wall: s.Start, boot: 5 * time.Second, head: evidence.NoHead}
	b.PKI.Now = func() time.Time { return d.wall.Add(-d.skew) }
	d.record()
	if s.Until != Running && s.Until != Closed {
		d.seal()
	}
	return Package{MapFS: d.files, ID: d.id, Lines: d.lines}
}

// Clone copies a package so that a test may change it; contents are shared until they are replaced.
func (p Package) Clone() Package {
	files := fstest.MapFS{}
	for name, f := range p.MapFS {
		files[name] = f
	}
	p.MapFS = files
	return p
}

// With is the package with one file's content replaced; nil takes the file away.
func (p Package) With(name string, data []byte) Package {
	c := p.Clone()
	delete(c.MapFS, name)
	if data != nil {
		c.MapFS[name] = &fstest.MapFile{Data: data, Mode: 0o640}
	}
	return c
}
