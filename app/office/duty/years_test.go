package duty_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
)

// years fills a home with entries of every working day up to a day, 160 a day; a tenth open a matter that is done
// on the same day, a few stay open until the next.
func years(tb testing.TB, home string, entries int) (*duty.Log, calendar.Day) {
	tb.Helper()
	l := dutytest.Open(tb, home, "H1", &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00"), Boot: time.Hour})
	other := dutytest.NewOther(tb, l)
	words := []string{"咨询小规模纳税人增值税申报", "引导至自助办税区取号", "建议增设等候座椅", "首问：一般纳税人登记", "协调开票软件升级", "例会：本周要点", "设备：叫号机重启"}
	kinds := []string{"CONSULT", "GUIDE", "OPINION", "FIRST_ASKED", "COORD", "MEETING", "EQUIP"}
	day, open := calendar.Day("2026-11-25").Plus(-entries/160*7/5-7), ""
	for other.Count() < entries {
		if day = day.Plus(1); !l.Rules.Calendar().Working(day) {
			continue
		}
		if open != "" {
			other.Enter(day.At("09:00"), duty.Entry{Kind: "COORD", Act: duty.Done, Matter: open, Author: "王芳", Outcome: "已办结"})
		}
		for i := range 150 {
			k := i % len(kinds)
			e := duty.Entry{Kind: kinds[k], Act: duty.Note, Author: "张三", Zone: "window", Desk: strconv.Itoa(i%8) + "号窗口", Text: fmt.Sprintf("%s，第%d件，纳税人王%c芳", words[k], other.Count(), rune('一'+other.Count()%5000))}
			if k == 3 || k == 4 {
				e.Act, e.Tier, e.Limit, e.Owner = duty.Begin, "1", "T3", "张三"
			}
			at := day.At("09:00").Add(time.Duration(i) * 3 * time.Minute)
			id := other.Enter(at, e)
			if e.Act == duty.Begin && (k == 3 || i > 4) {
				other.Enter(at.Add(time.Minute), duty.Entry{Kind: e.Kind, Act: duty.Done, Matter: id, Author: "王芳", Outcome: "已办结"})
			} else if e.Act == duty.Begin {
				open = id
			}
		}
	}
	other.Flush()
	return l, day
}

// median times what f does, in milliseconds, several times.
func median(tb testing.TB, times int, f func()) float64 {
	tb.Helper()
	var took []float64
	for range times {
		began := time.Now()
		f()
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// sqlite3 is the time, in milliseconds, that the sqlite3 program takes for one of times runs of a statement, its own
// start left out.
func sqlite3(tb testing.TB, db, statement string, times int) float64 {
	tb.Helper()
	run := func(n int) func() {
		return func() {
			script := ".output /dev/null\nPRAGMA synchronous=FULL;\n" + strings.Repeat(statement+"\n", n)
			cmd := exec.Command("sqlite3", db)
			cmd.Stdin = strings.NewReader(script)
			if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
				tb.Fatalf("sqlite3: %v\n%s", err, out)
			}
		}
	}
	return max(0.001, (median(tb, 5, run(times))-median(tb, 5, run(0)))/float64(times))
}

// BenchmarkTenYearsOfAHall measures a home of 400,000 entries beside the sqlite3 program on the same file: opening a
// day, a two-character search, adding an entry durably; milliseconds and ratios.
func BenchmarkTenYearsOfAHall(b *testing.B) {
	if _, err := exec.LookPath("sqlite3"); err != nil {
		b.Skip("sqlite3 is not installed")
	}
	home := b.TempDir()
	l, last := years(b, home, 400_000)
	db := filepath.Join(home, duty.File)
	report := func(name string, ours, theirs float64) {
		b.ReportMetric(ours, name+"-ms")
		b.ReportMetric(ours/theirs, name+"-ratio")
		b.Logf("%s: ours %.2f ms, sqlite3 %.2f ms, ratio %.2f", name, ours, theirs, ours/theirs)
	}
	for b.Loop() {
		day := last.Plus(1)
		first := median(b, 41, func() { // each time another one, which no earlier look left in memory
			for day = day.Plus(-1); !l.Rules.Calendar().Working(day); {
				day = day.Plus(-1)
			}
			if d, err := l.Day(b.Context(), day); err != nil || len(d.Entries) < 150 {
				b.Fatalf("%v, %d entries", err, len(d.Entries))
			}
		})
		again := median(b, 21, func() {
			if _, err := l.Day(b.Context(), day); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(again, "open-again-ms")
		report("open", first, sqlite3(b, db, fmt.Sprintf(`SELECT raw FROM entry WHERE hall='HALL1' AND day='%s' ORDER BY ms, n, machine, id;
SELECT raw FROM matter WHERE hall='HALL1' AND (done = '' OR done >= '%s') AND opened <= '%s';`, day, day, day), 100))
		cold := median(b, 5, func() {
			other, err := duty.Open(b.Context(), home, duty.Who{Hall: "HALL1", Machine: "H1"}, (&dutytest.Wall{Now: time.Now()}).Clock())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := other.Day(b.Context(), last); err != nil {
				b.Fatal(err)
			}
			if err := other.Close(); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(cold, "open-with-database-ms")
		for name, words := range map[string]string{"search-common": "增值", "search-rare": "王丁", "search-none": "没有"} {
			ours := median(b, 21, func() {
				if _, err := l.Search(b.Context(), words, 0, 50); err != nil {
					b.Fatal(err)
				}
			})
			spaced := strings.Join(strings.Split(words, ""), " ")
			report(name, ours, sqlite3(b, db, fmt.Sprintf(`SELECT e.seq, e.raw FROM entry_word w JOIN entry e ON e.seq = w.rowid
WHERE entry_word MATCH '"%s"*' AND e.hall = 'HALL1' ORDER BY w.rowid DESC LIMIT 51;`, spaced), 20))
		}
		n := 0
		ours := median(b, 51, func() {
			n++
			if _, err := l.Add(b.Context(), duty.Entry{Author: "张三", Kind: "CONSULT", Text: "咨询第" + strconv.Itoa(n) + "件"}); err != nil {
				b.Fatal(err)
			}
		})
		report("add", ours, sqlite3(b, db, `BEGIN IMMEDIATE;
INSERT INTO entry (id, hall, day, ms, n, machine, kind, act, matter, sent, raw) VALUES (lower(hex(randomblob(16))), 'HALL9', '2020-01-01', 1, 1, 'X', 'CONSULT', 'note', '', 1, '{}');
INSERT INTO entry_word (rowid, words) VALUES (last_insert_rowid(), '咨 询 第 件');
COMMIT;`, 40))
	}
}

// A fiftieth of the ten years, in every run of the tests: the bounds with room for a loaded machine.
func TestAQuarterOfAHallOpensAtOnce(t *testing.T) {
	l, last := years(t, t.TempDir(), 8_000)
	for name, f := range map[string]func() error{
		"open":     func() error { _, err := l.Day(t.Context(), last); return err },
		"search":   func() error { _, err := l.Search(t.Context(), "增值", 0, 50); return err },
		"matters":  func() error { _, err := l.OpenMatters(t.Context()); return err },
		"calendar": func() error { _, err := l.Days(t.Context(), last.Plus(-366), last); return err },
	} {
		if took := median(t, 5, func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}); took > 150 {
			t.Errorf("%s takes %.0f ms", name, took)
		}
	}
}
