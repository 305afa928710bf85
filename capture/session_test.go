package capture_test

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"minglu/capture"
	"minglu/capture/catalog"
	"minglu/capture/clock"
	"minglu/capture/codec"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/seal"
	"minglu/capture/source"
	"minglu/capture/source/synth"
	"minglu/capture/transcript"
	"minglu/capture/vault"
)

// studio is a room whose devices are made of arithmetic.
type studio struct {
	t     *testing.T
	vault *vault.Vault
	gear  capture.Gear
	pki   *pkitest.PKI
	n     int64
}

func newStudio(t *testing.T) *studio {
	t.Helper()
	v, err := vault.Open(durable.OS{}, filepath.Join(t.TempDir(), "vault"))
	if err != nil {
		t.Fatal(err)
	}
	words, err := catalog.LoadWords()
	if err != nil {
		t.Fatal(err)
	}
	s := &studio{t: t, vault: v, pki: pkitest.New(t)}
	s.gear = capture.Gear{
		Clock: clock.System(), Signer: s.pki.Room("R01"), Vault: v, Words: words,
		NewVideo: func(m source.Mode) (capture.VideoEncoder, error) {
			return codec.NewH264(codec.H264Config{Width: m.Width, Height: m.Height, FPS: m.FPS, Bitrate: 1_000_000, GOP: m.FPS})
		},
		NewSound: func(channels int) (capture.SoundEncoder, error) {
			return codec.NewOpus(codec.OpusConfig{Channels: channels, Bitrate: 64_000})
		},
		Clocks: func(context.Context) evidence.ClockBody { return evidence.ClockBody{Source: "none"} },
		Free:   func() (int64, error) { return 1 << 40, nil },
		Tell:   func(capture.Event) {},
		Alive:  func(string, time.Duration) {},
	}
	return s
}

func (s *studio) setup(camera, microphone string, limit time.Duration) capture.Setup {
	in := capture.Input{Track: "mic0"}
	if camera != "" {
		o, err := synth.ParseOptions(camera)
		if err != nil {
			s.t.Fatal(err)
		}
		in.Track = "cam0"
		in.Camera = func(context.Context) (source.Camera, error) { return synth.OpenCamera(o), nil }
	}
	o, err := synth.ParseOptions(microphone)
	if err != nil {
		s.t.Fatal(err)
	}
	in.Microphone = func(context.Context) (source.Microphone, error) { return synth.OpenMicrophone(o), nil }
	return capture.Setup{
		Plan: evidence.Plan{
			V: 1, Room: "R01", RoomTitle: "第一约谈室", Item: "I03", ItemTitle: "稽查询问(调查)", Case: "C-1", Language: "zh",
			Persons: []evidence.Person{{Name: "王芳"}}, Overrides: []string{}, Relates: []string{},
			Officers: []evidence.Person{{Name: "张三", Certificate: "110101"}, {Name: "李四", Certificate: "110102"}},
		},
		Open:   evidence.OpenBody{V: 1, Room: "R01", Item: "I03", LedgerRoot: evidence.NoHead},
		Number: func() (int64, error) { s.n++; return s.n, nil },
		Bureau: "示例市税务局稽查局", Inputs: []capture.Input{in}, Limit: limit,
	}
}

// record makes and seals a recording; during is called while it runs.
func (s *studio) record(setup capture.Setup, during func(*capture.Session)) evidence.Record {
	s.t.Helper()
	session, err := capture.Start(s.t.Context(), setup, s.gear)
	if err != nil {
		s.t.Fatal(err)
	}
	if during != nil {
		during(session)
	}
	if _, err := session.Finish(); err != nil {
		s.t.Fatal(err)
	}
	return s.seal(session.ID())
}

func (s *studio) seal(id string) evidence.Record {
	s.t.Helper()
	record, _, err := seal.Closing{
		FS: durable.OS{}, Dir: s.vault.Dir(id), Signers: []evidence.Signer{s.gear.Signer},
		Organization: "示例市税务局", Software: "minglu test", KeyStore: "file", Now: time.Now,
	}.Seal(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return record
}

func probe(t *testing.T, file string) (video, audio int) {
	t.Helper()
	if _, err := exec.LookPath("ffprobe"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ffprobe is not installed")
		}
		t.Skip("ffprobe is not installed")
	}
	out, err := exec.Command("ffprobe", "-v", "warning", "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets", "-of", "json", file).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v\n%s", err, out)
	}
	var found struct {
		Streams []struct {
			Type    string `json:"codec_type"`
			Packets int    `json:"nb_read_packets,string"`
		}
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("ffprobe is not content: %s", out)
	}
	for _, s := range found.Streams {
		if s.Type == "video" {
			video = s.Packets
		} else {
			audio = s.Packets
		}
	}
	return video, audio
}

func TestEveryPictureOfTheCameraIsInTheSealedFile(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	r := s.record(s.setup("640x360@25", "", 4*time.Second), nil)
	if r.DurationMS != 4000 {
		t.Errorf("the recording has %d ms, want 4000", r.DurationMS)
	}
	accounted(t, r, 100)
	video, audio := probe(t, filepath.Join(s.vault.Dir(r.ID), "data/media/cam0.mp4"))
	if int64(video) != r.Tracks[0].Frames || audio != 200 {
		t.Errorf("ffprobe counts %d pictures and %d packets of sound; want %d and 200", video, audio, r.Tracks[0].Frames)
	}
}

// accounted demands that every picture the camera took is in the file or in a gap. That none is lost on a
// machine that has the time is the business of the campaign (dev bench frames), not of a busy test machine.
func accounted(t *testing.T, r evidence.Record, want int64) {
	t.Helper()
	var gaps int64
	for _, g := range r.Gaps {
		if g.Medium == "video" {
			gaps += g.Count
		}
	}
	if track := r.Tracks[0]; track.Frames+track.Dropped != want || gaps != track.Dropped {
		t.Errorf("%d pictures and %d dropped, of which gaps name %d; want %d together", track.Frames, track.Dropped, gaps, want)
	}
}

func TestMarksBreaksAndWordsAreInTheJournal(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	r := s.record(s.setup("320x180@25", "", 5*time.Second), func(x *capture.Session) {
		time.Sleep(800 * time.Millisecond)
		if err := x.Mark("rights", "张三", "已告知"); err != nil {
			t.Error(err)
		}
		if _, err := x.Revise(transcript.Revision{What: transcript.WhatTranscript, Author: "赵五", Act: transcript.ActAdd, Role: transcript.Question, Text: "你的姓名？"}); err != nil {
			t.Error(err)
		}
		if err := x.Pause("rest", "张三", "当事人要求休息"); err != nil {
			t.Error(err)
		}
		var kind *capture.KindError
		if err := x.Mark("nonsense", "张三", ""); !errors.As(err, &kind) || !slices.Contains(kind.Want, "rights") {
			t.Errorf("a marker of no kind: %v", err)
		}
		if err := x.Pause("coffee", "张三", ""); !errors.As(err, &kind) || !slices.Contains(kind.Want, "illness") {
			t.Errorf("a break without a reason of the catalogue: %v", err)
		}
		if err := x.Pause("rest", "张三", ""); !errors.Is(err, capture.ErrBreak) {
			t.Errorf("a break within a break: %v", err)
		}
		time.Sleep(time.Second)
		if err := x.Resume("张三", "休息后继续"); err != nil {
			t.Error(err)
		}
	})
	if len(r.Marks) != 1 || r.Marks[0].TextSHA256 == "" {
		t.Errorf("marks: %+v; want one with a text", r.Marks)
	}
	var video, audio int64
	for _, g := range r.Gaps {
		if g.Cause == evidence.CauseBreak && g.Medium == "video" {
			video += g.Count
		}
		if g.Cause == evidence.CauseBreak && g.Medium == "audio" {
			audio += g.Count
		}
	}
	if video < 20 || video > 30 || audio < 40000 || audio > 60000 {
		t.Errorf("the break of a second is %d pictures and %d samples: %+v", video, audio, r.Gaps)
	}
	texts, err := os.ReadFile(filepath.Join(s.vault.Dir(r.ID), "data/texts.jsonl"))
	if err != nil || strings.Count(string(texts), "\n") != 4 {
		t.Errorf("texts: %v\n%s", err, texts)
	}
}

func TestPicturesLostAtTheSourceAreCountedWhereTheyWere(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	r := s.record(s.setup("320x180@25,drop=10", "", 4*time.Second), nil)
	if got := r.Tracks[0].Frames + r.Tracks[0].Dropped; got < 99 || got > 100 || r.Tracks[0].Dropped < 9 {
		t.Errorf("%d frames and %d dropped; want 100 together, 9 or 10 dropped", r.Tracks[0].Frames, r.Tracks[0].Dropped)
	}
	for _, g := range r.Gaps {
		if g.Cause != evidence.CauseSource && g.Cause != evidence.CauseEncoder {
			t.Errorf("gap %+v; want pictures lost at the source", g)
		}
	}
}

func TestWhatACameraLosesBeforeTheRecordingBeginsIsNoGap(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	setup := s.setup("320x180@25", "", 2*time.Second)
	open := setup.Inputs[0].Microphone
	setup.Inputs[0].Microphone = func(ctx context.Context) (source.Microphone, error) {
		time.Sleep(1500 * time.Millisecond) // nobody reads the camera meanwhile
		return open(ctx)
	}
	accounted(t, s.record(setup, nil), 50)
}

func TestACameraThatGoesAndComesBackLeavesAGapAndTheSoundGoesOn(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	r := s.record(s.setup("320x180@25,gone=1500ms", "", 5*time.Second), nil)
	var lost int64
	for _, g := range r.Gaps {
		if g.Cause == evidence.CauseDevice && g.Medium == "video" {
			lost += g.Count
		}
		if g.Medium == "audio" {
			t.Errorf("the sound has a gap: %+v", g)
		}
	}
	if lost < 20 {
		t.Errorf("%d pictures missing while the camera was gone; want a second or more", lost)
	}
	placards := 0
	for _, p := range watchFilm(t, filepath.Join(s.vault.Dir(r.ID), "data/media/cam0.mp4")) {
		if p.dark() {
			placards++
		}
	}
	if placards < 2 {
		t.Errorf("%d placards while the camera was gone twice; the picture before stood as if the room were still", placards)
	}
	video, audio := probe(t, filepath.Join(s.vault.Dir(r.ID), "data/media/cam0.mp4"))
	if audio != 250 || int64(video) != r.Tracks[0].Frames {
		t.Errorf("%d pictures and %d packets; want %d and 250", video, audio, r.Tracks[0].Frames)
	}
}

func TestBurningSeesEveryPicture(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	lines := map[string]int{}
	s.gear.Burn = func(_ *image.YCbCr, text string) { lines[text]++ }
	s.record(s.setup("320x180@25", "", 2*time.Second), nil)
	n := 0
	for line, count := range lines {
		n += count
		for _, want := range []string{"R01-000001", "张三 110101", "李四 110102", "#"} {
			if !strings.Contains(line, want) {
				t.Errorf("line %q lacks %q", line, want)
			}
		}
	}
	if n < 40 || n > 50 || len(lines) > 4 {
		t.Errorf("%d pictures in %d lines; want 50 in about 3", n, len(lines))
	}
}
