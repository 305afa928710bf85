package archive

import (
	"fmt"
	"strings"
	"time"
)

// ParseDays reads a day, a month or a year as people type them (2026-11-25, 2026/11/25, 2026年11月25日, 20261125,
// 2026-11, 2026) and gives its beginning and the beginning of the next one, on this machine's calendar. What is
// blank gives zero times.
func ParseDays(typed string) (from, next time.Time, err error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return from, next, nil
	}
	for _, f := range []struct {
		years, months, days int
		forms               []string
	}{
		{0, 0, 1, []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"}},
		{0, 1, 0, []string{"2006-1", "2006/1", "2006.1", "2006年1月"}},
		{1, 0, 0, []string{"2006", "2006年"}},
	} {
		for _, form := range f.forms {
			if t, err := time.ParseInLocation(form, typed, time.Local); err == nil {
				return t, t.AddDate(f.years, f.months, f.days), nil
			}
		}
	}
	return from, next, &coded{"archive.day", fmt.Sprintf("%.20q is no day like 2026-11-25", typed)}
}
