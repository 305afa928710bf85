package evidence

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"minglu/capture/evidence/fmp4"
)

// body takes what a line reports and looks whether it can stand where it stands.
func (w *walk) body() {
	kind := w.entry.Line.Kind
	if kind == KindOpen && w.entry.Line.N == 0 {
		return // taken already
	}
	if w.close != nil {
		w.fault(FaultOrder, "comes after the close line")
	}
	switch kind {
	case KindSegment:
		w.segment()
	case KindStart:
		w.takeStart()
	case KindGap:
		var b GapBody
		if w.decode(&b) {
			w.takeGap(b)
		}
	case KindMark:
		var b MarkBody
		if w.decode(&b) {
			w.marks = append(w.marks, b)
			w.knowsText(b.TextSHA256)
		}
	case KindText:
		var b TextBody
		if w.decode(&b) {
			w.texts = append(w.texts, b)
			w.known[b.SHA256] = true
		}
	case KindPause, KindResume:
		w.takeBreak()
	case KindDevice:
		var b DeviceBody
		if w.decode(&b) && b.What != "opened" {
			w.c.report.remark(RemarkDevice, b.AtMS, "%s %q: %s %s", b.Role, b.Name, b.What, b.Detail)
		}
	default:
		w.frame()
	}
}

// frame takes the kinds of line that hold the others together.
func (w *walk) frame() {
	l := w.entry.Line
	switch l.Kind {
	case KindClock:
		w.takeClock()
	case KindBeacon:
		var b BeaconBody
		if w.decode(&b) {
			w.c.takeBeacon(b, l.N, w.toMS)
		}
	case KindToken:
		w.takeToken()
	case KindCheckpoint:
		var b CheckpointBody
		if w.decode(&b) && b.Lines != l.N {
			w.fault(FaultOrder, "a checkpoint over %d lines", b.Lines)
		}
	case KindPrint:
		w.decode(&PrintBody{})
	case KindRecover:
		var b RecoverBody
		if w.decode(&b) {
			w.recover = append(w.recover, b)
		}
	case KindClose:
		w.takeClose()
	default:
		w.fault(FaultLine, "kind %q is not known here", l.Kind)
	}
}

func (w *walk) segment() {
	var b SegmentBody
	if w.entry.segment != nil {
		b = *w.entry.segment
	} else if !w.decode(&b) {
		return
	}
	t := w.tracks[b.Track]
	if t == nil {
		w.fault(FaultOrder, "segment of track %q, which was not planned", b.Track)
		return
	}
	s := segment{off: b.Off, len: b.Len, from: b.FromMS, to: b.ToMS}
	sum, err := hex.DecodeString(b.SHA256)
	sm, errSM := hex.DecodeString(b.SM3)
	switch {
	case err != nil || errSM != nil || !isDigest(b.SHA256) || !isDigest(b.SM3):
		w.fault(FaultLine, "segment without its digests")
		t.lost = true
		return
	case b.Len <= 0 || b.Len > fmp4.MaxFragment || b.FromMS < 0 || b.ToMS < b.FromMS || b.Frames < 0 || b.Sounds < 0:
		w.fault(FaultOrder, "segment %d of %s has %d bytes from %d to %d ms", b.Seq, b.Track, b.Len, b.FromMS, b.ToMS)
		t.lost = true
		return
	case b.Seq != int64(len(t.segs)) || b.Off != t.end():
		if !t.lost {
			w.fault(FaultOrder, "segment %d of %s at %d does not follow segment %d that ends at %d", b.Seq, b.Track, b.Off, len(t.segs)-1, t.end())
		}
		t.lost = true
		return
	}
	copy(s.sum[:], sum)
	copy(s.sm3[:], sm)
	t.segs = append(t.segs, s)
	t.frames += b.Frames
	t.sounds += b.Sounds
	t.toMS = max(t.toMS, b.ToMS)
	w.toMS = max(w.toMS, b.ToMS)
}

func (w *walk) takeStart() {
	var b StartBody
	if !w.decode(&b) {
		return
	}
	if w.start != nil {
		w.fault(FaultOrder, "a second start")
		return
	}
	if _, err := ParseTime(b.ZeroUTC); err != nil {
		w.fault(FaultLine, "%v", err)
	}
	w.start = &b
}

func (w *walk) takeGap(b GapBody) {
	if w.tracks[b.Track] == nil || b.ToMS < b.FromMS {
		w.fault(FaultOrder, "gap of track %q from %d to %d ms", b.Track, b.FromMS, b.ToMS)
	}
	if len(w.gaps) < maxLines {
		w.gaps = append(w.gaps, b)
	}
}

// knowsText demands that a text named by a line is one that a text line before it announced.
func (w *walk) knowsText(digest string) {
	if digest != "" && !w.known[digest] {
		w.fault(FaultText, "names a text that no line before it announced")
	}
}

func (w *walk) takeBreak() {
	var b BreakBody
	if !w.decode(&b) {
		return
	}
	pause := w.entry.Line.Kind == KindPause
	if pause == w.paused {
		w.fault(FaultOrder, "%s out of turn", w.entry.Line.Kind)
	}
	w.paused = pause
	w.knowsText(b.TextSHA256)
	if pause {
		w.c.report.remark(RemarkBreak, b.AtMS, "a break begins: %s", b.Reason)
	} else {
		w.c.report.remark(RemarkBreak, b.AtMS, "the break ends: %s", b.Reason)
	}
}

func (w *walk) takeClock() {
	var b ClockBody
	if !w.decode(&b) {
		return
	}
	if b.JumpMS > jumpMS || b.JumpMS < -jumpMS {
		w.c.report.remark(RemarkJump, w.toMS, "the wall clock was moved by %.3f s; recording time is not touched by it", float64(b.JumpMS)/1000)
	}
	if !b.Synchronised {
		w.c.report.remark(RemarkClock, w.toMS, "the room's clock was not synchronised")
	}
}

func (w *walk) takeToken() {
	var b TokenBody
	if !w.decode(&b) {
		return
	}
	if b.Line < 0 || b.Line >= w.entry.Line.N || b.Head != w.head(b.Line) {
		w.fault(FaultToken, "a token over line %d, whose digest is another", b.Line)
		return
	}
	utc, _ := ParseTime(w.entry.Line.UTC)
	w.tokens = append(w.tokens, tokenLine{body: b, off: w.entry.Off, upToMS: w.toMS, utc: utc})
}

// parse checks the token of a line against the head it names.
func (t tokenLine) parse(head [32]byte) (Token, error) {
	der, err := base64.StdEncoding.Strict().DecodeString(t.body.Token)
	if err != nil {
		return Token{}, err
	}
	return VerifyToken(der, head)
}

func (w *walk) takeClose() {
	var b CloseBody
	if !w.decode(&b) {
		return
	}
	w.close = &b
	var frames, dropped int64
	for _, t := range w.tracks {
		frames += t.frames
	}
	for _, g := range w.gaps {
		if g.Medium == "video" && g.Cause != CauseBreak {
			dropped += g.Count
		}
	}
	if b.DurationMS != w.toMS || b.Frames != frames || b.Dropped != dropped {
		w.fault(FaultDisagrees, "closes with %d ms, %d pictures, %d dropped; the lines before give %d, %d, %d", b.DurationMS, b.Frames, b.Dropped, w.toMS, frames, dropped)
	}
	for _, tc := range b.Tracks {
		t := w.tracks[tc.Track]
		if t == nil || !t.lost && (tc.Segments != int64(len(t.segs)) || tc.End != t.end()) {
			w.fault(FaultDisagrees, "closes track %q with %d segments up to %d; the lines before give others", tc.Track, tc.Segments, tc.End)
		}
	}
}

// takeBeacon notes a statement of headquarters: what follows it was not recorded before.
func (c *checker) takeBeacon(b BeaconBody, line, atMS int64) {
	if b.Size == 0 && b.Time == "" {
		return
	}
	checked := false
	if h, err := readTreeHead([]byte(b.Note)); err != nil || h.Tree.N != b.Size || FormatTime(h.Time) != b.Time || hex.EncodeToString(h.Tree.Hash[:]) != b.Root {
		c.report.fault(Fault{Code: FaultTime, File: FileJournal, What: fmt.Sprintf("line %d: a beacon that does not say what its note says", line)})
		return
	}
	if len(c.o.LedgerKeys) > 0 {
		if _, err := OpenTreeHead([]byte(b.Note), c.o.LedgerKeys); err != nil {
			c.report.fault(Fault{Code: FaultTime, File: FileJournal, What: fmt.Sprintf("line %d: beacon: %v", line, err)})
			return
		}
		checked = true
	} else {
		c.report.notChecked(SkippedBeacon)
	}
	if _, err := time.Parse(TimeLayout, b.Time); err == nil {
		c.report.Moments = append(c.report.Moments, Moment{Kind: "not_before", Time: b.Time, Line: line, UpToMS: atMS, By: "headquarters' ledger", Checked: checked})
	}
}
