package queue

import (
	"fmt"
	"strconv"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/capture/evidence"
	"minglu/sync/outbox"
)

// title is the first line of a row: what it is.
func (r Row) title(lang i18n.Lang) string {
	when := ""
	if at, err := evidence.ParseTime(r.Start); err == nil {
		when = at.Local().Format("2006-01-02 15:04")
	}
	return r.ID + "  " + r.Item.In(string(lang)) + "  " + when
}

// state is the second line: how it stands, in plain words.
func (r Row) state(lang i18n.Lang) string {
	text := i18n.Say(lang, "desk.queue.state."+string(r.State))
	switch {
	case r.State == outbox.Uploading && r.Bytes > 0:
		text += fmt.Sprintf(" %d%%  %s", 100*r.Acked/r.Bytes, left(lang, r))
	case r.State == outbox.Received && !r.Received.IsZero():
		text += "  " + r.Received.Local().Format("2006-01-02 15:04")
	case r.Wait.Cause != "" && r.Wait.Cause != outbox.CauseTurn && r.State != outbox.Released:
		cause := "cause." + string(r.Wait.Cause)
		text += i18n.Say(lang, "desk.queue.because", "why", i18n.Say(lang, cause)+" "+i18n.Say(lang, cause+".do"))
	}
	return text
}

func left(lang i18n.Lang, r Row) string {
	if r.ETA < 0 {
		return ""
	}
	return i18n.Say(lang, "desk.queue.left", "time", look.Length(r.ETA))
}

// place says where the recording is.
func (r Row) place(lang i18n.Lang) string {
	switch {
	case r.OnlyHere():
		return i18n.Say(lang, "desk.queue.only_here")
	case r.State == outbox.Released:
		return i18n.Say(lang, "desk.queue.only_hq")
	}
	return i18n.Say(lang, "desk.queue.both")
}

// sign shows the state without colour, and its colour.
func (r Row) sign() (string, look.Colour) {
	switch r.State {
	case outbox.Received, outbox.Released:
		return "✓", look.Green
	case outbox.Refused, outbox.Blocked, outbox.Lost:
		return "×", look.Red
	case outbox.Recording:
		return "●", look.Red
	case outbox.Interrupted:
		return "!", look.Amber
	}
	return "↑", look.Blue
}

// megabytes writes bytes for people.
func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
