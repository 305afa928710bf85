// Package pdf prints the written record on the prescribed form.
//
// The paper is a function of transcript.json alone: the same record gives the same bytes on every machine.
package pdf

import (
	"fmt"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/paper"
	"minglu/capture/transcript"
)

// Render gives data/transcript.pdf.
func Render(t transcript.Transcript) ([]byte, error) {
	return render(t, func(transcript.Labels) string { return "" })
}

// Draft gives the paper of a record that is not sealed. Each page says that it is unsigned: while it is written it is
// a draft, and once the person reads it, reading, it is the paper to be read and signed.
func Draft(t transcript.Transcript, reading bool) ([]byte, error) {
	return render(t, func(l transcript.Labels) string {
		if reading {
			return l.Unsigned
		}
		return l.Draft
	})
}

// render prints the record; what stamp says stands on every page.
func render(t transcript.Transcript, stamp func(transcript.Labels) string) ([]byte, error) {
	labels, err := transcript.Prescribed(t.Language)
	if err != nil {
		return nil, err
	}
	sheet, err := paper.New()
	if err != nil {
		return nil, err
	}
	f := form{t: t, l: labels, sheet: sheet, stamp: stamp(labels)}
	f.write()
	raw, err := sheet.PDF(labels.Title+" "+t.Recording.ID, f.made())
	if err != nil {
		return nil, fmt.Errorf("print transcript %s: %w", t.Recording.ID, err)
	}
	return raw, nil
}

// made is the moment the paper carries: the end of the questioning, or its beginning.
func (f form) made() time.Time {
	for _, written := range []string{f.t.Form.End, f.t.Recording.Start, f.t.Form.Start} {
		if t, err := evidence.ParseTime(written); err == nil {
			return t
		}
	}
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
}
