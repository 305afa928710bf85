package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"

	"github.com/emmansun/gmsm/sm3"

	"minglu/capture/evidence/fmp4"
)

// checkMedia reads every media file once: each segment against its journal line, the 16 bytes that open a
// finished file against their only form, and what follows the last fragment against the index that the
// fragments give. So every byte is bound, and none is hashed twice.
func (c *checker) checkMedia() {
	planned := map[string]bool{}
	sound := map[string]bool{}
	if c.sealed() && c.report.told(FileJournal) {
		sound = c.wholeMedia()
	}
	for _, name := range c.story.order {
		t := c.story.tracks[name]
		planned[t.plan.File] = true
		if !sound[t.plan.File] {
			c.checkTrack(t)
		}
	}
	for _, name := range c.names() {
		if IsMedia(name) && !planned[name] && !sound[name] {
			c.report.fault(Fault{Code: FaultExtra, File: name, What: "is a media file the journal does not plan"})
		}
	}
	if !c.o.Whole && len(planned) > 0 {
		c.report.notChecked(SkippedWhole)
	}
	if !c.o.SM3 && len(planned) > 0 {
		c.report.notChecked(SkippedSM3)
	}
}

// wholeMedia finds the media files that are as they were sealed by their digests as a whole, for when the
// journal is damaged: what it then says against them is its own fault.
func (c *checker) wholeMedia() map[string]bool {
	sound := map[string]bool{}
	buf := make([]byte, readBuffer)
	for _, name := range c.names() {
		want := c.wholeDigest(name)
		if !IsMedia(name) || want == "" {
			continue
		}
		sum, err := c.hashFile(name, buf, c.sizes[name])
		if err != nil {
			c.unread(name, err)
		}
		sound[name] = err == nil && sum.SHA256 == want
	}
	return sound
}

func (c *checker) checkTrack(t *trackStory) {
	size, there := c.sizes[t.plan.File]
	switch {
	case len(t.segs) == 0 && size == 0:
		c.report.remark(RemarkEmptyTrack, 0, "nothing was recorded into %s", t.plan.File)
		return
	case !there:
		c.report.fault(Fault{Code: FaultMissing, File: t.plan.File, ToMS: t.toMS, What: "is missing"})
		return
	case len(t.segs) == 0:
		c.tear(t, 0)
		return
	}
	f, err := c.fsys.Open(t.plan.File)
	if err != nil {
		c.unread(t.plan.File, err)
		return
	}
	m := &media{c: c, t: t, size: size, from: newCursor(f), total: int64(len(t.segs))}
	m.run()
	if err := f.Close(); err != nil {
		c.unread(t.plan.File, err)
	}
}

// tear notes bytes that the journal does not tell of.
func (c *checker) tear(t *trackStory, at int64) {
	f := Fault{Code: FaultTornMedia, File: t.plan.File, Offset: at, FromMS: t.toMS, ToMS: t.toMS, What: "goes on after the last segment that the journal tells of"}
	if c.sealed() {
		f.Code = FaultTrailing
		c.report.fault(f)
		return
	}
	c.report.dangle(f)
}

// media is one media file being read.
type media struct {
	c       *checker
	t       *trackStory
	size    int64
	total   int64
	from    *cursor
	buf     []byte
	whole   hash.Hash // of the file as it lies there; nil when nobody asked
	index   *fmp4.Indexer
	unsound bool // a segment is damaged, so the index cannot be told
	patched bool // the file is finished
}

func (m *media) fault(code Code, off int64, s segment, format string, args ...any) {
	m.c.report.fault(Fault{Code: code, File: m.t.plan.File, Offset: off, FromMS: s.from, ToMS: s.to, What: fmt.Sprintf(format, args...)})
}

// all is the whole of the track's time.
func (m *media) all() segment { return segment{to: m.t.toMS} }

func (m *media) run() {
	if m.c.o.Whole && m.c.o.Digests[m.t.plan.File] == "" {
		m.whole = sha256.New()
	}
	for i, s := range m.t.segs {
		if !m.read(s) {
			break
		}
		if i == 0 {
			m.head(s)
		} else {
			m.fragment(i, s)
		}
		if m.c.o.Progress != nil {
			m.c.o.Progress(s.off + s.len)
		}
	}
	m.holes()
	m.tail()
	m.compareWhole()
}

// read brings a segment into buf.
func (m *media) read(s segment) bool {
	if s.off+s.len > m.size {
		cut := segment{from: s.from, to: m.t.toMS}
		m.fault(FaultTruncated, m.size, cut, "ends after %d bytes, inside what the journal tells of", m.size)
		m.unsound = true
		return false
	}
	if int64(cap(m.buf)) < s.len {
		m.buf = make([]byte, s.len+s.len/4)
	}
	m.buf = m.buf[:s.len]
	if err := m.from.read(m.buf, s.off); err != nil {
		m.c.unread(m.t.plan.File, err)
		m.unsound = true
		return false
	}
	if m.whole != nil {
		m.whole.Write(m.buf)
	}
	return true
}

// sound compares a segment's bytes with its journal line.
func (m *media) sound(b []byte, s segment) bool {
	m.c.report.Hashed += int64(len(b))
	if sha256.Sum256(b) != s.sum {
		return false
	}
	return !m.c.o.SM3 || sm3.Sum(b) == s.sm3
}

// head checks segment 0, as it was before the file was finished, and the 16 bytes that finishing changes.
func (m *media) head(s segment) {
	b := m.buf
	if len(b) < fmp4.PlaceholderOff+16 {
		m.unsound = true
		m.fault(FaultSegment, 0, m.all(), "its head is too short")
		return
	}
	place := b[fmp4.PlaceholderOff:][:16]
	was, want := [16]byte(place), fmp4.Placeholder(m.t.end())
	copy(place, want[:])
	b = fmp4.AsWritten(b)
	m.patched = was == want
	if !m.patched && was != [16]byte(b[fmp4.PlaceholderOff:][:16]) {
		m.patched = true // so that it is told once
		m.fault(FaultHead, fmp4.PlaceholderOff, m.all(), "the 16 bytes that open the finished file are neither as recorded nor as finished")
	}
	if !m.sound(b, s) {
		m.unsound = true
		m.fault(FaultSegment, s.off, m.all(), "its head differs from what was recorded; the whole track needs it")
		return
	}
	x, err := fmp4.NewIndexer(b)
	if err != nil {
		m.unsound = true
		m.fault(FaultFragment, s.off, m.all(), "%v", err)
		return
	}
	m.index = x
}

// fragment checks segment i and adds it to the index.
func (m *media) fragment(i int, s segment) {
	if !m.sound(m.buf, s) {
		m.unsound = true
		m.fault(FaultSegment, s.off, s, "segment %d of %d differs from its journal line (%d bytes from here)", i, m.total-1, s.len)
		return
	}
	if m.index == nil || m.unsound {
		return
	}
	if err := m.index.Add(s.off, m.buf, s.len); err != nil {
		m.unsound = true
		m.fault(FaultFragment, s.off, s, "%v", err)
	}
}

// tail checks what follows the last segment.
func (m *media) tail() {
	end := m.t.end()
	switch rest := m.size - end; {
	case rest < 0 || m.t.lost:
		// told already
	case rest == 0 && m.c.sealed():
		m.fault(FaultUnfinished, end, m.all(), "has no index")
	case rest == 0:
		// it grows
	case m.unsound || m.index == nil:
		m.c.report.notChecked(SkippedIndex)
	default:
		m.compareIndex(end, rest)
	}
}

// compareIndex compares the rest bytes from end with the index that the fragments give.
func (m *media) compareIndex(end, rest int64) {
	want := m.index.Moov()
	got := make([]byte, min(rest, int64(len(want))))
	if err := m.from.read(got, end); err != nil {
		m.c.unread(m.t.plan.File, err)
		return
	}
	if m.whole != nil {
		m.whole.Write(got)
	}
	same := prefix(got, want)
	switch {
	case same < len(want) && !m.c.sealed() && !m.patched:
		m.c.tear(m.t, end)
		return
	case same < len(want):
		m.fault(FaultIndex, end+int64(same), m.all(), "its index is not the one its fragments give")
		return
	case !m.patched && m.c.sealed():
		m.fault(FaultUnfinished, fmp4.PlaceholderOff, m.all(), "was not finished")
	}
	if rest > int64(len(want)) {
		m.c.tear(m.t, end+int64(len(want)))
	}
}

// prefix is how many bytes a and b begin with alike.
func prefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// compareWhole compares the file as a whole with what bag and layers say of it.
func (m *media) compareWhole() {
	want := m.c.wholeDigest(m.t.plan.File)
	if want == "" || !m.c.o.Whole || m.unsound {
		return
	}
	got := m.c.o.Digests[m.t.plan.File]
	if m.whole != nil {
		got = hex.EncodeToString(m.whole.Sum(nil))
	}
	if got != want {
		m.fault(FaultDigest, 0, m.all(), "differs as a whole from what was sealed, though its segments do not")
	}
}

// holes compares the times no sample covers with the gaps the journal lists.
func (m *media) holes() {
	if m.index == nil {
		return
	}
	for _, h := range m.index.Holes() {
		tracks := m.index.Header().Tracks
		i := slices.IndexFunc(tracks, func(t fmp4.Track) bool { return t.ID == h.Track })
		scale := uint64(tracks[i].Timescale())
		from, to := int64(h.From*1000/scale), int64(h.To*1000/scale)
		medium := "audio"
		if tracks[i].H264 != nil {
			medium = "video"
		}
		if to-from > holeMS && !m.told(medium, from, to) {
			m.c.report.Gaps = append(m.c.report.Gaps, GapBody{Track: m.t.plan.Track, Medium: medium, FromMS: from, ToMS: to, Cause: "unexplained"})
			m.c.report.remark(RemarkHole, from, "%s has no %s from %s to %s and no gap line says so", m.t.plan.File, medium, clockMS(from), clockMS(to))
		}
	}
}

// holeMS is how long a hole may be before it must be told: a few frames of rounding.
const holeMS = 250

// told reports whether a gap line of the track overlaps the hole.
func (m *media) told(medium string, from, to int64) bool {
	return slices.ContainsFunc(m.c.story.gaps, func(g GapBody) bool {
		return g.Track == m.t.plan.Track && g.Medium == medium && g.FromMS <= to+holeMS && g.ToMS >= from-holeMS
	})
}

// cursor reads a file at rising places, by ReadAt where the file can.
type cursor struct {
	f   fs.File
	at  io.ReaderAt
	off int64
}

func newCursor(f fs.File) *cursor {
	at, _ := f.(io.ReaderAt)
	return &cursor{f: f, at: at}
}

// read fills b from off.
func (c *cursor) read(b []byte, off int64) error {
	if c.at != nil {
		n, err := c.at.ReadAt(b, off)
		if n == len(b) {
			return nil
		}
		return err
	}
	if off < c.off {
		return errors.New("the file can only be read forwards")
	}
	if _, err := io.CopyN(io.Discard, c.f, off-c.off); err != nil {
		return err
	}
	n, err := io.ReadFull(c.f, b)
	c.off = off + int64(n)
	return err
}
