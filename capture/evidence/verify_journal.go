package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// story is what a journal tells, kept as small as the later checks allow.
type story struct {
	open   *OpenBody
	start  *StartBody
	close  *CloseBody
	tracks map[string]*trackStory
	order  []string // of tracks, as planned

	gaps    []GapBody
	marks   []MarkBody
	texts   []TextBody
	tokens  []tokenLine
	recover []RecoverBody

	heads      [][sha256.Size]byte
	bytes      int64
	torn       int64
	signed     int   // lines with a good signature, or with any when the key is not known
	lastSigned int64 // number of the last of them, -1 without
	firstUTC   time.Time
	lastUTC    time.Time
	toMS       int64 // media told so far
}

// tokenLine is a token and what it covered when it was written down.
type tokenLine struct {
	body   TokenBody
	off    int64
	upToMS int64
	utc    time.Time
}

// trackStory is one media file as the journal tells it.
type trackStory struct {
	plan   TrackPlan
	segs   []segment
	frames int64
	sounds int64
	toMS   int64
	lost   bool // a segment line could not be used
}

// end is the offset after the last segment.
func (t *trackStory) end() int64 {
	if len(t.segs) == 0 {
		return 0
	}
	last := t.segs[len(t.segs)-1]
	return last.off + last.len
}

type segment struct {
	off, len int64
	sum      [sha256.Size]byte
	sm3      [sha256.Size]byte
	from, to int64
}

// walk reads one journal into its story.
type walk struct {
	c *checker
	*story
	entry  Entry
	bootMS int64
	drift  int64 // wall minus boot clock at the last clock line
	steady bool  // drift is set
	signMS int64 // boot clock at the last signature
	signTo int64 // media told up to there
	paused bool
	before int64           // offset of the line before
	told   bool            // the line before was bad, and so is the chain's next step
	known  map[string]bool // digests of the texts so far
}

func (c *checker) readJournal() {
	c.story = &story{tracks: map[string]*trackStory{}, lastSigned: -1}
	if !c.has(FileJournal) {
		return
	}
	f, err := c.fsys.Open(FileJournal)
	if err != nil {
		c.unread(FileJournal, err)
		return
	}
	w := &walk{c: c, story: c.story, known: map[string]bool{}}
	j := NewJournalReader(io.LimitReader(f, maxSmallFile))
	for {
		w.entry, err = j.Next()
		if err != nil {
			break
		}
		w.line()
	}
	if !errors.Is(err, io.EOF) {
		c.unread(FileJournal, err)
	}
	w.bytes, w.torn = j.off, j.Torn
	w.finish()
	if err := f.Close(); err != nil {
		c.unread(FileJournal, err)
	}
}

func (w *walk) fault(code Code, format string, args ...any) {
	w.c.report.fault(Fault{Code: code, File: FileJournal, Offset: w.entry.Off, What: fmt.Sprintf("line %d: ", len(w.heads)) + fmt.Sprintf(format, args...)})
}

// line takes one line: its form, its place in the chain, its signature, its times, its body.
func (w *walk) line() {
	e := w.entry
	switch {
	case errors.Is(e.Err, ErrChain) && !w.told:
		w.blameLineBefore()
	case e.Err != nil && !errors.Is(e.Err, ErrChain):
		w.fault(FaultLine, "%v", e.Err)
	}
	w.told = e.Err != nil && !errors.Is(e.Err, ErrChain)
	if !w.told {
		if e.Line.N == 0 && e.Line.Kind == KindOpen {
			w.takeOpen()
		}
		w.signature()
		w.clocks()
		w.body()
	}
	w.before = e.Off
	w.heads = append(w.heads, e.Head)
}

// blameLineBefore says that the line before is not the one this line names.
func (w *walk) blameLineBefore() {
	if len(w.heads) == 0 {
		w.fault(FaultChain, "the first line names a line before it")
		return
	}
	w.c.report.fault(Fault{Code: FaultChain, File: FileJournal, Offset: w.before,
		What: fmt.Sprintf("line %d is not the one that line %d names", len(w.heads)-1, len(w.heads))})
}

// signature checks the line's signature, if it has one or must.
func (w *walk) signature() {
	l := w.entry.Line
	if l.Sig == "" {
		if l.Kind.Signed() {
			w.fault(FaultLineSign, "a line of kind %s must be signed", l.Kind)
		}
		if !w.paused && w.signMS > 0 && l.BootMS-w.signMS > lateMS {
			w.c.report.remark(RemarkLate, w.toMS, "journal line %d: %.0f s without a signature", l.N, float64(l.BootMS-w.signMS)/1000)
			w.signMS = l.BootMS
		}
		return
	}
	if w.c.room != nil {
		if err := VerifyLine(w.c.room, w.entry.Raw); err != nil {
			w.fault(FaultLineSign, "%v", err)
			return
		}
	} else {
		w.c.report.notChecked(SkippedLines)
	}
	w.signed++
	w.lastSigned = l.N
	w.signMS, w.signTo = l.BootMS, w.toMS
}

// lateMS is ten seconds and half of it as slack.
const lateMS = 15_000

// clocks compares the two clocks of the line with those of the line before.
func (w *walk) clocks() {
	l := w.entry.Line
	utc, err := ParseTime(l.UTC)
	if err != nil {
		return // ParseLine lets no such line pass
	}
	if w.firstUTC.IsZero() {
		w.firstUTC = utc
	}
	w.lastUTC = utc
	if l.Kind == KindRecover {
		w.steady, w.signMS = false, 0 // another start of the machine, or of the program
	} else if l.BootMS < w.bootMS {
		w.fault(FaultOrder, "the boot clock runs backwards, from %d to %d ms", w.bootMS, l.BootMS)
	}
	w.bootMS = l.BootMS
	drift := utc.UnixMilli() - l.BootMS
	moved := drift - w.drift
	switch {
	case !w.steady || l.Kind == KindClock:
		w.drift, w.steady = drift, true
	case moved > jumpMS || moved < -jumpMS:
		w.c.report.remark(RemarkSilentJump, w.toMS, "journal line %d: the wall clock moved by %.3f s against the boot clock and no clock line says so", l.N, float64(moved)/1000)
		w.drift = drift
	}
}

// jumpMS is how far the wall clock may drift from the boot clock between two clock lines.
const jumpMS = 2000

// takeOpen keeps the first line, which says whose recording this is.
func (w *walk) takeOpen() {
	var b OpenBody
	if !w.decode(&b) {
		return
	}
	w.open = &b
	r := w.c.report
	r.ID, r.Room = b.ID, b.Room
	w.c.takeBeacon(b.Beacon, 0, 0)
	if b.V != 1 {
		w.fault(FaultOrder, "format version %d; this reader knows 1", b.V)
	}
	if room, n, err := ParseID(b.ID); err != nil || room != b.Room || n != b.Number {
		w.fault(FaultID, "id %q is not that of recording %d of room %q", b.ID, b.Number, b.Room)
	}
	if w.c.room != nil && b.CertSHA256 != w.c.room.Fingerprint() {
		w.fault(FaultSigner, "the journal was opened under another certificate than the seal's")
	}
	if sum, ok := w.c.sums[FilePlan]; ok && sum.SHA256 != b.PlanSHA256 {
		w.c.report.fault(Fault{Code: FaultPlan, File: FilePlan, What: "is not the plan that the journal opened with"})
	}
	for _, p := range b.Tracks {
		if w.tracks[p.Track] != nil || p.File != MediaPath(p.Track) || checkName(p.File) != nil {
			w.fault(FaultOrder, "track %q twice, or its file %q in another place", p.Track, p.File)
			continue
		}
		w.tracks[p.Track] = &trackStory{plan: p}
		w.order = append(w.order, p.Track)
	}
}

// decode reads the body of the line, in its one form.
func (w *walk) decode(v any) bool {
	if err := unmarshalCanonical(w.entry.Line.Body, v); err != nil {
		w.fault(FaultLine, "body of a %s line: %v", w.entry.Line.Kind, err)
		return false
	}
	return true
}

// finish looks at how the journal ends.
func (w *walk) finish() {
	r := w.c.report
	r.Duration = w.toMS
	if w.start != nil {
		r.Start = w.start.ZeroUTC
	}
	n := int64(len(w.heads))
	if w.open == nil {
		r.fault(Fault{Code: FaultOrder, File: FileJournal, What: "does not begin with an open line"})
	}
	if w.torn > 0 {
		r.dangle(Fault{Code: FaultTornLine, File: FileJournal, Offset: w.bytes, What: fmt.Sprintf("%d bytes after the last whole line", w.torn)})
	}
	if w.close == nil {
		r.dangle(Fault{Code: FaultNoClose, File: FileJournal, Offset: w.bytes, FromMS: w.toMS, ToMS: w.toMS, What: "has no last line: the recording runs, or broke off"})
	}
	if w.lastSigned < n-1 && w.signed > 0 {
		r.dangle(Fault{Code: FaultUnsigned, File: FileJournal, Offset: w.bytes, FromMS: w.signTo, ToMS: w.toMS,
			What: fmt.Sprintf("%d lines after the last signature", n-1-w.lastSigned)})
	}
	if w.start == nil && w.toMS > 0 && w.close != nil {
		r.fault(Fault{Code: FaultOrder, File: FileJournal, What: "has media and no start line"})
	}
	if w.paused && w.close == nil {
		r.remark(RemarkBreak, w.toMS, "the journal ends in a break")
	}
	for _, b := range w.recover {
		r.remark(RemarkInterrupted, b.DurableMS, "interrupted: the recorder died; durable up to %s, at most %.1f s lost", clockMS(b.DurableMS), float64(b.LostMaxMS)/1000)
	}
	r.Gaps = append(r.Gaps, w.gaps...)
	r.Broken = w.interrupted()
}

// head is the digest of line n in hex, "" when there is no such line.
func (s *story) head(n int64) string {
	if n < 0 || n >= int64(len(s.heads)) {
		return ""
	}
	return hex.EncodeToString(s.heads[n][:])
}

// interrupted reports whether the recorder died and a later start wrote the end.
func (s *story) interrupted() bool {
	return len(s.recover) > 0 || s.close != nil && strings.HasPrefix(s.close.Reason, "recover")
}
