package hall_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
)

// fill brings n entries of another machine into a log, 160 a day, the newest yesterday.
func fill(t *testing.T, l *duty.Log, n int) {
	t.Helper()
	other, day := dutytest.NewOther(t, l), calendar.Day("2026-11-24").Plus(-n/160)
	for i := range n {
		if i%160 == 0 && i > 0 {
			day = day.Plus(1)
		}
		other.Enter(day.At("09:00").Add(time.Duration(i%160)*3*time.Minute),
			duty.Entry{Author: "张三", Kind: "CONSULT", Act: duty.Note, Text: "咨询申报，第" + strconv.Itoa(i) + "件"})
	}
	other.Flush()
}

// blank counts the rows in sight of a list, and those of them without words.
func blank(list fyne.CanvasObject) (rows, empty int) {
	for _, o := range test.LaidOutObjects(list) {
		if label, ok := o.(*widget.Label); ok && label.Visible() {
			rows++
			if label.Text == "" {
				empty++
			}
		}
	}
	return rows, empty
}

// shownList is the list of the page that has rows.
func shownList(t *testing.T, o *window) *look.List {
	t.Helper()
	var found *look.List
	for _, object := range test.LaidOutObjects(o.w.Canvas().Content()) {
		if l, ok := object.(*look.List); ok && l.Visible() && l.Length() > 50 {
			found = l
		}
	}
	if found == nil {
		t.Fatal("no list with rows is shown")
	}
	return found
}

// MINGLU_HALL_ENTRIES=400000 makes it ten years.
func TestScrollingThroughAllDaysNeverShowsAnEmptyRow(t *testing.T) {
	n := 1000
	if text := os.Getenv("MINGLU_HALL_ENTRIES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	l, _ := morning(t)
	fill(t, l, n)
	o := open(t, l, i18n.ZH, sizes()[0])
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		o.m.Run(ctx)
		close(done)
	}()
	defer func() {
		stop()
		<-done
	}()
	o.v.Again()
	o.v.Again() // the calendar, with the search over all days
	o.typed("咨询")
	until := func(ok func() bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				f := o.m.Found.Newest()
				t.Fatalf("no more rows came: %d for %q, more %v, busy %v, %v", len(f.Rows), f.Words, f.More, f.Busy, f.Fault)
			}
		}
	}
	until(func() bool { return len(o.m.Found.Newest().Rows) > 0 })
	o.draw()
	list := shownList(t, o)
	var slowest time.Duration
	pages := 0
	for at := float32(0); len(o.m.Found.Newest().Rows) < min(n, 20_000); at += 300 {
		drawn := list.Length()
		began := time.Now()
		list.ScrollToOffset(at) // before, and after, the page that it asks for has come
		rows, empty := blank(list)
		slowest = max(slowest, time.Since(began))
		if pages++; rows < 10 || empty > 0 {
			t.Fatalf("at %.0f: %d lines in sight, %d of them empty", at, rows, empty)
		}
		if list.GetScrollOffset() < at { // at the end of what has come
			until(func() bool {
				o.v.DrawFound(o.m.Found.Newest())
				return list.Length() > drawn // it may have come already
			})
		}
		o.v.DrawFound(o.m.Found.Newest())
		if rows, empty := blank(list); rows < 10 || empty > 0 {
			t.Fatalf("at %.0f, drawn again: %d lines in sight, %d of them empty", at, rows, empty)
		}
	}
	t.Logf("%d entries in the log, %d steps through %d rows, the slowest took %v", n, pages, len(o.m.Found.Newest().Rows), slowest)
}
