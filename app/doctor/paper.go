package doctor

import (
	"strconv"
	"time"

	"minglu/app/i18n"
	"minglu/capture/paper"
)

// Examination is one whole look at a machine.
type Examination struct {
	At      time.Time `json:"at"`
	Version string    `json:"version"`
	Room    string    `json:"room"`
	Title   string    `json:"title"`
	Results []Result  `json:"results"`
}

// Tally counts the results.
func (e Examination) Tally() Tally {
	t := Tally{Event: "doctor"}
	for _, r := range e.Results {
		t.count(r.State)
	}
	return t
}

// Widths of the paper's columns in millimetres: check, state, what was found and what to do.
const (
	paperCheck = 34.0
	paperState = 18.0
)

// Paper prints an examination: one page that hangs beside the machine, or goes to who can help.
func Paper(e Examination, lang i18n.Lang) ([]byte, error) {
	say := func(key string, pairs ...string) string { return i18n.Say(lang, "doctor.paper."+key, pairs...) }
	t := e.Tally()
	l := paper.List{
		Title: say("title"), Made: e.At, Note: say("note"),
		Facts: [][2]string{
			{say("room"), e.Room + " " + e.Title}, {say("at"), e.At.Local().Format("2006-01-02 15:04:05")}, {say("version"), e.Version},
			{say("verdict"), i18n.Say(lang, "doctor.summary", "ok", strconv.Itoa(t.OK), "warn", strconv.Itoa(t.Warn),
				"fail", strconv.Itoa(t.Fail), "skipped", strconv.Itoa(t.Skipped))},
		},
		Head:   []string{say("check"), say("state"), say("found")},
		Widths: []float64{paperCheck, paperState, paper.ListWidth - paperCheck - paperState},
	}
	for _, r := range e.Results {
		found := r.Found
		if r.State == Warn || r.State == Fail {
			if r.Do != "" {
				found += "\n→ " + r.Do
			}
			found += "\n" + i18n.Say(lang, "doctor.asks", "who", r.Ask)
		}
		l.Rows = append(l.Rows, []string{r.Title, say("state." + string(r.State)), found})
	}
	return paper.RenderList(l)
}
