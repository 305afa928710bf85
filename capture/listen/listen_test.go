package listen_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/listen"
)

// counter decodes every packet to 960 samples that number the packets.
type counter struct{ n int16 }

func (c *counter) Decode([]byte) ([]int16, error) {
	c.n++
	pcm := make([]int16, 960)
	for i := range pcm {
		pcm[i] = c.n
	}
	return pcm, nil
}

func (c *counter) Close() error { return nil }

func open(int) (listen.Decoder, error) { return &counter{}, nil }

// hear reads a stretch to its end.
func hear(t *testing.T, p packtest.Package, from, to int64) []int16 {
	t.Helper()
	s, err := listen.Open(p.MapFS, from, to, open)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []int16
	for {
		pcm, err := s.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pcm...)
	}
}

func TestAStretchIsAsLongAsAskedForWhereverItBegins(t *testing.T) {
	b := packtest.NewBureau(t, "R1")
	for _, p := range []packtest.Package{b.Make(packtest.Spec{}), b.Make(packtest.Spec{Until: packtest.Running})} {
		for _, s := range []struct{ from, to, want int64 }{
			{0, 480, 480}, {0, 2880, 2880}, {500, 1500, 1000}, {1234, 1235, 1}, {2000, 9000, 880},
		} {
			got := len(hear(t, p, s.from, s.to))
			if want := int(s.want * 48); got < want-1000 || got > want {
				t.Errorf("%d–%d ms gave %d samples; want about %d", s.from, s.to, got, want)
			}
		}
	}
}

func TestADecoderIsWarmedUpBeforeTheFirstSampleThatIsGiven(t *testing.T) {
	p := packtest.NewBureau(t, "R1").Make(packtest.Spec{})
	if got := hear(t, p, 1000, 1100); got[0] < 4 {
		t.Errorf("the first sample comes from packet %d after the decoder was opened; want one after 80 ms", got[0])
	}
}

func TestWhatTheJournalDoesNotNameIsNotHeard(t *testing.T) {
	p := packtest.NewBureau(t, "R1").Make(packtest.Spec{Until: packtest.Running})
	lines := strings.SplitAfter(string(p.MapFS[evidence.FileJournal].Data), "\n")
	half := p.With(evidence.FileJournal, []byte(strings.Join(lines[:len(lines)/2], "")+`{"n":9`))
	if whole, got := len(hear(t, p, 0, 9000)), len(hear(t, half, 0, 9000)); got == 0 || got >= whole {
		t.Errorf("half a journal gave %d of %d samples", got, whole)
	}
}

func TestARecordingWithoutSoundSaysSo(t *testing.T) {
	p := packtest.NewBureau(t, "R1").Make(packtest.Spec{})
	if _, err := listen.Open(p.MapFS, 60_000, 61_000, open); !errors.Is(err, listen.ErrNoSound) {
		t.Errorf("behind the end: %v", err)
	}
	if _, err := listen.Open(p.With(evidence.FileJournal, []byte{}).MapFS, 0, 1000, open); !errors.Is(err, listen.ErrNoSound) {
		t.Errorf("an empty journal: %v", err)
	}
}

// A journal is read before anybody has verified it.
func FuzzOpen(f *testing.F) {
	p := packtest.NewBureau(f, "R1").Make(packtest.Spec{Segments: 2, Single: true, NoReceipt: true, NoToken: true})
	f.Add([]byte(strings.Join(strings.SplitAfter(string(p.MapFS[evidence.FileJournal].Data), "\n")[:6], "")), int64(0), int64(500))
	body, _ := json.Marshal(evidence.SegmentBody{Track: "cam0", Len: -1})
	f.Add(body, int64(0), int64(1))
	f.Fuzz(func(t *testing.T, journal []byte, from, to int64) {
		s, err := listen.Open(p.With(evidence.FileJournal, journal).MapFS, from%10_000, to%10_000, open)
		if err != nil {
			return
		}
		defer s.Close()
		for range 1000 {
			if _, err := s.Next(); err != nil {
				return
			}
		}
	})
}
