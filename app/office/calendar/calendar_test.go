package calendar_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"minglu/app/office/calendar"
	"minglu/assets"
	"minglu/capture/strict"
)

func load(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHolidaysAndTheDaysThatMakeUpForThemAreAsPublished(t *testing.T) {
	c := load(t)
	for day, working := range map[calendar.Day]bool{
		"2025-01-26": true, "2025-01-27": true, "2025-01-28": false, "2025-02-04": false, "2025-02-08": true,
		"2025-09-28": true, "2025-10-08": false, "2025-10-09": true, "2025-10-11": true, "2025-10-12": false,
		"2026-01-04": true, "2026-02-14": true, "2026-02-23": false, "2026-02-24": true, "2026-05-09": true,
		"2026-06-19": false, "2026-09-20": true, "2026-10-07": false, "2026-10-10": true, "2026-11-28": false,
	} {
		if got := c.Working(day); got != working {
			t.Errorf("%s: working %v; want %v", day, got, working)
		}
	}
	if c.Holiday("2026-02-17") != "春节" || c.Holiday("2026-02-14") != "" {
		t.Error("the holidays have wrong names")
	}
	if !c.Published(2026) || c.Published(2027) || c.Published(2030) {
		t.Error("it is not said which years are published")
	}
}

func TestEveryPublishedYearHasItsThirteenStatutoryDays(t *testing.T) {
	for _, y := range load(t).Years() {
		days := 0
		for _, h := range y.Holidays {
			for d := calendar.Day(h.From); d <= calendar.Day(h.To); d = d.Plus(1) {
				days++
			}
		}
		if days < 13 {
			t.Errorf("%d has %d days off; the law gives 13", y.Year, days)
		}
	}
}

func TestWorkingDaysAreCountedOverHolidays(t *testing.T) {
	c := load(t)
	for _, x := range []struct {
		from calendar.Day
		n    int
		want calendar.Day
	}{
		{"2026-11-25", 3, "2026-11-30"}, {"2026-11-27", 1, "2026-11-30"}, {"2026-11-28", 1, "2026-11-30"},
		{"2026-02-13", 1, "2026-02-14"}, {"2026-02-13", 3, "2026-02-25"}, {"2026-09-30", 3, "2026-10-10"},
		{"2026-11-25", 15, "2026-12-16"}, {"2026-11-25", 0, "2026-11-25"}, {"2025-12-31", 1, "2026-01-04"},
	} {
		if got := c.After(x.from, x.n); got != x.want {
			t.Errorf("%d working days after %s: got %s; want %s", x.n, x.from, got, x.want)
		}
		if got := c.Between(x.from, x.want); x.n > 0 && got != x.n {
			t.Errorf("from %s to %s: got %d working days; want %d", x.from, x.want, got, x.n)
		}
	}
	if c.Between("2026-11-25", "2026-11-20") != 0 {
		t.Error("days were counted backwards")
	}
}

func TestADayIsThatOfLegalTime(t *testing.T) {
	at := time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	if got := calendar.DayOf(at); got != "2026-11-25" {
		t.Errorf("got %s", got)
	}
	if got := calendar.Day("2026-11-25").At("17:30").UTC(); got != time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC) {
		t.Errorf("got %s", got)
	}
	for _, text := range []string{"", "2026-2-3", "2026-02-30", "1999-01-01", "26-01-01", "2026-01-01 "} {
		if _, err := calendar.ParseDay(text); err == nil {
			t.Errorf("%q was taken for a day", text)
		}
	}
}

func TestEveryFaultOfABureausCalendarIsListed(t *testing.T) {
	text := string(assets.Calendar)
	for _, change := range [][2]string{
		{`"to": "2025-02-04"`, `"to": "2025-12-04"`}, // too long
		{`"from": "2026-01-01"`, `"from": "2025-01-01"`},
		{`"2026-02-14"`, `"2026-02-13"`}, // a Friday
		{`"2026-05-09", `, `"2026-05-09", "2026-05-09", `},
		{`"zh": "劳动节"`, `"zh": " "`},
		{`"2026-09-20"`, `"20. September"`},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the calendar has no %s", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	_, err := calendar.Parse("mine.json", []byte(text))
	var faults strict.Faults
	if !errors.As(err, &faults) || len(faults) != 6 {
		t.Fatalf("got %v; want 6 faults", err)
	}
	if slices.ContainsFunc(faults, func(f strict.Fault) bool { return f.Line == 0 || f.File != "mine.json" }) {
		t.Errorf("a fault has no place: %v", faults)
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add(assets.Calendar)
	f.Add([]byte(`{"v":1,"years":[{"year":2026,"published":true,"source":"","holidays":[{"zh":"a","en":"a","from":"2026-01-01","to":"2026-01-02"}],"workdays":["2026-01-03"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := calendar.Parse("f", data); err == nil {
			c.After("2026-01-01", 15)
		}
	})
}
