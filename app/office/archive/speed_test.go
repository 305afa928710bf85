package archive_test

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/app/office/archive"
	"minglu/app/office/archive/archivetest"
)

// questions are what people ask; each has given trouble or could.
func questions() map[string]archive.Query {
	return map[string]archive.Query{
		"one":   {Text: "税"},
		"name":  {Text: "王芳"},
		"talk":  {Text: "的一"}, // two that are everywhere, seldom side by side
		"three": {Text: "有限公"},
		"rare":  {Text: "明远恒达"},
		"both":  {Text: "王", Household: "商贸", Officer: "张"},
		"case":  {Case: "2026-00042"},
		"long":  {Text: "不知道公司有没有公示过这件事"},
		"none":  {},
	}
}

// search is what the page does when somebody has typed.
func search(t testing.TB, a *archive.Archive, q archive.Query) {
	t.Helper()
	keys, err := a.Keys(t.Context(), q, 0, 200)
	must(t, err)
	_, err = a.Cards(t.Context(), keys)
	must(t, err)
}

// BenchmarkArchive searches and pages 100,000 recordings. Each search is measured beside the plain scan that LIKE
// does over the same texts, by the sqlite3 program in the same run.
func BenchmarkArchive(b *testing.B) {
	const n = 100_000
	h := archivetest.New(b)
	a := h.Archive()
	begin := time.Now()
	must(b, archivetest.Many(b.Context(), a, n, 220, time.Now()))
	b.Logf("%d recordings filed in %v", n, time.Since(begin).Round(time.Millisecond))
	path := filepath.Join(h.Home, archive.File)
	scan := peer(b, path)
	ctx := b.Context()
	for name, q := range questions() {
		b.Run("search/"+name, func(b *testing.B) {
			for b.Loop() {
				search(b, a, q)
			}
			mine := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(mine.Microseconds())/1000, "ms/search")
			b.ReportMetric(float64(mine)/float64(scan), "of-LIKE")
		})
	}
	keys, err := a.Keys(ctx, archive.Query{}, 0, 0)
	must(b, err)
	b.Run("page", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, err := a.Page(ctx, archive.Query{}, keys[i*7919%n], 100)
			must(b, err)
		}
		b.ReportMetric(float64((b.Elapsed()/time.Duration(b.N)).Microseconds())/1000, "ms/page")
	})
	b.Run("keys", func(b *testing.B) {
		for b.Loop() {
			_, err := a.Keys(ctx, archive.Query{}, 0, 0)
			must(b, err)
		}
	})
}

// peer is how long the sqlite3 program needs to go over all cards for those that hold a name by LIKE: the quickest of
// five, less the quickest start of the program. One of each would measure who else used the machine.
func peer(b testing.TB, path string) time.Duration {
	b.Helper()
	if _, err := exec.LookPath("sqlite3"); err != nil {
		b.Skip("sqlite3 is not installed")
	}
	ask := func(text string) time.Duration {
		return quickest(func() {
			out, err := exec.Command("sqlite3", "-readonly", path, text).CombinedOutput()
			if err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
		})
	}
	took := ask("SELECT count(*) FROM recording WHERE card LIKE '%王芳%'") - ask("SELECT 1")
	b.Logf("sqlite3: LIKE over all cards (without the transcripts) %v", took.Round(time.Millisecond))
	return took
}

// quickest is how long f takes at best in five times.
func quickest(f func()) time.Duration {
	best := time.Hour
	for range 5 {
		begin := time.Now()
		f()
		best = min(best, time.Since(begin))
	}
	return best
}

func TestEverySearchIsQuickerThanAScan(t *testing.T) {
	if testing.Short() {
		t.Skip("fills an index")
	}
	h := archivetest.New(t)
	a := h.Archive()
	must(t, archivetest.Many(t.Context(), a, 20_000, 100, time.Now()))
	path := filepath.Join(h.Home, archive.File)
	for name, q := range questions() {
		ratio := 1.0
		for try := 0; try < 3 && ratio > 0.75; try++ { // another process may fall upon one of the two
			scan, best := peer(t, path), quickest(func() { search(t, a, q) })
			ratio = min(ratio, float64(best)/float64(scan))
			t.Log(name, best, scan)
		}
		if ratio > 0.75 {
			t.Errorf("%s takes %.2f of the time in which the sqlite3 program reads all cards; want 0.75", name, ratio)
		}
	}
}
