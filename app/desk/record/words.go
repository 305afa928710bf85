package record

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"minglu/app/desk/look"
	"minglu/app/i18n"
	"minglu/capture"
	"minglu/capture/attach"
)

// PerHour is what an hour of one camera and its sound takes, in bytes.
const PerHour = capture.PerHour

// Clock writes a length of milliseconds as 1:02:03.
func Clock(ms int64) string { return look.Length(time.Duration(ms) * time.Millisecond) }

func decibels(db float64) string { return strconv.Itoa(int(max(db, -96))) }

// warnings are the troubles of a running recording in words, each with what to do.
func warnings(l Live, say func(key string, pairs ...string) string) []string {
	var all []string
	for _, device := range slices.Sorted(maps.Keys(l.Status.Troubles)) {
		_, role, _ := strings.Cut(device, " ")
		all = append(all, say("desk.warn."+role+"."+l.Status.Troubles[device]))
	}
	if l.Status.FreeBytes > 0 && l.Status.FreeBytes < capture.LowDisk {
		all = append(all, say("desk.warn.disk", "minutes", strconv.FormatInt(l.Status.FreeBytes*60/PerHour, 10)))
	}
	if l.Status.Waiting > 20 {
		all = append(all, say("desk.warn.slow"))
	}
	return all
}

// Say puts a notice into words.
func (n Notice) Say(lang i18n.Lang) string {
	switch n.Kind {
	case NoticeSealed:
		e := n.Event
		text := i18n.Say(lang, "desk.notice.sealed", "id", e.ID, "length", Clock(e.DurationMS))
		if e.Detail != "" {
			text += i18n.Say(lang, "desk.notice.sealed_fault", "why", i18n.Explain(&attach.Refused{Code: e.Code, Detail: e.Detail}, lang).What)
		}
		return text
	case NoticeCutOff:
		return i18n.Say(lang, "desk.notice.cut_off", "id", n.ID, "kept", kept(n.Event.DurableMS), "lost", seconds(n.Event.LostMS))
	case NoticeRecovered:
		if n.Event.DurableMS == nil || *n.Event.DurableMS == 0 {
			return i18n.Say(lang, "desk.notice.recovered_empty", "id", n.ID)
		}
		return i18n.Say(lang, "desk.notice.recovered", "id", n.ID, "kept", kept(n.Event.DurableMS), "lost", seconds(n.Event.LostMS))
	case NoticeDied:
		return i18n.Say(lang, "desk.notice.died", "id", n.ID)
	}
	e := i18n.Explain(n.Fault, lang)
	text := e.Sentences() + " [" + e.Code + "]"
	if e.Code == "unknown" && len(e.Detail) > 0 {
		text += " " + strings.ReplaceAll(e.Detail[0], "\n", "; ")
	}
	return text
}

// Alarm reports whether a notice is bad news.
func (n Notice) Alarm() bool {
	return n.Kind == NoticeDied || n.Kind == NoticeFault || n.Kind == NoticeCutOff
}

// kept writes what was saved as a length of time.
func kept(ms *int64) string {
	if ms == nil {
		return Clock(0)
	}
	return Clock(*ms)
}

func seconds(ms *int64) string {
	if ms == nil {
		return "0"
	}
	return strconv.FormatFloat((time.Duration(*ms) * time.Millisecond).Seconds(), 'f', 1, 64)
}
