package hall

import (
	"strings"
	"time"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// moment reads a time as entries write it; ok false for "".
func moment(text string) (time.Time, bool) {
	at, err := evidence.ParseTime(text)
	return at, err == nil
}

// BadWhen refuses a time that a person typed.
type BadWhen struct{ Typed string }

func (b *BadWhen) Error() string { return "read time " + b.Typed }

// FaultCode is the key of the sentence.
func (b *BadWhen) FaultCode() string { return "duty.when" }

// Pairs fill the sentence.
func (b *BadWhen) Pairs() []string { return []string{"got", b.Typed} }

// ParseWhen reads a time as a person writes it, in legal time: 9:05, 11-27, 11-27 17:30, 2026-11-27 17:30; a date alone
// means the end of its day's hours. "" answers "". The answer is written as entries write times.
func ParseWhen(text string, now time.Time, end string) (string, error) {
	text = strings.Join(strings.Fields(strings.NewReplacer("：", ":", "/", "-", "　", " ").Replace(text)), " ")
	if text == "" {
		return "", nil
	}
	now = now.In(calendar.Legal())
	for _, form := range []struct{ layout, before, behind string }{
		{"2006-1-2 15:4", now.Format("2006-1-2 "), ""},
		{"2006-1-2 15:4", now.Format("2006-"), ""},
		{"2006-1-2 15:4", "", ""},
		{"2006-1-2 15:4", now.Format("2006-"), " " + end},
		{"2006-1-2 15:4", "", " " + end},
	} {
		at, err := time.ParseInLocation(form.layout, form.before+text+form.behind, calendar.Legal())
		if err == nil && at.Year() >= 2000 && at.Year() < 3000 {
			return evidence.FormatTime(at), nil
		}
	}
	return "", &BadWhen{text}
}
