package settings

import (
	"time"

	"minglu/capture/strict"
)

// clockForm is how an hour of the day is written.
const clockForm = "15:04"

// ParseClock reads an hour of the day, as 20:00, as time since midnight.
func ParseClock(text string) (time.Duration, error) {
	t, err := time.Parse(clockForm, text)
	if err != nil {
		return 0, err
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// Hours are the hours of the day in which media may be sent, as time since midnight; both 0: at any time. The
// settings are whole, so that what is written can be read.
func (r Room) Hours() (from, to time.Duration) {
	if r.UploadFrom == "" {
		return 0, 0
	}
	from, _ = ParseClock(r.UploadFrom)
	to, _ = ParseClock(r.UploadTo)
	return from, to
}

// checkHours wants both hours or none, and that something lies between them.
func (r Room) checkHours(doc *strict.Doc) {
	const form = "HH:MM"
	if r.UploadFrom == "" && r.UploadTo == "" {
		return
	}
	for field, text := range map[string]string{"upload_from": r.UploadFrom, "upload_to": r.UploadTo} {
		if text == "" {
			doc.Refuse(field, strict.Missing, nil, form)
		} else if _, err := ParseClock(text); err != nil {
			doc.Refuse(field, strict.Value, text, form)
		}
	}
	if r.UploadFrom == r.UploadTo {
		doc.Refuse("upload_to", strict.Value, r.UploadTo, "≠ "+r.UploadFrom)
	}
}
