package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// DutyLog is what a verifier must understand of data/dutylog.json; what else it holds is for people.
type DutyLog struct {
	V       int               `json:"v"`
	Duty    DutyDay           `json:"duty"`
	Before  json.RawMessage   `json:"before"`
	Entries []json.RawMessage `json:"entries"`
}

// checkDuty compares the duty log that people read with the plan and with the texts, which the journal signed one by
// one. A package of another kind holds none of it.
func (c *checker) checkDuty() {
	p := c.report.Plan
	if p == nil || c.report.told(FilePlan) {
		return
	}
	switch {
	case p.Kind == "" && p.Duty == nil:
		return
	case p.Kind != KindDutyDay || p.Duty == nil:
		c.report.fault(Fault{Code: FaultForm, File: FilePlan, What: fmt.Sprintf("a package of kind %q is not known here", p.Kind)})
		return
	}
	if len(c.story.order) > 0 || len(c.story.marks) > 0 || len(c.story.gaps) > 0 {
		c.report.fault(Fault{Code: FaultOrder, File: FileJournal, What: "a day of a duty log has neither media nor marks"})
	}
	if c.report.Record == nil {
		return // it is not sealed yet, or something was told
	}
	same(c, "duty log", c.report.Record.DutyLogSHA, c.sums[FileDutyLog].SHA256)
	same(c, "printed duty log", c.report.Record.DutyLogPDF, c.sums[FileDutyPDF].SHA256)
	if !c.report.told(FileDutyLog) && !c.report.told(FileTexts) && !c.report.told(FileJournal) {
		c.compareDuty(*p.Duty)
	}
}

func (c *checker) compareDuty(day DutyDay) {
	log, texts, err := c.readDuty()
	if err != nil {
		c.report.fault(Fault{Code: FaultForm, File: FileDutyLog, What: err.Error()})
		return
	}
	differs := func(format string, args ...any) {
		c.report.fault(Fault{Code: FaultDisagrees, File: FileDutyLog, What: fmt.Sprintf(format, args...)})
	}
	if log.V != 1 || log.Duty != day {
		differs("is of another day than the plan")
	}
	var before []byte
	entries := 0
	for _, t := range c.story.texts {
		if t.Off < 0 || t.Len < 0 || t.Off+t.Len > int64(len(texts)) {
			return // told already
		}
		raw := texts[t.Off : t.Off+t.Len]
		switch t.What {
		case TextDutyBefore:
			before = raw
		case TextDutyEntry:
			if entries >= len(log.Entries) || !sameCompact(log.Entries[entries], raw) {
				differs("entry %d is not the one that the journal signed", entries)
				return
			}
			entries++
		default:
			differs("the journal tells of a text %q, which no day holds", t.What)
		}
	}
	if entries != len(log.Entries) {
		differs("holds %d entries; the journal signed %d", len(log.Entries), entries)
	}
	if !sameCompact(log.Before, before) {
		differs("what was open before is not what the journal signed")
	}
}

func (c *checker) readDuty() (log DutyLog, texts []byte, err error) {
	raw, err := readSmall(c.fsys, FileDutyLog, maxSmallFile)
	if err != nil {
		return log, nil, err
	}
	if err := json.Unmarshal(raw, &log); err != nil {
		return log, nil, err
	}
	texts, err = readSmall(c.fsys, FileTexts, maxSmallFile)
	return log, texts, err
}

// sameCompact reports whether a is b but for blanks.
func sameCompact(a, b []byte) bool {
	var x bytes.Buffer
	if len(a) == 0 || json.Compact(&x, a) != nil {
		return len(a) == 0 && len(b) == 0
	}
	return bytes.Equal(x.Bytes(), b)
}
