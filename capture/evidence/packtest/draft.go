package packtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"testing/fstest"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
)

// segmentMS is how long a fragment is.
const segmentMS = 480

// draft is a package while it grows.
type draft struct {
	*Bureau
	Spec
	files fstest.MapFS
	id    string
	plan  evidence.Plan
	open  evidence.OpenBody
	start evidence.StartBody
	close evidence.CloseBody
	marks []evidence.MarkBody

	tracks  []*track
	journal bytes.Buffer
	texts   bytes.Buffer
	lines   []int64
	head    string
	wall    time.Time
	skew    time.Duration // of the room's clock against the true time
	boot    time.Duration
	shift   time.Duration // of media after a break
}

type track struct {
	plan   evidence.TrackPlan
	header fmp4.Header
	data   bytes.Buffer
	ranges []fmp4.Range
	frames int64
	sounds int64
	seed   *rand.Rand
}

func (d *draft) pass(t time.Duration) {
	d.wall = d.wall.Add(t)
	d.boot += t
}

func (d *draft) put(name string, data []byte) {
	d.files[name] = &fstest.MapFile{Data: bytes.Clone(data), Mode: 0o640, ModTime: d.wall}
}

// line writes a journal line, signed if its kind asks for it.
func (d *draft) line(kind evidence.Kind, body any) {
	raw, err := evidence.MarshalBody(body)
	d.must(err)
	l := evidence.Line{
		N: int64(len(d.lines)), Prev: d.head, Kind: kind, Body: raw,
		BootMS: d.boot.Milliseconds(), UTC: evidence.FormatTime(d.wall),
	}
	if kind.Signed() {
		l, err = l.Signed(d.Room)
		d.must(err)
	}
	text, err := l.Marshal()
	d.must(err)
	d.lines = append(d.lines, int64(d.journal.Len()))
	d.journal.Write(append(text, '\n'))
	d.head = evidence.Head(text)
}

// record makes everything below data/.
func (d *draft) record() {
	d.begin()
	for i := range d.Segments {
		if i == d.Segments/2 {
			d.middle()
		}
		d.pass(segmentMS * time.Millisecond)
		for _, t := range d.tracks {
			d.fragment(t, i)
		}
		if i%20 == 19 {
			d.line(evidence.KindCheckpoint, evidence.CheckpointBody{Lines: int64(len(d.lines)), AtMS: d.toMS(i)})
		}
	}
	for _, g := range d.Gaps {
		d.line(evidence.KindGap, g)
	}
	d.pass(20 * time.Millisecond)
	if d.Until != Running {
		d.end()
	}
	for _, t := range d.tracks {
		d.put(t.plan.File, t.data.Bytes())
	}
	d.put(evidence.FileJournal, d.journal.Bytes())
	d.put(evidence.FileTexts, d.texts.Bytes())
}

func (d *draft) begin() {
	d.plan = evidence.Plan{
		V: 1, ID: d.id, Room: d.Code, RoomTitle: "约谈（询问）室", Item: "I03", ItemTitle: "询问",
		Case: "2026-0042", Taxpayer: evidence.Taxpayer{Name: "某某有限公司", USCC: "91420100MA4K000000"},
		Persons:  []evidence.Person{{Name: "王五", Role: "party"}},
		Officers: []evidence.Person{{Name: "张三", Certificate: "E001"}, {Name: "李四", Certificate: "E002"}},
		Place:    "武汉", Retention: "STD", Language: "zh", Overrides: []string{}, Relates: []string{},
	}
	if d.Spec.Plan != nil {
		d.Spec.Plan(&d.plan)
	}
	raw, err := evidence.MarshalBody(d.plan)
	d.must(err)
	d.put(evidence.FilePlan, raw)
	leaf, err := evidence.ParseCertificate(d.Room.Chain()[0])
	d.must(err)
	plan, _ := evidence.Digests(raw)
	software := sha256.Sum256([]byte("minglu"))
	d.open = evidence.OpenBody{
		V: 1, ID: d.id, Room: d.Code, Number: d.Number, Item: d.plan.Item, PlanSHA256: plan,
		CertSHA256: leaf.Fingerprint(), BootID: "boot-1", Software: hex.EncodeToString(software[:]),
		LedgerSize: d.Number - 1, LedgerRoot: evidence.NoHead, Beacon: d.beacon(d.wall.Add(-time.Minute)),
	}
	d.addTrack("cam0", true)
	d.addTrack("cam1", false)
	d.line(evidence.KindOpen, d.open)
	for _, t := range d.tracks {
		head, err := fmp4.Head(t.header.Tracks, d.wall)
		d.must(err)
		d.segment(t, head, evidence.SegmentBody{})
	}
	d.start = evidence.StartBody{ZeroBootNS: int64(d.boot), ZeroUTC: evidence.FormatTime(d.wall)}
	d.line(evidence.KindStart, d.start)
	d.line(evidence.KindDevice, evidence.DeviceBody{Role: "camera", Name: "synth:", What: "opened"})
	d.line(evidence.KindClock, evidence.ClockBody{Source: "ntp:hq.example", Synchronised: true, UncertaintyMS: 12})
}

func (d *draft) addTrack(name string, sound bool) {
	t := &track{seed: rand.New(rand.NewPCG(uint64(d.Number), uint64(len(d.tracks)+1)))}
	t.plan = evidence.TrackPlan{Track: name, File: "data/media/" + name + ".mp4", Camera: "synth:", Width: 320, Height: 240, FPS: 25, Video: "avc1"}
	t.header.Tracks = []fmp4.Track{{ID: 1, H264: &fmp4.H264{
		Width: 320, Height: 240, SPS: []byte{0x67, 0x42, 0xc0, 0x0d, 0xda, 0x05, 0x07, 0xc4}, PPS: []byte{0x68, 0xce, 0x3c, 0x80},
	}}}
	if sound {
		t.plan.Microphone, t.plan.Audio = "synth:", "opus"
		t.header.Tracks = append(t.header.Tracks, fmp4.Track{ID: 2, Opus: &fmp4.Opus{Channels: 1, PreSkip: 312}})
	}
	t.header.Created = d.wall
	d.tracks = append(d.tracks, t)
	d.open.Tracks = append(d.open.Tracks, t.plan)
}

func (d *draft) toMS(i int) int64 { return int64(i+1)*segmentMS + d.shift.Milliseconds() }

// fragment writes one fragment of made-up samples: 12 pictures and, with sound, 24 packets.
func (d *draft) fragment(t *track, i int) {
	from := d.toMS(i) - segmentMS
	var runs []fmp4.Run
	for _, ft := range t.header.Tracks {
		n, size := 12, 40+d.Padding
		if ft.Opus != nil {
			n, size = 24, 20
		}
		scale := int64(ft.Timescale())
		run := fmp4.Run{Track: ft.ID, Base: uint64(from * scale / 1000)}
		for j := range n {
			data := make([]byte, size)
			for k := range data {
				data[k] = byte(t.seed.Uint32())
			}
			run.Samples = append(run.Samples, fmp4.Sample{Data: data, Duration: uint32(segmentMS * scale / 1000 / int64(n)), Key: j == 0})
		}
		runs = append(runs, run)
	}
	p, err := t.header.Fragment(uint32(i+1), d.wall, runs)
	d.must(err)
	body := evidence.SegmentBody{Seq: int64(i + 1), FromMS: from, ToMS: d.toMS(i), Frames: 12}
	if t.plan.Audio != "" {
		body.Sounds = 24
	}
	d.segment(t, p, body)
}

func (d *draft) segment(t *track, p []byte, b evidence.SegmentBody) {
	b.Track, b.Off, b.Len = t.plan.Track, int64(t.data.Len()), int64(len(p))
	b.SHA256, b.SM3 = evidence.Digests(p)
	t.data.Write(p)
	t.ranges = append(t.ranges, fmp4.Range{Off: b.Off, Len: b.Len})
	t.frames += b.Frames
	t.sounds += b.Sounds
	d.line(evidence.KindSegment, b)
}

// middle is what happens in the course of an interview.
func (d *draft) middle() {
	at := d.toMS(d.Segments/2 - 1)
	text := []byte(`{"rev":1,"text":"问：请说明情况。"}`)
	if d.Text != nil {
		text = d.Text
	}
	sum, _ := evidence.Digests(text)
	d.line(evidence.KindText, evidence.TextBody{Rev: 1, What: "transcript", Off: int64(d.texts.Len()), Len: int64(len(text)), SHA256: sum, Author: "E002", AtMS: at})
	d.texts.Write(append(text, '\n'))
	mark := evidence.MarkBody{Mark: "rights", AtMS: at, By: "E001", TextSHA256: sum}
	d.marks = append(d.marks, mark)
	d.line(evidence.KindMark, mark)
	d.token()
	if d.Jump != 0 {
		d.wall, d.skew = d.wall.Add(d.Jump), d.skew+d.Jump
		d.line(evidence.KindClock, evidence.ClockBody{Source: "kernel", Synchronised: true, JumpMS: d.Jump.Milliseconds()})
	}
	d.wall, d.skew = d.wall.Add(d.SilentJump), d.skew+d.SilentJump
	if d.Pause {
		d.line(evidence.KindPause, evidence.BreakBody{Reason: "rest", AtMS: at, By: "E001"})
		d.pass(2 * time.Second)
		d.shift = 2 * time.Second
		for _, t := range d.tracks {
			gap := evidence.GapBody{Track: t.plan.Track, Medium: "video", FromMS: at, ToMS: at + 2000, Count: 50, Cause: evidence.CauseBreak}
			d.Gaps = append(d.Gaps, gap)
			if gap.Medium = "audio"; t.plan.Audio != "" {
				d.Gaps = append(d.Gaps, gap)
			}
		}
		d.line(evidence.KindResume, evidence.BreakBody{Reason: "rest", AtMS: at + 2000, By: "E001"})
	}
	d.line(evidence.KindCheckpoint, evidence.CheckpointBody{Lines: int64(len(d.lines)), AtMS: at})
}

// token writes a timestamp over the newest line.
func (d *draft) token() {
	raw, err := hex.DecodeString(d.head)
	d.must(err)
	token, err := d.TSA.Stamp(context.Background(), [32]byte(raw))
	d.must(err)
	d.line(evidence.KindToken, evidence.TokenBody{Line: int64(len(d.lines) - 1), Head: d.head, Token: base64.StdEncoding.EncodeToString(token)})
}

func (d *draft) end() {
	d.close = evidence.CloseBody{Reason: "stopped", DurationMS: d.toMS(d.Segments - 1)}
	if d.Recovered {
		d.close.Reason = "recovered"
		d.line(evidence.KindRecover, evidence.RecoverBody{DurableMS: d.close.DurationMS, LostMaxMS: 500, Torn: []evidence.Torn{}, BootID: "boot-2"})
	}
	for _, t := range d.tracks {
		d.close.Frames += t.frames
		d.close.Tracks = append(d.close.Tracks, evidence.TrackClose{Track: t.plan.Track, Segments: int64(len(t.ranges)), End: int64(t.data.Len())})
		d.finish(t)
	}
	for _, g := range d.Gaps {
		if g.Medium == "video" && g.Cause != evidence.CauseBreak {
			d.close.Dropped += g.Count
		}
	}
	d.line(evidence.KindClose, d.close)
}

// finish makes an ordinary MP4 file of a track.
func (d *draft) finish(t *track) {
	end := int64(t.data.Len())
	moov, err := fmp4.Index(bytes.NewReader(t.data.Bytes()), t.ranges[0], t.ranges[1:])
	d.must(err)
	t.data.Write(moov)
	place := fmp4.Placeholder(end)
	copy(t.data.Bytes()[fmp4.PlaceholderOff:], place[:])
}

// dropped counts a track's lost pictures.
func (d *draft) dropped(track string) int64 {
	var n int64
	for _, g := range d.Gaps {
		if g.Track == track && g.Medium == "video" && g.Cause != evidence.CauseBreak {
			n += g.Count
		}
	}
	return n
}
