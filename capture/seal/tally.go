package seal

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"minglu/capture/evidence"
)

// Tally sums up a journal line by line: fed by the chain while recording and by a reader after a crash, so
// that both come to the same record.
type Tally struct {
	Lines      int64
	Head       string
	Bytes      int64 // of whole lines, newlines counted
	LastUTC    string
	LastBootMS int64

	Open      *evidence.OpenBody
	Start     *evidence.StartBody
	Close     *evidence.CloseBody
	Files     map[string]*FileTally // by track
	Gaps      []evidence.GapBody
	Marks     []evidence.MarkBody
	Clock     evidence.ClockBody // the worst statement
	Tokens    int
	TextRev   int64
	Breaks    []Break
	Recovered *evidence.RecoverBody
	Reasoned  bool                  // after the recovery somebody said why it had been cut off
	Faults    []evidence.DeviceBody // what the devices did wrong
}

// Break is a pause and, once it ended, its resume.
type Break struct {
	Pause  evidence.BreakBody
	Resume *evidence.BreakBody
}

// FileTally sums up one media file.
type FileTally struct {
	Track  string
	Ranges []Range // head first
	Frames int64
	Sounds int64
	ToMS   int64
}

// Range is the place of one segment in its file.
type Range struct{ Off, Len int64 }

// End is the offset after the last segment.
func (f *FileTally) End() int64 {
	if len(f.Ranges) == 0 {
		return 0
	}
	last := f.Ranges[len(f.Ranges)-1]
	return last.Off + last.Len
}

// NewTally is the tally of no line.
func NewTally() *Tally {
	return &Tally{Head: evidence.NoHead, Files: map[string]*FileTally{}}
}

// Closing is the body of the close line that would end the journal here.
func (t *Tally) Closing(reason string) evidence.CloseBody {
	c := evidence.CloseBody{Reason: reason, DurationMS: t.DurationMS(), Tracks: []evidence.TrackClose{}}
	c.Frames, c.Dropped = t.Frames()
	if t.Open == nil {
		return c
	}
	for _, p := range t.Open.Tracks {
		if f := t.Files[p.Track]; f != nil {
			c.Tracks = append(c.Tracks, evidence.TrackClose{Track: p.Track, Segments: int64(len(f.Ranges)), End: f.End()})
		}
	}
	return c
}

// DurationMS is how far the media reach.
func (t *Tally) DurationMS() int64 {
	var end int64
	for _, f := range t.Files {
		end = max(end, f.ToMS)
	}
	return end
}

// Frames counts the pictures of all files, Dropped those that gaps name.
func (t *Tally) Frames() (frames, dropped int64) {
	for _, f := range t.Files {
		frames += f.Frames
	}
	for _, g := range t.Gaps {
		if g.Medium == "video" && g.Cause != evidence.CauseBreak {
			dropped += g.Count
		}
	}
	return frames, dropped
}

// Add takes the next line, whose own digest is head.
func (t *Tally) Add(line evidence.Line, head string) error {
	if err := t.take(line); err != nil {
		return fmt.Errorf("read journal line %d (%s): %w", line.N, line.Kind, err)
	}
	t.Lines++
	t.Head = head
	t.LastUTC, t.LastBootMS = line.UTC, line.BootMS
	return nil
}

func (t *Tally) take(line evidence.Line) error {
	switch line.Kind {
	case evidence.KindOpen:
		return into(line, &t.Open)
	case evidence.KindStart:
		return into(line, &t.Start)
	case evidence.KindClose:
		return into(line, &t.Close)
	case evidence.KindRecover:
		return into(line, &t.Recovered)
	case evidence.KindSegment:
		return t.segment(line)
	case evidence.KindGap:
		return appendBody(line, &t.Gaps)
	case evidence.KindMark:
		return appendBody(line, &t.Marks)
	case evidence.KindDevice:
		return appendBody(line, &t.Faults)
	case evidence.KindPause, evidence.KindResume:
		return t.breaks(line)
	case evidence.KindText:
		var b evidence.TextBody
		err := json.Unmarshal(line.Body, &b)
		t.TextRev = max(t.TextRev, b.Rev)
		return err
	case evidence.KindClock:
		return t.clock(line)
	case evidence.KindToken:
		t.Tokens++
	}
	return nil
}

func into[T any](line evidence.Line, to **T) error {
	var b T
	if err := json.Unmarshal(line.Body, &b); err != nil {
		return err
	}
	*to = &b
	return nil
}

func appendBody[T any](line evidence.Line, to *[]T) error {
	var b T
	if err := json.Unmarshal(line.Body, &b); err != nil {
		return err
	}
	*to = append(*to, b)
	return nil
}

func (t *Tally) segment(line evidence.Line) error {
	var b evidence.SegmentBody
	if err := json.Unmarshal(line.Body, &b); err != nil {
		return err
	}
	f := t.Files[b.Track]
	if f == nil {
		f = &FileTally{Track: b.Track}
		t.Files[b.Track] = f
	}
	if b.Off != f.End() || b.Seq != int64(len(f.Ranges)) {
		return fmt.Errorf("segment %d of %s at %d does not follow %d at %d", b.Seq, b.Track, b.Off, len(f.Ranges), f.End())
	}
	f.Ranges = append(f.Ranges, Range{b.Off, b.Len})
	f.Frames += b.Frames
	f.Sounds += b.Sounds
	f.ToMS = max(f.ToMS, b.ToMS)
	return nil
}

func (t *Tally) breaks(line evidence.Line) error {
	var b evidence.BreakBody
	if err := json.Unmarshal(line.Body, &b); err != nil {
		return err
	}
	if line.Kind == evidence.KindPause {
		t.Reasoned = t.Recovered != nil
		t.Breaks = append(t.Breaks, Break{Pause: b})
	} else if n := len(t.Breaks); n > 0 {
		t.Breaks[n-1].Resume = &b
	}
	return nil
}

// clock keeps the worst the clocks said: the largest jump, and an unsynchronised moment over a synchronised one.
func (t *Tally) clock(line evidence.Line) error {
	var b evidence.ClockBody
	if err := json.Unmarshal(line.Body, &b); err != nil {
		return err
	}
	if t.Clock.Source == "" {
		t.Clock = b
		return nil
	}
	t.Clock.Synchronised = t.Clock.Synchronised && b.Synchronised
	t.Clock.UncertaintyMS = max(t.Clock.UncertaintyMS, b.UncertaintyMS)
	if abs(b.JumpMS) > abs(t.Clock.JumpMS) {
		t.Clock.JumpMS = b.JumpMS
	}
	if abs(b.OffsetMS) > abs(t.Clock.OffsetMS) {
		t.Clock.OffsetMS, t.Clock.Source = b.OffsetMS, b.Source
	}
	return nil
}

func abs(n int64) int64 { return max(n, -n) }

// ReadJournal sums up the whole, chained lines of a journal; torn is how many bytes follow them. Whether the
// signatures are good is for the verifier: here our own crash is to be mended.
func ReadJournal(r io.Reader) (t *Tally, torn int64, err error) {
	t = NewTally()
	end, err := evidence.ReadJournal(r, func(e evidence.Entry) error {
		return t.Add(e.Line, hex.EncodeToString(e.Head[:]))
	})
	t.Bytes = end.Bytes
	return t, end.Torn, err
}
