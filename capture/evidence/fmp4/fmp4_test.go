package fmp4_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/evidence/fmp4"
)

var (
	created = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	// A High profile parameter set of x264 for 320x180 and a Baseline one.
	spsHigh, _ = hex.DecodeString("6764000dacd94141fb011000000300100000030320f1429960")
	pps, _     = hex.DecodeString("68ebe3cb22c0")
	video      = fmp4.Track{ID: 1, H264: &fmp4.H264{Width: 320, Height: 180, SPS: spsHigh, PPS: pps}}
	sound      = fmp4.Track{ID: 2, Opus: &fmp4.Opus{Channels: 1, PreSkip: 312}}
	aac        = fmp4.Track{ID: 2, AAC: &fmp4.AAC{Config: []byte{0x11, 0x90}, Rate: 48000, Channels: 2}}
)

// film is a file as the recorder leaves it: its bytes and where its parts lie.
type film struct {
	header fmp4.Header
	b      []byte
	head   fmp4.Range
	frags  []fmp4.Range
}

func newFilm(t testing.TB, tracks ...fmp4.Track) *film {
	t.Helper()
	head, err := fmp4.Head(tracks, created)
	if err != nil {
		t.Fatal(err)
	}
	return &film{fmp4.Header{Tracks: tracks, Created: created}, head, fmp4.Range{Len: int64(len(head))}, nil}
}

func (f *film) add(t testing.TB, runs ...fmp4.Run) {
	t.Helper()
	seq := uint32(len(f.frags) + 1)
	b, err := f.header.Fragment(seq, created.Add(time.Duration(seq)*time.Second/2), runs)
	if err != nil {
		t.Fatal(err)
	}
	f.frags = append(f.frags, fmp4.Range{Off: int64(len(f.b)), Len: int64(len(b))})
	f.b = append(f.b, b...)
}

// synthetic adds n half-second fragments of random samples.
func synthetic(t testing.TB, n int, tracks ...fmp4.Track) *film {
	f := newFilm(t, tracks...)
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	for i := range n {
		pictures := fmp4.Run{Track: 1, Base: uint64(i) * 45000}
		for j := range 12 {
			s := fmp4.Sample{Data: data[:1+r.IntN(200)], Duration: 3600, Key: i%2 == 0 && j == 0}
			if j == 11 {
				s.Duration += 1800
			}
			pictures.Samples = append(pictures.Samples, s)
		}
		packets := fmp4.Run{Track: 2, Base: uint64(i) * 24000}
		for range 25 {
			packets.Samples = append(packets.Samples, fmp4.Sample{Data: data[:1+r.IntN(80)], Duration: 960})
		}
		f.add(t, pictures, packets)
	}
	return f
}

func (f *film) index(t testing.TB) []byte {
	t.Helper()
	moov, err := fmp4.Index(bytes.NewReader(f.b), f.head, f.frags)
	if err != nil {
		t.Fatal(err)
	}
	return moov
}

// tool gives the path of a program the tests look at our files with.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed: %v", name, err)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func TestTheHeadOfAFileIsReadBack(t *testing.T) {
	high := video
	high.H264 = &fmp4.H264{Width: 1280, Height: 720, SPS: spsHigh, PPS: pps, InBand: true}
	for _, tracks := range [][]fmp4.Track{{video}, {sound}, {video, sound}, {high, aac}} {
		f := newFilm(t, tracks...)
		h, err := fmp4.ParseHead(f.b)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprintf("%+v", h.Created), fmt.Sprintf("%+v", created); got != want {
			t.Errorf("created %s; want %s", got, want)
		}
		if again, err := fmp4.Head(h.Tracks, h.Created); err != nil || !bytes.Equal(again, f.b) {
			t.Errorf("%+v is not what was written (%v)", h.Tracks, err)
		}
	}
}

func TestAnyFlippedBitBeforeTheMediaIsRefused(t *testing.T) {
	f := synthetic(t, 1, video, sound)
	var l fmp4.Layout
	if err := f.header.ParseFragment(f.b[f.frags[0].Off:], f.frags[0].Len, &l); err != nil {
		t.Fatal(err)
	}
	told := 0
	for bit := range 8 * (int(f.head.Len) + l.Payload) {
		b := bytes.Clone(f.b)
		b[bit/8] ^= 1 << (bit % 8)
		if _, err := fmp4.Index(bytes.NewReader(b), f.head, f.frags); err == nil {
			told++ // times, sizes of pictures and rates are values, not form: their digest guards them
		}
	}
	t.Logf("%d of %d bits are values", told, 8*(int(f.head.Len)+l.Payload))
	if told > 1500 {
		t.Errorf("%d flipped bits were accepted", told)
	}
}

func TestTheIndexComesOutTheSameFromAGrowingAndAFinishedFile(t *testing.T) {
	f := synthetic(t, 9, video, sound)
	want := f.index(t)
	path := filepath.Join(t.TempDir(), "cam0.mp4")
	if err := os.WriteFile(path, append(bytes.Clone(f.b), "torn tail"...), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for range 2 { // finishing twice changes nothing
		size, err := fmp4.Finalise(file, f.head, f.frags)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		patch := fmp4.Placeholder(int64(len(f.b)))
		if int64(len(got)) != size || !bytes.Equal(got[len(f.b):], want) ||
			!bytes.Equal(got[fmp4.PlaceholderOff:fmp4.PlaceholderOff+16], patch[:]) {
			t.Fatal("the finished file is not head, fragments and index")
		}
		if !bytes.Equal(fmp4.AsWritten(got[:f.head.Len]), f.b[:f.head.Len]) {
			t.Fatal("the head as written does not come back")
		}
		found, err := fmp4.Scan(file, size)
		if err != nil || found.End != int64(len(f.b)) || len(found.Frags) != 9 {
			t.Fatalf("scan of the finished file: %+v, %v", found, err)
		}
	}
}

func TestACutFileKeepsEveryCompleteFragment(t *testing.T) {
	f := synthetic(t, 6, video, sound)
	f.b = append(f.b, f.index(t)...)
	for n := range len(f.b) + 1 {
		found, err := fmp4.Scan(bytes.NewReader(f.b[:n]), int64(n))
		if n < int(f.head.Len) {
			if err == nil {
				t.Fatalf("%d bytes: a head was found", n)
			}
			continue
		}
		whole := 0
		for _, r := range f.frags {
			if r.Off+r.Len <= int64(n) {
				whole++
			}
		}
		if err != nil || len(found.Frags) != whole {
			t.Fatalf("%d bytes: %d fragments, %v; want %d", n, len(found.Frags), err, whole)
		}
	}
}

func TestFragmentsOutOfOrderAreRefused(t *testing.T) {
	f := synthetic(t, 3, video, sound)
	swapped := []fmp4.Range{f.frags[0], f.frags[2]}
	if _, err := fmp4.Index(bytes.NewReader(f.b), f.head, swapped); err == nil {
		t.Error("a hole in the file was accepted")
	}
	cut := append(bytes.Clone(f.b[:f.frags[1].Off]), f.b[f.frags[2].Off:]...)
	moved := []fmp4.Range{f.frags[0], {Off: f.frags[1].Off, Len: f.frags[2].Len}}
	if _, err := fmp4.Index(bytes.NewReader(cut), f.head, moved); err == nil {
		t.Error("a missing fragment was accepted")
	}
}

func TestAHoleInTheSoundIsToldAndStretchesThePacketBefore(t *testing.T) {
	f := newFilm(t, sound)
	packet := []fmp4.Sample{{Data: []byte{0xf8, 0xff, 0xfe}, Duration: 960}}
	f.add(t, fmp4.Run{Track: 2, Base: 4800, Samples: packet})
	f.add(t, fmp4.Run{Track: 2, Base: 4800 + 960 + 48000, Samples: packet})
	x, err := fmp4.NewIndexer(f.b[:f.head.Len])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.frags {
		if err := x.Add(r.Off, f.b[r.Off:], r.Len); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(x.Holes()), "[{2 5760 53760}]"; got != want {
		t.Errorf("holes %s; want %s", got, want)
	}
	if !bytes.Equal(x.Moov(), f.index(t)) {
		t.Error("the streamed index differs")
	}
	f.add(t, fmp4.Run{Track: 2, Base: 4800, Samples: packet})
	if _, err := fmp4.Index(bytes.NewReader(f.b), f.head, f.frags); err == nil {
		t.Error("decode times that go back were accepted")
	}
}

func TestTimesSurviveTheWrapOf2036(t *testing.T) {
	for _, utc := range []time.Time{created.Add(123456789), time.Date(2040, 1, 1, 0, 0, 0, 999_000_000, time.UTC)} {
		h := fmp4.Header{Tracks: []fmp4.Track{sound}, Created: created}
		b, err := h.Fragment(1, utc, []fmp4.Run{{Track: 2, Samples: []fmp4.Sample{{Data: []byte{1}, Duration: 960}}}})
		if err != nil {
			t.Fatal(err)
		}
		var l fmp4.Layout
		if err := h.ParseFragment(b, int64(len(b)), &l); err != nil || !l.UTC.Equal(utc) {
			t.Errorf("got %v, %v; want %v", l.UTC, err, utc)
		}
	}
}

func TestWhatTheFormatCannotSayIsRefused(t *testing.T) {
	h := fmp4.Header{Tracks: []fmp4.Track{video, sound}, Created: created}
	one := []fmp4.Sample{{Data: []byte{1}, Duration: 1}}
	for name, runs := range map[string][]fmp4.Run{
		"nothing":        nil,
		"an empty run":   {{Track: 1}},
		"unknown track":  {{Track: 3, Samples: one}},
		"a track twice":  {{Track: 1, Samples: one}, {Track: 1, Samples: one}},
		"wrong order":    {{Track: 2, Samples: one}, {Track: 1, Samples: one}},
		"no data":        {{Track: 1, Samples: []fmp4.Sample{{Duration: 1}}}},
		"no duration":    {{Track: 1, Samples: []fmp4.Sample{{Data: []byte{1}}}}},
		"far decode end": {{Track: 1, Base: 1 << 60, Samples: one}},
	} {
		if _, err := h.Fragment(1, created, runs); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	bad := video
	bad.H264 = &fmp4.H264{Width: 320, Height: 180, SPS: []byte{0x67}, PPS: pps}
	for _, tracks := range [][]fmp4.Track{nil, {{}}, {{ID: 1}}, {bad}, {video, video}} {
		if _, err := fmp4.Head(tracks, created); err == nil {
			t.Errorf("tracks %+v were accepted", tracks)
		}
	}
}

func FuzzScanNeverPanics(f *testing.F) {
	whole := synthetic(f, 2, video, sound)
	f.Add(whole.b)
	f.Add(append(whole.b, whole.index(f)...))
	f.Add(synthetic(f, 1, video, aac).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		found, err := fmp4.Scan(bytes.NewReader(b), int64(len(b)))
		if err != nil || len(found.Frags) == 0 {
			return
		}
		if _, err := fmp4.Index(bytes.NewReader(b), found.Head, found.Frags); err != nil {
			t.Fatalf("scan found what index refuses: %v", err)
		}
	})
}
