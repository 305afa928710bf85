package write_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"minglu/app/desk/write"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// journal plays the recorder: a Book and the lines it keeps.
type journal struct {
	mu    sync.Mutex
	book  *transcript.Book
	lines bytes.Buffer
	at    int64
	fault func() (before, after bool) // refuse a revision, or lose the answer to one
}

func plan() evidence.Plan {
	return evidence.Plan{ID: "R1-000001", Language: "zh", Clerk: evidence.Person{Name: "李书"}}
}

func newJournal(t testing.TB) *journal {
	t.Helper()
	form, err := transcript.New(plan(), "局")
	if err != nil {
		t.Fatal(err)
	}
	return &journal{book: transcript.NewBook(form), fault: func() (bool, bool) { return false, false }}
}

func (j *journal) recorder() write.Recorder {
	return write.Recorder{
		Revise: func(_ context.Context, r transcript.Revision) (transcript.Revision, error) {
			j.mu.Lock()
			defer j.mu.Unlock()
			before, after := j.fault()
			if before {
				return r, errors.New("the recorder is away")
			}
			r.AtMS = j.at
			done, line, err := j.book.Revise(r)
			if err != nil {
				return r, err
			}
			j.lines.Write(line)
			if after {
				return r, errors.New("the answer is lost")
			}
			raw, err := json.Marshal(done)
			if err == nil {
				err = json.Unmarshal(raw, &done)
			}
			return done, err
		},
		Texts: func(string) ([]byte, error) {
			j.mu.Lock()
			defer j.mu.Unlock()
			return bytes.Clone(j.lines.Bytes()), nil
		},
		At: func() int64 {
			j.mu.Lock()
			defer j.mu.Unlock()
			return j.at
		},
	}
}

// record is the transcript as the journal has it by now.
func (j *journal) record() transcript.Transcript {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.book.Transcript()
}

// text is the record as the journal has it, one line per segment.
func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []string
	for _, s := range j.book.Transcript().Segments {
		lines = append(lines, s.Role+" "+s.Text)
	}
	return strings.Join(lines, "\n")
}

// writing runs f on a model in a time of its own and waits until everything is saved.
func writing(t *testing.T, j *journal, f func(m *write.Model)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := write.NewModel(j.recorder())
		if err := m.Begin("R1-000001", plan(), "局"); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			m.Run(ctx)
			close(done)
		}()
		time.Sleep(time.Second)
		f(m)
		time.Sleep(time.Minute)
		if s := m.Feed.Newest(); !s.Saved || s.Fault != nil {
			t.Errorf("after a minute the sheet is %+v", s)
		}
		stop()
		<-done
	})
}

func TestWhatIsTypedIsInTheJournalWithinASecond(t *testing.T) {
	j := newJournal(t)
	writing(t, j, func(m *write.Model) {
		j.at = 5000
		q := m.Add(0, "", "")
		for i := range "你好吗？" {
			m.Type(q, "你好吗？"[:i])
			time.Sleep(100 * time.Millisecond)
		}
		m.Type(q, "你好吗？")
		time.Sleep(time.Second)
		if got := j.text(); got != "Q 你好吗？" {
			t.Errorf("after a second the journal has %q", got)
		}
		a := m.Add(q, "", "")
		m.Type(a, "好。")
	})
	if got, want := j.text(), "Q 你好吗？\nA 好。"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if s := j.record().Segments[0]; s.FromMS != 5000 || s.ToMS != 5000 {
		t.Errorf("the question is at %d to %d ms; want 5000", s.FromMS, s.ToMS)
	}
}

func TestRowsAreTurnedRemovedAndBroughtBack(t *testing.T) {
	j := newJournal(t)
	writing(t, j, func(m *write.Model) {
		q := m.Add(0, "", "问一")
		a := m.Add(q, "", "答一")
		m.Turn(a)
		time.Sleep(2 * time.Second)
		if got := j.text(); got != "Q 问一\nNOTE 答一" {
			t.Errorf("turned: got %q", got)
		}
		m.Undo()
		if before := m.Remove(a); before != q {
			t.Errorf("the caret goes to %d; want %d", before, q)
		}
		time.Sleep(2 * time.Second)
		if got := j.text(); got != "Q 问一" {
			t.Errorf("removed: got %q", got)
		}
		m.Undo()
	})
	if got := j.text(); got != "Q 问一\nA 答一" {
		t.Errorf("brought back: got %q", got)
	}
}

func TestChangesInTheReadingAreWholeCorrections(t *testing.T) {
	j := newJournal(t)
	writing(t, j, func(m *write.Model) {
		q := m.Add(0, "", "欠税多少？")
		m.Read()
		time.Sleep(2 * time.Second)
		m.At(q)
		for _, text := range []string{"欠税", "欠税款", "欠税款多", "欠税款多少？"} {
			m.Type(q, text)
			time.Sleep(2 * time.Second)
		}
		if n := len(j.record().Corrections); n != 0 {
			t.Errorf("%d corrections before the row is left; want 0", n)
		}
		if lines, _ := j.recorder().Texts(""); !bytes.Contains(lines, []byte(`"note"`)) {
			t.Error("the draft of the correction is not in the journal")
		}
		m.At(0)
	})
	got := j.record().Corrections
	if len(got) != 1 || got[0].Before != "欠税多少？" || got[0].After != "欠税款多少？" || got[0].By != "李书" {
		t.Errorf("got %+v; want one correction", got)
	}
}

func TestASignedRecordStands(t *testing.T) {
	j := newJournal(t)
	writing(t, j, func(m *write.Model) {
		q := m.Add(0, "", "问")
		m.Read()
		m.Sign(transcript.Signature{Party: transcript.PartyInterviewee, Name: "王", State: transcript.Refused, Reason: "不同意"})
		m.Type(q, "改")
		if key := m.Add(q, "", ""); key != 0 {
			t.Error("a row was added behind the signature")
		}
	})
	if _, refused := j.record().Refusal(); !refused || j.text() != "Q 问" {
		t.Errorf("got %q, refused %v", j.text(), refused)
	}
}

func TestANewWindowGoesOnWhereTheOldOneDied(t *testing.T) {
	j := newJournal(t)
	writing(t, j, func(m *write.Model) {
		q := m.Add(0, "", "问")
		m.Add(q, "", "答")
		m.Read()
		time.Sleep(2 * time.Second)
		m.At(q)
		m.Type(q, "问清")
		time.Sleep(2 * time.Second)
		// the window dies here: a second one reads what is there
		second := write.NewModel(j.recorder())
		if err := second.Begin("R1-000001", plan(), "局"); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { second.Run(ctx); close(done) }()
		time.Sleep(5 * time.Second)
		s := second.Feed.Newest()
		if len(s.Rows) != 2 || s.Rows[0].Text != "问清" || s.Rows[1].Text != "答" || !s.Reading {
			t.Errorf("the second window shows %+v", s)
		}
		stop()
		<-done
		m.At(0)
	})
	if got := j.text(); got != "Q 问清\nA 答" {
		t.Errorf("got %q", got)
	}
}

func TestLostRevisionsAndLostAnswersChangeNothing(t *testing.T) {
	for seed := range uint64(60) {
		random, luck := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2)) // the fault has its own goroutine
		j := newJournal(t)
		j.fault = func() (bool, bool) { n := luck.IntN(6); return n == 0, n == 1 }
		var want []string
		writing(t, j, func(m *write.Model) {
			var keys []int64
			for i := range 30 {
				j.mu.Lock()
				j.at += 1000
				j.mu.Unlock()
				switch n := random.IntN(4); {
				case n == 0 && len(keys) > 2:
					at := random.IntN(len(keys))
					m.Remove(keys[at])
					keys = append(keys[:at], keys[at+1:]...)
				case n == 1 && len(keys) > 0:
					m.Type(keys[random.IntN(len(keys))], fmt.Sprint("改", i))
				default:
					behind := int64(0)
					if len(keys) > 0 {
						behind = keys[len(keys)-1]
					}
					keys = append(keys, m.Add(behind, transcript.Note, fmt.Sprint("记", i)))
				}
				time.Sleep(time.Duration(random.IntN(900)) * time.Millisecond)
			}
			for _, r := range m.Feed.Newest().Rows {
				want = append(want, r.Role)
			}
			time.Sleep(30 * time.Second)
			want = nil
			for _, r := range m.Feed.Newest().Rows {
				want = append(want, r.Role+" "+r.Text)
			}
			j.mu.Lock()
			j.fault = func() (bool, bool) { return false, false }
			j.mu.Unlock()
		})
		if got := j.text(); got != strings.Join(want, "\n") {
			t.Fatalf("seed %d: the journal has\n%s\nthe window shows\n%s", seed, got, strings.Join(want, "\n"))
		}
	}
}

func TestASearchFindsEveryPlace(t *testing.T) {
	s := write.Sheet{Rows: []write.Row{{Key: 1, Text: "公示公示"}, {Key: 2, Text: "Invoice invoice"}}}
	if got := fmt.Sprint(s.Find("公示"), s.Find("INVOICE"), s.Find(" ")); got != "[{1 0 2} {1 2 4}] [{2 0 7} {2 8 15}] []" {
		t.Errorf("got %s", got)
	}
}

func TestPhrasesSuitTheirAct(t *testing.T) {
	count := func(item string) int {
		list, err := write.Phrases(item)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if p.Text.ZH == "" || p.Text.EN == "" {
				t.Errorf("a phrase without words: %+v", p)
			}
		}
		return len(list)
	}
	if all, asked := count("S01"), count("I03"); all == 0 || asked <= all {
		t.Errorf("%d phrases for a service, %d for a questioning", all, asked)
	}
}
