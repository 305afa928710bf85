package find

import (
	"fmt"
	"strconv"
	"strings"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/app/office/archive"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/sync/outbox"
)

// Clock writes a length of milliseconds as 12:05, from an hour on as 1:12:05.
func Clock(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

// speaker puts an archive's words into a language.
type speaker struct {
	lang  i18n.Lang
	items func(code string) string // the item's name, "" when it has none
	words *catalog.Words
}

func (s speaker) say(key string, pairs ...string) string { return i18n.Say(s.lang, key, pairs...) }

// item is the name of what was recorded; the plan's own words where the catalogue has none.
func (s speaker) item(c archive.Card) string {
	if name := s.items(c.Item); name != "" {
		return name
	}
	if c.Title != "" {
		return c.Title
	}
	return c.Item
}

func names(people []evidence.Person, comma string) string {
	var list []string
	for _, p := range people {
		list = append(list, p.Name)
	}
	return strings.Join(list, comma)
}

// title is the first line of a row: whom it is about.
func (s speaker) title(c archive.Card) string {
	parts := []string{c.Taxpayer.Name, names(c.Persons, s.say("desk.comma"))}
	text := strings.Trim(strings.Join(parts, "  "), " ")
	if text == "" {
		return c.ID
	}
	return text
}

// line is the second line: what, when, by whom.
func (s speaker) line(c archive.Card) string {
	var parts []string
	for _, part := range []string{s.item(c), s.when(c), length(c), names(c.Officers, s.say("desk.comma")), c.Case, c.ID} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " · ")
}

// when is the start on this machine's clock.
func (s speaker) when(c archive.Card) string {
	if c.StartMS == 0 {
		return ""
	}
	return c.Start().Local().Format("2006-01-02 15:04")
}

func length(c archive.Card) string {
	if c.DurationMS == 0 {
		return ""
	}
	return Clock(c.DurationMS)
}

// state is how the recording stands, in a few words.
func (s speaker) state(c archive.Card) string {
	if c.Fault != "" {
		return s.say("find.fault." + string(c.Fault))
	}
	return s.say("find.state." + string(c.State))
}

// sign shows the state without colour, and its colour.
func sign(c archive.Card) (string, look.Colour) {
	switch {
	case c.Fault != "", c.State == outbox.Refused, c.State == outbox.Blocked, c.State == outbox.Lost:
		return "×", look.Red
	case c.State == outbox.Released:
		return "◇", look.Green
	case c.State == outbox.Received:
		return "✓", look.Green
	}
	return "↑", look.Blue
}

// megabytes writes bytes for people.
func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }

// verdict is a report's answer in words, its sign and colour.
func (s speaker) verdict(r *evidence.Report) (sign, words string, colour look.Colour) {
	words = catalog.Name(s.words.Verdicts, string(r.Verdict), string(s.lang))
	switch {
	case r.Verdict == evidence.Authentic:
		return "✓", words, look.Green
	case r.Verdict.Accepted():
		return "✓", words, look.Amber
	}
	return "×", words, look.Red
}

// answers are the three answers in words: what the bytes say, who signed, and when.
func (s speaker) answers(r *evidence.Report) []string {
	signer := s.say("find.signer." + string(r.Signer.State))
	if r.Signer.State == evidence.SignerTrusted && len(r.Layers) > 0 {
		signer += s.say("find.signer.who", "name", r.Layers[0].Signer.Name, "issuer", r.Layers[0].Signer.Issuer)
	}
	time := s.say("find.time." + string(r.Time.State))
	for _, bound := range [][2]string{{"find.time.from", r.NotBefore}, {"find.time.to", r.NotAfter}} {
		if at, err := evidence.ParseTime(bound[1]); err == nil {
			time += s.say(bound[0], "at", at.Local().Format("2006-01-02 15:04:05"))
		}
	}
	return []string{s.say("find.bytes." + string(r.Bytes.State)), signer, time}
}

// wrong lists where a report found faults: which file, and which minutes it touches.
func (s speaker) wrong(r *evidence.Report) []string {
	const most = 8
	var all []string
	for i, f := range append(append([]evidence.Fault{}, r.Faults...), r.Dangling...) {
		if i == most {
			all = append(all, s.say("find.verdict.more", "n", strconv.Itoa(len(r.Faults)+len(r.Dangling)-most)))
			break
		}
		place := s.say("find.verdict.at", "file", f.File, "byte", strconv.FormatInt(f.Offset, 10), "code", string(f.Code))
		if m := f.Minutes(); m != "" {
			place += s.say("find.verdict.minutes", "minutes", m)
		}
		all = append(all, place)
	}
	return all
}
