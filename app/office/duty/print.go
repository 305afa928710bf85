package duty

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/paper"
)

// Heading is what a printed day bears beside what the day says of itself. Package is "" for a day not sealed.
type Heading struct {
	Org      string
	Title    string // of the hall
	Package  string
	ClosedBy string
	Part     int64
	Language string // zh or en
}

// printing is one duty log on its way to paper.
type printing struct {
	*paper.Sheet
	rules *Rules
	h     Heading
	lang  i18n.Lang
}

// Print gives a day, or several one after the other, as a PDF. The same days give the same bytes.
func (r *Rules) Print(h Heading, days ...*Day) ([]byte, error) {
	sheet, err := paper.New()
	if err != nil {
		return nil, err
	}
	p := printing{sheet, r, h, i18n.ZH}
	if h.Language == "en" {
		p.lang = i18n.EN
	}
	for i, d := range days {
		if i > 0 {
			p.Turn()
		}
		p.day(d)
	}
	p.edges()
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if n := len(days); n > 0 {
		made = days[n-1].Day.At("00:00").UTC()
	}
	return sheet.PDF(p.say("title")+" "+h.Title+" "+h.Package, made)
}

func (p printing) say(key string, pairs ...string) string {
	return i18n.Say(p.lang, "duty.paper."+key, pairs...)
}

// clock is a time of day in legal time, with the date when it is another day's.
func (p printing) clock(at string, day calendar.Day) string {
	t, err := evidence.ParseTime(at)
	switch {
	case err != nil:
		return at
	case calendar.DayOf(t) == day:
		return t.In(calendar.Legal()).Format("15:04")
	}
	return t.In(calendar.Legal()).Format("2006-01-02 15:04")
}

const labelWidth = 30.0

func (p printing) field(label, value string) {
	p.Row(paper.Cell{Width: labelWidth, Text: p.say(label), Label: true},
		paper.Cell{Width: paper.Right - paper.Left - labelWidth, Text: value})
}

func (p printing) day(d *Day) {
	p.Centre(paper.SizeHead, p.h.Org)
	p.Centre(paper.SizeTitle, p.say("title"))
	p.Y += 2
	p.field("hall", p.h.Title+" "+d.Hall)
	p.field("day", string(d.Day)+" "+p.weekday(d.Day))
	p.field("shifts", p.shifts(d))
	p.field("closed", p.closed(d))
	p.field("counts", p.counts(d))
	if p.h.Package != "" {
		p.field("package", p.h.Package+" · "+p.say("part", "n", strconv.FormatInt(p.h.Part, 10)))
	}
	p.Heading(p.say("entries"))
	for i, e := range d.Entries {
		p.entry(d, i+1, e)
	}
	p.matters(d)
	p.remarks(d)
}

func (p printing) weekday(day calendar.Day) string {
	t := day.At("12:00")
	words := strings.Split(p.say("weekdays"), " ")
	name := words[int(t.Weekday())%len(words)]
	switch holiday := p.rules.calendar.Holiday(day); {
	case holiday != "":
		return name + " " + holiday
	case !p.rules.calendar.Working(day):
		return name + " " + p.say("off")
	}
	return name
}

func (p printing) shifts(d *Day) string {
	var lines []string
	for _, s := range d.Shifts {
		to := p.say("running")
		switch {
		case s.To != "":
			to = p.clock(s.To, d.Day)
		case len(d.Closings) > 0:
			to = p.clock(d.Closings[0].At, d.Day)
		}
		lines = append(lines, s.Leader+" "+p.clock(s.From, d.Day)+"–"+to)
	}
	return cmp.Or(strings.Join(lines, "\n"), p.say("nobody"))
}

func (p printing) closed(d *Day) string {
	if len(d.Closings) == 0 {
		return p.say("not_closed")
	}
	var lines []string
	for _, c := range d.Closings {
		if c.System {
			lines = append(lines, p.say("closed_system", "at", p.clock(c.At, d.Day)))
			continue
		}
		lines = append(lines, p.say("closed_by", "by", c.By, "at", p.clock(c.At, d.Day)))
	}
	return strings.Join(lines, "\n")
}

// counts is how many entries there are of each kind, and the ratings.
func (p printing) counts(d *Day) string {
	n := map[string]int{}
	for _, e := range d.Entries {
		n[e.Kind]++
	}
	var parts []string
	for _, k := range p.rules.words.DutyKinds {
		if n[k.Code] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", k.In(string(p.lang)), n[k.Code]))
		}
	}
	for i := len(d.Ratings) - 1; i >= 0; i-- {
		if d.Ratings[i] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", catalog.Name(p.rules.words.Ratings, strconv.Itoa(i+1), string(p.lang)), d.Ratings[i]))
		}
	}
	return strings.Join(parts, p.say("comma"))
}

// entry writes one line of the log: who and when in small letters, the text, then what it says beside.
func (p printing) entry(d *Day, number int, e Entry) {
	head := []string{fmt.Sprintf("%03d", number), p.clock(e.When(), d.Day), p.rules.KindName(e.Kind, string(p.lang))}
	if act := p.say("act." + string(e.Act)); e.Act != Note {
		head = append(head, act)
	}
	for _, part := range []string{p.rules.ZoneName(e.Zone, string(p.lang)), e.Desk, p.author(e), e.Machine} {
		if part != "" {
			head = append(head, part)
		}
	}
	p.Need(paper.Line(paper.SizeSmall) + paper.Line(paper.SizeBody))
	p.Paragraph(paper.SizeSmall, "", strings.Join(head, "  "))
	if e.Text != "" {
		p.Paragraph(paper.SizeBody, "　", e.Text)
	}
	if beside := p.beside(d, e); beside != "" {
		p.Paragraph(paper.SizeTable, "　", beside)
	}
	p.Y += 1
}

func (p printing) author(e Entry) string {
	switch {
	case e.Author == System:
		return p.say("system")
	case e.Act == Rate:
		return p.say("anonymous")
	}
	return e.Author
}

// beside is everything an entry says in fields.
func (p printing) beside(d *Day, e Entry) string {
	var parts []string
	put := func(label, value string) {
		if value != "" {
			parts = append(parts, p.say(label)+p.say("colon")+value)
		}
	}
	put("taxpayer", strings.TrimSpace(e.Taxpayer.Name+" "+e.Taxpayer.USCC))
	put("owner", e.Owner)
	put("tier", catalog.Name(p.rules.words.Tiers, e.Tier, string(p.lang)))
	put("limit", p.rules.LimitName(e.Limit, string(p.lang)))
	if e.Due != "" {
		put("due", p.clock(e.Due, d.Day))
	}
	put("code", p.code(e))
	put("people", strings.Join(e.People, p.say("comma")))
	put("lacks", strings.Join(e.Lacks, p.say("comma")))
	put("reason", e.Reason)
	put("outcome", e.Outcome)
	put("recording", e.Recording)
	if e.Stated != "" {
		put("recorded", p.clock(e.Recorded, d.Day))
	}
	put("corrects", short(e.Corrects))
	put("matter", short(e.Matter))
	if e.Opens() || len(d.Corrections[e.ID]) > 0 {
		put("number", short(e.ID))
	}
	if by := d.Corrections[e.ID]; len(by) > 0 {
		put("corrected", short(by[len(by)-1]))
	}
	return strings.Join(parts, p.say("semicolon"))
}

func (p printing) code(e Entry) string {
	lang := string(p.lang)
	switch {
	case e.Code == "":
		return ""
	case e.Act == Rate:
		return catalog.Name(p.rules.words.Ratings, e.Code, lang)
	case e.Kind == "INCIDENT":
		return catalog.Name(p.rules.words.Emergencies, e.Code, lang)
	case e.Act == Patrol:
		return catalog.Name(p.rules.Patrols, e.Code, lang)
	case e.Act == Review:
		return p.say("review." + e.Code)
	case e.Act == Posted && e.Text == "":
		return p.say("board."+e.Code) + p.say("board.empty")
	case e.Act == Posted:
		return p.say("board." + e.Code)
	}
	return e.Code
}

// short is as much of an id as people compare.
func short(id string) string { return id[:min(8, len(id))] }

// matters lists what is still open at the day's end, and why.
func (p printing) matters(d *Day) {
	p.Heading(p.say("open"))
	open := d.Open()
	if len(open) == 0 {
		p.Paragraph(paper.SizeBody, "　", p.say("none"))
	}
	for _, m := range open {
		why := p.say("unexplained")
		for _, c := range m.Carried {
			if c.Day == d.Day {
				why = p.say("carried", "reason", c.Reason, "owner", c.Owner)
			}
		}
		due := ""
		if m.Due != "" {
			due = p.say("due") + p.say("colon") + p.clock(m.Due, d.Day) + p.say("semicolon")
		}
		p.Paragraph(paper.SizeBody, "　", short(m.ID)+" "+m.Title+p.say("semicolon")+due+why)
	}
}

func (p printing) remarks(d *Day) {
	if len(d.Remarks) == 0 {
		return
	}
	p.Heading(p.say("remarks"))
	for _, r := range d.Remarks {
		p.Paragraph(paper.SizeTable, "　", strings.TrimSpace(i18n.Say(p.lang, "duty.remark."+r.Code, "detail", r.Detail)+" "+short(r.Entry)))
	}
}

// edges writes what stands on every page.
func (p printing) edges() {
	p.Edges(func(page, pages int) {
		if page > 1 {
			p.Write(paper.Left, 12, paper.SizeSmall, p.say("title"))
		}
		p.Flush(12, paper.SizeSmall, strings.TrimSpace(p.h.Title+" "+p.h.Package))
		p.Y = 18
		p.Box(paper.Left, paper.Right-paper.Left, 0)
		p.Y = paper.Bottom + 4
		p.Box(paper.Left, paper.Right-paper.Left, 0)
		p.Write(paper.Left, paper.Bottom+8, paper.SizeTable, p.say("sign"))
		p.Middle(281, paper.SizeSmall, p.say("page", "page", strconv.Itoa(page), "pages", strconv.Itoa(pages)))
	})
}
