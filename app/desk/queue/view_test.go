package queue_test

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"minglu/app/desk/look"
	"minglu/app/desk/queue"
	"minglu/app/i18n"
	"minglu/capture/catalog"
	"minglu/sync/outbox"
)

// sizes are what the shell leaves to a page on screens of 1024x768 and 1280x800.
var sizes = []fyne.Size{{Width: 872, Height: 690}, {Width: 1128, Height: 722}}

// row is a recording in a state.
func row(t *testing.T, n int64, item string, state outbox.State, wait outbox.Wait, acked int64) queue.Row {
	t.Helper()
	items, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	i, _ := items.Item(item)
	return queue.Row{Item: i, ETA: -1, Row: outbox.Row{ID: fmt.Sprintf("R101-%06d", n), State: state, Item: item, Wait: wait,
		Bytes: 245_100_000, Acked: acked, Start: "2026-03-02T01:15:00.000Z", Received: time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)}}
}

func some(t *testing.T) queue.Snapshot {
	going := row(t, 8, "I03", outbox.Uploading, outbox.Wait{Cause: outbox.CauseTurn}, 98_000_000)
	going.ETA = 754 * time.Second
	return queue.Snapshot{
		Rows: []queue.Row{
			row(t, 9, "I01", outbox.Interrupted, outbox.Wait{Cause: outbox.CauseInterrupted}, 0), going,
			row(t, 7, "I03", outbox.Refused, outbox.Wait{Cause: outbox.CauseContent, Why: "headquarters answers 422: data/record.json"}, 0),
			row(t, 6, "I03", outbox.Queued, outbox.Wait{Cause: outbox.CauseFull}, 0),
			row(t, 5, "I03", outbox.Received, outbox.Wait{}, 245_100_000), row(t, 4, "I03", outbox.Released, outbox.Wait{}, 245_100_000),
		},
		Waiting: 4, Here: 735_300_000, Left: 637_300_000, Rate: 1_250_000,
		Bounds: queue.Bounds{Limit: "2000", From: "20:00", To: "06:30"},
	}
}

func newView(t *testing.T, lang i18n.Lang, size fyne.Size) (*queue.View, *office, fyne.Window) {
	t.Helper()
	t.Setenv("TZ", "UTC")
	a := test.NewTempApp(t)
	look.Dress(a)
	o := open(t)
	w := test.NewTempWindow(t, nil)
	v := queue.NewView(o.model, lang, w, nil)
	w.SetContent(v.Body)
	w.Resize(size)
	return v, o, w
}

func shot(t *testing.T, name string, lang i18n.Lang, w fyne.Window, size fyne.Size) {
	t.Helper()
	w.Resize(size.AddWidthHeight(1, 0)) // wrapped words take their height at the second look
	w.Resize(size)
	test.AssertImageMatches(t, fmt.Sprintf("%s-%s-%d.png", name, lang, int(size.Width)), w.Canvas().Capture())
}

func TestTheQueueSaysWhatIsOnlyHere(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, size := range sizes {
			v, _, w := newView(t, lang, size)
			v.Draw(some(t))
			shot(t, "queue", lang, w, size)
		}
	}
}

func TestAWrongBoundIsToldAtItsField(t *testing.T) {
	v, _, w := newView(t, i18n.ZH, sizes[0])
	s := some(t)
	s.Closed, s.BoundsFault = true, queue.BoundsFault{Limit: true, To: true}
	v.Draw(s)
	shot(t, "faults", i18n.ZH, w, sizes[0])
}

func TestTheSheetForFreeingShowsWhatIsHeldAndWhy(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		v, _, w := newView(t, lang, sizes[0])
		v.Draw(some(t))
		test.Tap(button(t, w, i18n.Say(lang, "desk.queue.free")))
		s := some(t)
		end := time.Date(2031, 3, 2, 0, 0, 0, 0, time.UTC)
		ever := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		s.Free = &queue.Free{
			May: []queue.Kept{{Row: s.Rows[4]}},
			Held: []queue.Kept{
				{Row: s.Rows[2], Until: ever, Holds: []outbox.Hold{outbox.HoldReceipt}},
				{Row: s.Rows[3], Until: end, Holds: []outbox.Hold{outbox.HoldRetention, outbox.HoldYoung}},
				{Row: s.Rows[1], Until: ever, Holds: []outbox.Hold{outbox.HoldRetention, outbox.HoldUnconfirmed}},
			},
		}
		v.Draw(s)
		shot(t, "freeing", lang, w, sizes[0])
	}
}

// button finds a button by its words.
func button(t *testing.T, w fyne.Window, text string) *look.Button {
	t.Helper()
	for _, o := range test.LaidOutObjects(w.Content()) {
		if b, ok := o.(*look.Button); ok && b.Text == text {
			return b
		}
	}
	t.Fatalf("no button %q", text)
	return nil
}
