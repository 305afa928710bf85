// Package calendar knows working days: weekends, national holidays and the days that make up for them.
//
// The years are data (assets/duty/calendar.json); a bureau puts its own file into its home. A year whose holidays
// were not yet published is counted by its statutory days and weekends alone, and says so.
package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"minglu/assets"
	"minglu/capture/strict"
)

// Version is the form of the files this program reads.
const Version = 1

// Day is a date of the country's legal time, written 2026-05-04.
type Day string

// layout is how a Day is written.
const layout = time.DateOnly

// Legal is the one legal time of the country; it has no summer time.
func Legal() *time.Location { return time.FixedZone("CST", 8*3600) }

// DayOf is the date of a moment in legal time.
func DayOf(t time.Time) Day { return Day(t.In(Legal()).Format(layout)) }

// ParseDay reads a date; only the one spelling is taken.
func ParseDay(text string) (Day, error) {
	t, err := time.ParseInLocation(layout, text, Legal())
	if err != nil || t.Format(layout) != text || t.Year() < 2000 {
		return "", fmt.Errorf("%.40q is not a day like 2026-05-04", text)
	}
	return Day(text), nil
}

// At is the moment of a day at a time of day in legal time; clock is written 17:30 and has been checked.
func (d Day) At(clock string) time.Time {
	t, err := time.ParseInLocation(layout+" 15:04", string(d)+" "+clock, Legal())
	if err != nil {
		return d.start()
	}
	return t
}

func (d Day) start() time.Time {
	t, _ := time.ParseInLocation(layout, string(d), Legal()) // a Day is right by its type
	return t
}

// Plus is the day n calendar days later.
func (d Day) Plus(n int) Day { return Day(d.start().AddDate(0, 0, n).Format(layout)) }

// Year is the year of the day.
func (d Day) Year() int { return d.start().Year() }

// Month is written 2026-05.
func (d Day) Month() string { return string(d)[:min(7, len(d))] }

// Holiday is a stretch of days off, both ends included.
type Holiday struct {
	ZH   string `json:"zh"`
	EN   string `json:"en"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Year is the holidays of one year. Published says that the state has announced them with the make-up days.
type Year struct {
	Year      int       `json:"year"`
	Published bool      `json:"published"`
	Source    string    `json:"source"`
	Holidays  []Holiday `json:"holidays"`
	Workdays  []string  `json:"workdays"` // weekend days that are worked
}

// file is a calendar file.
type file struct {
	V     int    `json:"v"`
	Years []Year `json:"years"`
}

// Calendar is a checked calendar. It is not changed after it is read.
type Calendar struct {
	years []Year
	off   map[Day]string // day → name of the holiday, Chinese
	on    map[Day]bool
}

// Load reads the built-in calendar.
func Load() (*Calendar, error) { return Parse("calendar.json", assets.Calendar) }

// Parse reads a calendar file; name is what its faults are told under. The error is strict.Faults with every
// fault and its line; nothing of a faulty file is used.
func Parse(name string, data []byte) (*Calendar, error) {
	var f file
	doc := strict.Decode(name, data, &f)
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	if f.V != Version {
		doc.Refuse("v", strict.Value, f.V, strconv.Itoa(Version))
	}
	if len(f.Years) == 0 {
		doc.Refuse("years", strict.Missing, nil, "")
	}
	c := &Calendar{years: f.Years, off: map[Day]string{}, on: map[Day]bool{}}
	seen := map[int]bool{}
	for i, y := range f.Years {
		field := fmt.Sprintf("years[%d]", i)
		if y.Year < 2000 || y.Year > 2200 {
			doc.Refuse(field+".year", strict.Value, y.Year, "2000 … 2200")
		}
		if seen[y.Year] {
			doc.Refuse(field+".year", strict.Double, y.Year, "")
		}
		seen[y.Year] = true
		c.holidays(doc, field, y)
		c.workdays(doc, field, y)
	}
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	return c, nil
}

// maxHoliday is the longest holiday in days: a wrong year in a date must not turn half a year off.
const maxHoliday = 20

func (c *Calendar) holidays(doc *strict.Doc, field string, y Year) {
	for i, h := range y.Holidays {
		at := fmt.Sprintf("%s.holidays[%d]", field, i)
		if strings.TrimSpace(h.ZH) == "" {
			doc.Refuse(at+".zh", strict.Missing, nil, "")
		}
		if strings.TrimSpace(h.EN) == "" {
			doc.Refuse(at+".en", strict.Missing, nil, "")
		}
		from, okFrom := date(doc, at+".from", h.From, y.Year)
		to, okTo := date(doc, at+".to", h.To, y.Year)
		switch {
		case !okFrom || !okTo:
		case to < from || to > from.Plus(maxHoliday-1):
			doc.Refuse(at+".to", strict.Value, h.To, fmt.Sprintf("%s … %s", from, from.Plus(maxHoliday-1)))
		default:
			for d := from; d <= to; d = d.Plus(1) {
				if c.off[d] != "" {
					doc.Refuse(at+".from", strict.Double, string(d), "")
				}
				c.off[d] = h.ZH
			}
		}
	}
}

func (c *Calendar) workdays(doc *strict.Doc, field string, y Year) {
	for i, text := range y.Workdays {
		at := fmt.Sprintf("%s.workdays[%d]", field, i)
		d, ok := date(doc, at, text, y.Year)
		switch {
		case !ok:
		case c.on[d]:
			doc.Refuse(at, strict.Double, text, "")
		case c.off[d] != "":
			doc.Refuse(at, strict.Value, text, "≠ "+c.off[d])
		case !weekend(d):
			doc.Refuse(at, strict.Value, text, "Sat | Sun")
		default:
			c.on[d] = true
		}
	}
}

func date(doc *strict.Doc, field, text string, year int) (Day, bool) {
	d, err := ParseDay(text)
	if err != nil || d.Year() != year {
		doc.Refuse(field, strict.Value, text, fmt.Sprintf("%04d-MM-DD", year))
		return "", false
	}
	return d, true
}

func weekend(d Day) bool {
	w := d.start().Weekday()
	return w == time.Saturday || w == time.Sunday
}

// Working reports whether a day is worked.
func (c *Calendar) Working(d Day) bool {
	return c.on[d] || c.off[d] == "" && !weekend(d)
}

// Holiday is the Chinese name of the holiday a day belongs to, "" for none.
func (c *Calendar) Holiday(d Day) string { return c.off[d] }

// Published reports whether the holidays of a year are known as the state announced them. Deadlines that reach
// into another year are provisional.
func (c *Calendar) Published(year int) bool {
	i := slices.IndexFunc(c.years, func(y Year) bool { return y.Year == year })
	return i >= 0 && c.years[i].Published
}

// Years lists what the calendar holds.
func (c *Calendar) Years() []Year { return slices.Clone(c.years) }

// maxCount bounds a walk over days: no deadline lies further off.
const maxCount = 4000

// After is the n-th working day after d, which does not count itself; 0 is d itself.
func (c *Calendar) After(d Day, n int) Day {
	for range maxCount {
		if n <= 0 {
			break
		}
		d = d.Plus(1)
		if c.Working(d) {
			n--
		}
	}
	return d
}

// Between counts the working days after from up to and with to; 0 if to is not later.
func (c *Calendar) Between(from, to Day) (n int) {
	for range maxCount {
		if from >= to {
			break
		}
		from = from.Plus(1)
		if c.Working(from) {
			n++
		}
	}
	return n
}
