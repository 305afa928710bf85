package duty

import (
	"encoding/csv"
	"io"
	"strings"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/capture/evidence"
)

// columns of a CSV file, by the keys of their headings under "duty.csv.".
func columns() []string {
	return []string{"day", "time", "recorded", "kind", "act", "author", "zone", "desk", "text", "taxpayer", "uscc", "owner",
		"tier", "limit", "due", "code", "reason", "outcome", "people", "lacks", "recording", "matter", "corrects", "machine", "id"}
}

// WriteCSV writes days as a table that a spreadsheet opens: UTF-8 with its mark, RFC 4180, and no cell that a
// spreadsheet would take for a formula.
func (r *Rules) WriteCSV(to io.Writer, lang i18n.Lang, days ...*Day) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true
	var head []string
	for _, c := range columns() {
		head = append(head, i18n.Say(lang, "duty.csv."+c))
	}
	if err := w.Write(head); err != nil {
		return err
	}
	for _, d := range days {
		for _, e := range d.Entries {
			if err := w.Write(r.cells(e, string(lang))); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

func (r *Rules) cells(e Entry, lang string) []string {
	cells := []string{string(e.Day), local(e.When()), local(e.Recorded), r.KindName(e.Kind, lang), i18n.Say(i18n.Lang(lang), "duty.paper.act."+string(e.Act)),
		e.Author, r.ZoneName(e.Zone, lang), e.Desk, e.Text, e.Taxpayer.Name, e.Taxpayer.USCC, e.Owner, e.Tier, r.LimitName(e.Limit, lang),
		local(e.Due), e.Code, e.Reason, e.Outcome, strings.Join(e.People, "; "), strings.Join(e.Lacks, "; "), e.Recording, e.Matter,
		e.Corrects, e.Machine, e.ID}
	for i, c := range cells {
		cells[i] = Harmless(c)
	}
	return cells
}

// Harmless keeps a spreadsheet from running a cell as a formula: what begins like one gets an apostrophe before it.
func Harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// local writes a time of the log in legal time, as spreadsheets read it.
func local(at string) string {
	t, err := evidence.ParseTime(at)
	if err != nil {
		return at
	}
	return t.In(calendar.Legal()).Format("2006-01-02 15:04:05")
}
