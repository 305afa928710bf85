package hall

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/catalog"
	"minglu/sync/outbox"
)

// words turn codes, times and states into what people read.
type words struct {
	lang  i18n.Lang
	rules *duty.Rules
}

// say gives a sentence of this page.
func (w words) say(key string, pairs ...string) string {
	return i18n.Say(w.lang, "desk.hall."+key, pairs...)
}

func (w words) explain(err error) string {
	e := i18n.Explain(err, w.lang)
	return e.What + e.Do
}

// kind names a kind of entry.
func (w words) kind(code string) string { return w.rules.ShortKind(code, w.lang) }

// clock writes a moment as people do: the time of day, and the date before it if that is another day.
func (w words) clock(text string, day calendar.Day) string {
	at, ok := moment(text)
	if !ok {
		return ""
	}
	at = at.In(calendar.Legal())
	if calendar.DayOf(at) == day {
		return at.Format("15:04")
	}
	return at.Format("01-02 15:04")
}

// length writes a time span in its two largest units.
func (w words) length(d time.Duration) string {
	d = d.Abs()
	minutes := int(d.Minutes())
	switch {
	case d >= 48*time.Hour:
		return w.say("days", "n", strconv.Itoa(minutes/(24*60)))
	case d >= time.Hour:
		return w.say("hours", "h", strconv.Itoa(minutes/60), "m", strconv.Itoa(minutes%60))
	}
	return w.say("minutes", "n", strconv.Itoa(minutes))
}

// left says how a matter stands to its limit, with a sign and a colour.
func (w words) left(c Clocked) (text string, colour look.Colour) {
	switch {
	case c.State == duty.MatterPaused:
		return w.say("paused"), look.Faint
	case c.Due == "":
		return w.say("no_limit"), look.Faint
	case c.Alarm == duty.Red:
		return w.say("over", "time", w.length(c.Left)), look.Red
	case c.Alarm == duty.Amber:
		return w.say("soon", "time", w.length(c.Left)), look.Amber
	}
	if c.Left >= 24*time.Hour {
		return w.say("until", "at", w.clock(c.Due, "")), look.Ink // its days are working days
	}
	return w.say("left", "time", w.length(c.Left)), look.Ink
}

// head is the first line of an entry in a list.
func (w words) head(r Row, day calendar.Day) string {
	text := w.clock(r.When(), day) + "　"
	switch act := w.act(r.Entry); {
	case r.Act == duty.Rate:
		text += act
	case act != "":
		text += w.kind(r.Kind) + " · " + act
	default:
		text += w.kind(r.Kind)
	}
	if r.Author != "" {
		text += "　" + w.author(r.Author)
	}
	if len(r.Amended) > 0 {
		text += "　⚠ " + w.say("amended", "at", w.clock(r.Amended[len(r.Amended)-1], day))
	}
	if r.Amends != "" {
		text += "　" + w.say("amends", "at", w.clock(r.Amends, day))
	}
	return text
}

func (w words) author(name string) string {
	if name == duty.System {
		return w.say("system")
	}
	return name
}

// act names what an entry did; "" for one that only tells.
func (w words) act(e duty.Entry) string {
	if e.Act == duty.Note || e.Act == "" {
		return ""
	}
	if e.Act == duty.Begin && e.Kind == incident {
		return w.emergency(e.Code)
	}
	return w.say("act." + string(e.Act))
}

func (w words) emergency(code string) string {
	return catalog.Name(w.rules.Words().Emergencies, code, string(w.lang))
}

func (w words) tier(code string) string {
	return catalog.Name(w.rules.Words().Tiers, code, string(w.lang))
}

func (w words) rating(code string) string {
	return catalog.Name(w.rules.Words().Ratings, code, string(w.lang))
}

func (w words) limit(code string) string { return w.rules.LimitName(code, string(w.lang)) }

// tell is the second line of an entry: all that it says, in one line.
func (w words) tell(e duty.Entry) string {
	var parts []string
	add := func(text string) {
		if text = strings.Join(strings.Fields(text), " "); text != "" {
			parts = append(parts, text)
		}
	}
	switch e.Act {
	case duty.Rate:
		add(w.rating(e.Code))
	case duty.Review:
		add(w.say("review." + e.Code))
	case duty.Patrol:
		add(catalog.Name(w.rules.Patrols, e.Code, string(w.lang)))
	case duty.Posted:
		add(w.posted(e))
	case duty.DayClose:
		add(w.say("close_count", "n", strconv.FormatInt(e.Count, 10)))
	}
	if e.Act == duty.Hand || e.Act == duty.ShiftOffer || e.Act == duty.Carry {
		add("→ " + e.Owner)
	}
	add(e.Text)
	add(e.Outcome)
	add(e.Reason)
	add(strings.Join(e.Lacks, w.say("list")))
	add(strings.Join(e.People, w.say("list")))
	add(e.Desk)
	if e.Recording != e.Text {
		add(e.Recording)
	}
	add(e.Taxpayer.Name)
	return strings.Join(parts, "　")
}

// posted says which part of the board an entry changed, or cleared.
func (w words) posted(e duty.Entry) string {
	text := w.say("board." + e.Code)
	if e.Text == "" {
		text += w.say("board.empty")
	}
	return text
}

// under is the second line of a matter: its limit and its owner.
func (w words) under(c Clocked) string {
	parts := []string{}
	if c.Emergency != "" {
		parts = append(parts, w.emergency(c.Emergency))
	} else {
		parts = append(parts, w.kind(c.Kind))
	}
	if c.Limit != "" {
		parts = append(parts, w.limit(c.Limit))
	}
	parts = append(parts, cmp.Or(c.Owner, w.say("no_owner")))
	if n := len(c.Pauses); n > 0 && c.State == duty.MatterPaused {
		parts = append(parts, c.Pauses[n-1].Reason)
	}
	return strings.Join(parts, " · ")
}

// title is a matter's in one line; what a rating opened has none of its own.
func (w words) title(text string) string {
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		return text
	}
	return w.say("rating_matter")
}

// state names what became of a day.
func (w words) state(s duty.DayState) (text, sign string, colour look.Colour) {
	switch s {
	case duty.DayClosed:
		return w.say("state.closed"), "✓", look.Green
	case duty.DaySystem:
		return w.say("state.system"), "△", look.Amber
	case duty.DayReopened:
		return w.say("state.lacking"), "!", look.Amber
	case duty.DayOpen:
		return w.say("state.open"), "○", look.Blue
	}
	return w.say("state.empty"), "", look.Faint
}

// sealed says how far the package of a day is.
func (w words) sealed(p Sealed) (string, look.Colour) {
	switch p.State {
	case outbox.Received, outbox.Released:
		return w.say("sealed.received", "id", p.ID), look.Green
	case outbox.Blocked, outbox.Refused, outbox.Lost:
		return w.say("sealed.stuck", "id", p.ID), look.Red
	}
	return w.say("sealed.waiting", "id", p.ID), look.Blue
}

// lack says what stands against closing the day.
func (w words) lack(l duty.Lack) string {
	return i18n.Say(w.lang, "duty.lack."+l.Code, "title", w.title(l.Title), "owner", cmp.Or(l.Owner, w.say("no_owner")))
}

// remark says what a reader of the day should know.
func (w words) remark(r duty.Remark) string {
	return i18n.Say(w.lang, "duty.remark."+r.Code, "detail", r.Detail)
}

func (w words) weekday(day calendar.Day) string {
	return w.say("weekday." + strconv.Itoa(int(day.At("12:00").In(calendar.Legal()).Weekday())))
}

func (w words) options(terms []catalog.Term) []look.Option {
	var list []look.Option
	for _, t := range terms {
		list = append(list, look.Option{Code: t.Code, Text: t.In(string(w.lang))})
	}
	return list
}

func (w words) kinds() []look.Option {
	var list []look.Option
	for _, t := range w.rules.KindCodes() {
		list = append(list, look.Option{Code: t.Code, Text: w.kind(t.Code)})
	}
	return list
}

// none puts a choice of nothing before others.
func (w words) none(list []look.Option) []look.Option {
	return append([]look.Option{{Text: w.say("none")}}, list...)
}

func (w words) limits() []look.Option {
	var list []look.Option
	for _, l := range w.rules.Limits {
		list = append(list, look.Option{Code: l.Code, Text: l.Code + " " + w.limit(l.Code)})
	}
	return list
}

// field names a part of an entry.
func (w words) field(name string) string {
	text := i18n.Say(w.lang, "duty.field."+name)
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
