package player

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// maxEvents bounds the time line; a recording of nothing but gaps is described well enough by so many.
const maxEvents = 2000

// texts gives what was typed, by digest.
func (t *teller) texts() map[string]string {
	all := map[string]string{}
	raw, err := t.show.read(evidence.FileTexts, 8*smallFile)
	if err != nil {
		return all
	}
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		var said struct{ Text string }
		if json.Unmarshal(line, &said) == nil && said.Text != "" {
			sum := sha256.Sum256(line)
			all[hex.EncodeToString(sum[:])] = said.Text
		}
	}
	return all
}

// journal reads start, length and events; what of it is damaged is passed over.
func (t *teller) journal(texts map[string]string) {
	f, err := t.show.recording.Files.Open(evidence.FileJournal)
	if err != nil {
		t.unread(evidence.FileJournal)
		return
	}
	defer f.Close()
	r := evidence.NewJournalReader(io.LimitReader(f, journalFile))
	n := narrator{teller: t, texts: texts}
	for {
		e, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.unread(evidence.FileJournal)
			}
			break
		}
		if e.Err == nil || errors.Is(e.Err, evidence.ErrChain) {
			n.line(e.Line)
		}
	}
	n.end()
	slices.SortStableFunc(t.facts.Events, func(a, b Event) int { return cmp.Compare(a.FromMS, b.FromMS) })
}

// narrator turns journal lines into events.
type narrator struct {
	*teller
	texts   map[string]string
	pause   *Event // that has not ended yet
	speaker *Event
}

func (n *narrator) add(kind, sign, text string, from, to int64) {
	if len(n.facts.Events) < maxEvents {
		n.facts.Events = append(n.facts.Events, Event{kind, sign, text, from, to})
	}
}

// into reads a body and reports whether it is one.
func into(l evidence.Line, body any) bool { return json.Unmarshal(l.Body, body) == nil }

// line tells of one journal line what belongs on the time line.
func (n *narrator) line(l evidence.Line) {
	lang := string(n.lang)
	switch l.Kind {
	case evidence.KindStart:
		var b evidence.StartBody
		if into(l, &b) {
			if at, err := evidence.ParseTime(b.ZeroUTC); err == nil {
				n.facts.Start = at.UnixMilli()
			}
		}
	case evidence.KindSegment:
		var b evidence.SegmentBody
		if into(l, &b) {
			n.facts.Duration = max(n.facts.Duration, b.ToMS)
		}
	case evidence.KindMark:
		var b evidence.MarkBody
		if into(l, &b) {
			n.add("mark", "◆", n.with(catalog.Name(n.words.Markers, b.Mark, lang), n.texts[b.TextSHA256]), b.AtMS, b.AtMS)
		}
	case evidence.KindPause, evidence.KindResume:
		n.turn(l)
	case evidence.KindGap:
		var b evidence.GapBody
		if into(l, &b) && b.Cause != evidence.CauseBreak {
			medium := "player.gap.video"
			if b.Medium == "audio" {
				medium = "player.gap.audio"
			}
			n.add("gap", "✗", n.with(n.say(medium), catalog.Name(n.words.GapCauses, b.Cause, lang)), b.FromMS, b.ToMS)
		}
	case evidence.KindDevice:
		n.device(l)
	case evidence.KindPrint:
		var b evidence.PrintBody
		if into(l, &b) {
			n.add("print", "▤", n.say("player.printed", "paper", n.document(b.Paper)), b.AtMS, b.AtMS)
		}
	case evidence.KindRecover:
		var b evidence.RecoverBody
		if into(l, &b) {
			n.add("gap", "✗", n.say("player.recovered", "lost", clock(b.LostMaxMS)), b.DurableMS, b.DurableMS)
		}
	}
}

func (n *narrator) document(code string) string {
	for _, d := range n.words.Documents {
		if d.Code == code && n.lang == "en" {
			return d.EN
		} else if d.Code == code {
			return d.ZH
		}
	}
	return code
}

// turn is a break's beginning or end.
func (n *narrator) turn(l evidence.Line) {
	var b evidence.BreakBody
	if !into(l, &b) {
		return
	}
	text := n.texts[b.TextSHA256]
	if l.Kind == evidence.KindPause {
		reason := catalog.Name(n.words.Interruptions, b.Reason, string(n.lang))
		n.pause = &Event{"break", "‖", n.with(n.say("player.break", "reason", reason), text), b.AtMS, b.AtMS}
		return
	}
	if n.pause != nil {
		n.pause.ToMS = b.AtMS
		n.add(n.pause.Kind, n.pause.Sign, n.pause.Text, n.pause.FromMS, n.pause.ToMS)
		n.pause = nil
	}
	n.add("mark", "▶", n.with(n.say("player.resumed"), text), b.AtMS, b.AtMS)
}

// device is what a camera or microphone did, or the loudspeaker.
func (n *narrator) device(l evidence.Line) {
	var b evidence.DeviceBody
	if !into(l, &b) || b.What == "opened" {
		return
	}
	if b.Role == "speaker" {
		if b.What == "play" {
			n.speaker = &Event{"speaker", "♪", n.say("player.speaker"), b.AtMS, b.AtMS}
		} else if n.speaker != nil {
			n.add(n.speaker.Kind, n.speaker.Sign, n.speaker.Text, n.speaker.FromMS, b.AtMS)
			n.speaker = nil
		}
		return
	}
	role, what := n.known("player.role.", b.Role), n.known("player.did.", b.What)
	n.add("device", "!", n.say("player.device", "role", role, "name", b.Name, "what", what), b.AtMS, b.AtMS)
}

// known gives the words of a code that the page has words for, else the code.
func (n *narrator) known(prefix, code string) string {
	key := prefix + code
	if words := n.say(key); words != key {
		return words
	}
	return code
}

// end tells what had not ended when the journal did.
func (n *narrator) end() {
	for _, e := range []*Event{n.pause, n.speaker} {
		if e != nil {
			n.add(e.Kind, e.Sign, e.Text, e.FromMS, n.facts.Duration)
		}
	}
}
