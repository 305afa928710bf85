package write_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"minglu/app/i18n"
	"minglu/capture/transcript"
)

// segments is a window with so many rows, the caret in the last.
func segments(t testing.TB, n int) *desk {
	t.Helper()
	d := newDesk(t, i18n.ZH, fyne.NewSize(640, 700))
	key := int64(0)
	for i := range n {
		role := []string{transcript.Question, transcript.Answer}[i%2]
		key = d.m.Add(key, role, fmt.Sprintf("第%d段：你公司取得的这几张增值税专用发票，货物是否实际入库？", i+1))
	}
	d.v.Draw(d.m.Feed.Newest())
	d.v.Focus(key)
	return d
}

// stroke is one key and the drawing that follows it.
func (d *desk) stroke(r rune) {
	d.w.Canvas().Focused().TypedRune(r)
	d.v.Draw(d.m.Feed.Newest())
}

// BenchmarkKeystroke prints what a key takes on the window's goroutine; the goal is 5 ms at 150 segments.
func BenchmarkKeystroke(b *testing.B) {
	for _, n := range []int{10, 150, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := segments(b, n)
			for i := 0; b.Loop(); i++ {
				if i%40 == 0 { // a person begins a new line, too
					d.key(fyne.KeyReturn)
				}
				d.stroke('税')
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/key")
		})
	}
}

func TestAKeyTakesHardlyLongerInALongTranscript(t *testing.T) {
	median := func(n int) time.Duration {
		d := segments(t, n)
		d.stroke('税')
		var took []time.Duration
		for range 41 {
			begin := time.Now()
			d.stroke('税')
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	short, long := median(10), median(150)
	t.Logf("10 segments %v, 150 segments %v", short, long)
	if long > 8*short { // a cost of every segment would make it fifteen times
		t.Errorf("a key takes %v at 150 segments, %v at 10", long, short)
	}
}
