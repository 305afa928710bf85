package find_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minglu/app/desk/find"
	"minglu/app/office/access"
	"minglu/app/office/archive"
	"minglu/app/office/archive/archivetest"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/transcript"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// items finds the acts of the catalogue, as the form before a recording does.
func items(t testing.TB) func(string) []catalog.Item {
	t.Helper()
	c, err := catalog.Load()
	must(t, err)
	return c.Search
}

// run runs a model on a home until the test ends.
func run(t testing.TB, h *archivetest.Home, fill func(*archive.Archive), actions find.Actions) *find.Model {
	t.Helper()
	m := find.NewModel(func(ctx context.Context) (*archive.Archive, error) {
		a, err := archive.Open(ctx, h.Room)
		if err == nil && fill != nil {
			fill(a)
		}
		return a, err
	}, items(t))
	m.Actions, m.Folder = actions, t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { m.Run(ctx) })
	t.Cleanup(func() {
		stop()
		work.Wait()
	})
	return m
}

// wait waits until a snapshot is as wished.
func wait(t testing.TB, m *find.Model, what string, ok func(find.Snapshot) bool) find.Snapshot {
	t.Helper()
	for range 3000 {
		if s := m.Feed.Newest(); ok(s) {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s never came; the last is %+v", what, m.Feed.Newest())
	return find.Snapshot{}
}

func ready(n int) func(find.Snapshot) bool {
	return func(s find.Snapshot) bool { return s.Ready && !s.More && s.Rows.Len() == n }
}

// interview is a recording with a transcript.
func interview(company, person string) archivetest.Interview {
	return archivetest.Interview{
		Spec: packtest.Spec{Start: time.Now().Add(-time.Hour).UTC().Truncate(time.Second), Segments: 12, Pause: true,
			Gaps: []evidence.GapBody{{Track: "cam0", Medium: "video", FromMS: 1000, ToMS: 1400, Count: 10, Cause: evidence.CauseSource}}},
		Change: func(p *evidence.Plan) {
			p.Taxpayer.Name, p.Taxpayer.USCC = company, "91420100MA4K00000X"
			p.Persons = []evidence.Person{{Name: person, Role: "party"}}
			p.Officers = []evidence.Person{{Name: "张明", Certificate: "鄂税001"}, {Name: "李强", Certificate: "鄂税002"}}
			p.Clerk, p.Case, p.Place = evidence.Person{Name: "赵立"}, "2026-0118", "武汉市江汉区"
		},
		Note: "出示第三本发票",
		Segments: []transcript.Segment{
			{Role: transcript.Question, Text: "我们是税务机关的执法人员，这是我们的执法证件，请你过目。你看清楚了吗？", FromMS: 200, ToMS: 1500},
			{Role: transcript.Answer, Text: "看清楚了。", FromMS: 1600, ToMS: 2400},
			{Role: transcript.Question, Text: "第三方付款是怎么回事？", FromMS: 5200, ToMS: 6200},
			{Role: transcript.Answer, Text: "供应商说他们的账户被冻结了，让我们把货款付到另一家公司的账户上。我当时没有多想，就让出纳照办了。invoice 2026-118 也是这样付的。", FromMS: 6300, ToMS: 7600},
		},
	}
}

func TestTypingSearchesOnceAfterTheLastKey(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王芳"))
	h.Add(interview("恒达实业", "李丽"))
	m := run(t, h, nil, find.Actions{})
	wait(t, m, "the whole list", ready(2))
	var answers atomic.Int32
	leave := m.Feed.Watch(func() { answers.Add(1) })
	for _, text := range []string{"明", "明远", "明远商"} {
		m.Ask(func(a *find.Asked) { a.Text = text })
		time.Sleep(20 * time.Millisecond)
	}
	s := wait(t, m, "one", ready(1))
	leave()
	if s.Asked.Text != "明远商" || s.Rows.At(0).ID != id || s.Filed != 2 {
		t.Errorf("found %+v", s)
	}
	if n := answers.Load(); n > 2 { // the follower may have looked in between
		t.Errorf("%d answers for three keys", n)
	}
	m.Ask(func(a *find.Asked) { a.From = "yesterday" })
	s = wait(t, m, "the fault", func(s find.Snapshot) bool { return s.Fault != nil })
	time.Sleep(2500 * time.Millisecond) // the archive was looked at again
	if s = m.Feed.Newest(); s.Rows.Len() != 1 || s.Fault == nil {
		t.Errorf("a date that is none emptied the list: %d rows", s.Rows.Len())
	}
	m.Ask(func(a *find.Asked) { *a = find.Asked{Item: "没有这样的事项"} })
	wait(t, m, "nothing", func(s find.Snapshot) bool { return s.Fault == nil && s.Rows.Len() == 0 && len(s.Items) == 0 })
	m.Ask(func(a *find.Asked) { *a = find.Asked{Item: "i03"} })
	wait(t, m, "an item", func(s find.Snapshot) bool { return s.Rows.Len() == 2 && len(s.Items) == 1 })
}

func TestARecordingIsOpenedOnlyOnceTheLogHasIt(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王芳"))
	var mu sync.Mutex
	var played []int64
	var seen []access.Entry
	log := access.Open(h.Home, time.Now)
	m := run(t, h, nil, find.Actions{Play: func(of string, at int64) error {
		mu.Lock()
		defer mu.Unlock()
		seen, _, _ = log.Read()
		played = append(played, at)
		return errors.New("no player here")
	}})
	wait(t, m, "the list", ready(1))
	m.Open(id) // nobody said who looks
	if s := wait(t, m, "the refusal", func(s find.Snapshot) bool { return s.Fault != nil }); s.Page != nil || !errors.Is(s.Fault, access.ErrNobody) {
		t.Errorf("opened without a reader: %+v", s)
	}
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	s := wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	if len(s.Page.Story.Segments) != 4 || s.Page.Story.Marks[0].Text != "出示第三本发票" || s.Page.Media == 0 {
		t.Errorf("the page is %+v", s.Page.Story)
	}
	m.Play(5200)
	wait(t, m, "the player's fault", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Fault != nil })
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(played, []int64{5200}) || len(seen) != 2 || seen[0].Act != access.Opened || seen[1].Act != access.Played ||
		seen[1].Who != "陈晨" || seen[1].Why != "案件复核" || seen[1].ID != id {
		t.Errorf("played %v when the log had %+v", played, seen)
	}
	m.Back()
	wait(t, m, "the list again", func(s find.Snapshot) bool { return s.Page == nil })
}

func TestVerifyingAndExportingGoOnBesideTheScreen(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(interview("明远商贸有限公司", "王芳"))
	m := run(t, h, nil, find.Actions{})
	wait(t, m, "the list", ready(1))
	m.Read(find.Reader{Name: "陈晨", Why: "案件复核"})
	m.Open(id)
	wait(t, m, "the page", func(s find.Snapshot) bool { return s.Page != nil && s.Page.Story != nil })
	m.Verify()
	s := wait(t, m, "the verdict", func(s find.Snapshot) bool { return s.Page.Report != nil })
	if s.Page.Checking || s.Page.Report.Verdict != evidence.AuthenticGaps {
		t.Errorf("verdict %+v", s.Page.Report)
	}
	out := m.Folder + "/x.zip"
	m.Export("陈局", "法院调取", out)
	s = wait(t, m, "the export", func(s find.Snapshot) bool { return s.Page.Given != nil })
	if s.Page.Given.Path != out || !s.Page.Given.Report.Verdict.Accepted() {
		t.Errorf("given %+v", s.Page.Given)
	}
	m.Export("陈局", "法院调取", out)
	wait(t, m, "the refusal", func(s find.Snapshot) bool { return s.Page.Fault != nil && !s.Page.Giving })
}

func TestANewRecordingComesIntoTheListByItself(t *testing.T) {
	h := archivetest.New(t)
	m := run(t, h, nil, find.Actions{})
	wait(t, m, "the empty list", ready(0))
	h.Add(interview("明远商贸有限公司", "王芳"))
	wait(t, m, "the new one", ready(1))
}

func TestAnArchiveThatCannotBeOpenedIsToldAndTheWindowLives(t *testing.T) {
	m := find.NewModel(func(context.Context) (*archive.Archive, error) { return nil, errors.New("moon") }, items(t))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		m.Run(ctx)
		close(done)
	}()
	wait(t, m, "the fault", func(s find.Snapshot) bool { return s.Fault != nil })
	m.Ask(func(a *find.Asked) { a.Text = "王" })
	m.Open("R101-000001")
	m.Verify()
	m.Back()
	stop()
	<-done
}

func TestTwentyThousandAreListedWithoutAnEmptyRow(t *testing.T) {
	if testing.Short() {
		t.Skip("fills an index")
	}
	h := archivetest.New(t)
	const n = 20_000 // BenchmarkArchive in app/office/archive asks of a hundred thousand
	must(t, archivetest.Many(t.Context(), h.Archive(), n, 20, time.Now()))
	begin := time.Now()
	m := run(t, h, nil, find.Actions{})
	wait(t, m, "the first rows", func(s find.Snapshot) bool { return s.Rows.Len() > 0 })
	t.Logf("the first rows after %v", time.Since(begin))
	s := wait(t, m, "all rows", func(s find.Snapshot) bool { return s.Rows.Len() == n })
	t.Logf("all rows after %v", time.Since(begin))
	for i := range n {
		if c := s.Rows.At(i); c.ID == "" || c.Taxpayer.Name == "" || i > 0 && c.Key >= s.Rows.At(i-1).Key {
			t.Fatalf("row %d is %+v", i, c)
		}
	}
	scroll(t, m)
	begin = time.Now()
	m.Ask(func(a *find.Asked) { a.Text = "王芳" })
	s = wait(t, m, "the found", func(s find.Snapshot) bool { return s.Asked.Text == "王芳" && !s.More })
	t.Logf("a name is found %d times after %v, the pause after the last key in it", s.Rows.Len(), time.Since(begin))
	for i := range s.Rows.Len() {
		if c := s.Rows.At(i); !strings.Contains(c.Persons[0].Name+c.Officers[0].Name+c.Officers[1].Name, "王芳") {
			t.Fatalf("row %d is %+v", i, c)
		}
	}
}
