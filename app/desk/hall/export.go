package hall

import (
	"bytes"
	"context"
	"path/filepath"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/durable"
)

// Export is a day or a month to be written into a file.
type Export struct {
	Day    calendar.Day // or
	Month  string       // 2026-11
	Form   string       // pdf, csv
	Report bool         // a month's numbers in place of its entries
}

// Save writes a day or a month into a file; the answer has its path.
func (m *Model) Save(what Export) (key string) {
	key = duty.NewID()
	m.reads.put(func(ctx context.Context) {
		path, err := m.save(ctx, what)
		m.answer(Answer{Key: key, Path: path, Err: err})
	})
	return key
}

func (m *Model) save(ctx context.Context, what Export) (path string, err error) {
	days, name, err := m.span(ctx, what)
	if err != nil {
		return "", err
	}
	var raw []byte
	switch {
	case what.Report:
		raw, err = m.report(what.Month, days)
		name += "-report"
	case what.Form == "pdf":
		raw, err = m.Log.Rules.Print(m.heading(), days...)
	default:
		var table bytes.Buffer
		err = m.Log.Rules.WriteCSV(&table, m.language(), days...)
		raw = table.Bytes()
	}
	if err != nil {
		return "", err
	}
	return m.keepPaper(name+"."+what.Form, raw)
}

// keepPaper writes a paper into the folder of papers, whole or not at all.
func (m *Model) keepPaper(name string, raw []byte) (path string, err error) {
	if err := durable.MkdirAll(durable.OS{}, m.ports.Folder); err != nil {
		return "", err
	}
	path = filepath.Join(m.ports.Folder, m.Log.Hall+"-"+name)
	return path, durable.WriteFile(durable.OS{}, path, raw)
}

// span reads the days that are asked for; a span without entries is refused.
func (m *Model) span(ctx context.Context, what Export) (days []*duty.Day, name string, err error) {
	from, to, name := what.Day, what.Day, string(what.Day)
	if what.Month != "" {
		first, err := time.ParseInLocation("2006-01", what.Month, calendar.Legal())
		if err != nil {
			return nil, "", &BadWhen{what.Month}
		}
		from, to, name = calendar.DayOf(first), calendar.DayOf(first.AddDate(0, 1, -1)), what.Month
	}
	sums, err := m.Log.Days(ctx, from, to)
	if err != nil {
		return nil, "", err
	}
	for _, s := range sums {
		d, err := m.Log.Day(ctx, s.Day)
		if err != nil {
			return nil, "", err
		}
		days = append(days, d)
	}
	if len(days) == 0 {
		return nil, "", &duty.Fault{Code: "duty.day_empty", Got: name}
	}
	return days, name, nil
}
