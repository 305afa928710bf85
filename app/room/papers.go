package room

import (
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
	"minglu/capture/transcript/pdf"
)

// Papers makes the transcript and its printed form of what was typed. A recording in which nothing was typed
// has none.
func Papers(bureau string) func(evidence.Plan, evidence.Record, []byte) (map[string][]byte, error) {
	return func(plan evidence.Plan, record evidence.Record, texts []byte) (map[string][]byte, error) {
		form, err := transcript.New(plan, bureau)
		if err != nil {
			return nil, err
		}
		book := transcript.NewBook(form)
		if _, err := book.Replay(texts); err != nil {
			return nil, err
		}
		t := book.Transcript()
		if len(t.Segments) == 0 {
			return nil, nil
		}
		state(&t, record)
		json, err := t.Marshal()
		if err != nil {
			return nil, err
		}
		paper, err := pdf.Render(t)
		if err != nil {
			return nil, err
		}
		return map[string][]byte{evidence.FileTranscript: json, evidence.FilePDF: paper}, nil
	}
}

// state fills in what only the finished recording knows.
func state(t *transcript.Transcript, record evidence.Record) {
	if t.Form.Start == "" {
		t.Form.Start, t.Form.End = record.Start, record.End
	}
	t.NoteMarks(record.Marks)
	r := &t.Recording
	r.Start, r.DurationMS, r.JournalHead, r.JournalLines = record.Start, record.DurationMS, record.JournalHead, record.JournalLines
	r.Method, r.Maker = record.SoftwareName, record.Plan.Operator.Name
	if r.Maker == "" && len(record.Plan.Officers) > 0 {
		r.Maker = record.Plan.Officers[0].Name
	}
	r.Proves = record.Plan.ItemTitle
	reasons := map[string]string{}
	if words, err := catalog.LoadWords(); err == nil {
		for _, cause := range words.GapCauses {
			reasons[cause.Code] = cause.In(t.Language)
		}
	}
	for _, g := range record.Gaps {
		if reason := reasons[g.Cause]; reason != "" {
			r.Breaks = append(r.Breaks, transcript.Break{FromMS: g.FromMS, ToMS: g.ToMS, Reason: reason})
		}
	}
}
