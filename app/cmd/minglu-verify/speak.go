package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"minglu/capture/evidence"
	"minglu/capture/evidence/words"
)

// speaker writes a report for people.
type speaker struct {
	w     *bufio.Writer
	words words.Words
}

func speak(known words.Words, r *evidence.Report, w io.Writer) error {
	s := speaker{bufio.NewWriter(w), known}
	s.verdict(r)
	s.answers(r)
	s.faults("faults", r.Faults)
	s.faults("dangling", r.Dangling)
	s.gaps(r)
	s.layers(r)
	s.remarks(r)
	s.skipped(r)
	return s.w.Flush()
}

func (s speaker) say(key, what string) string { return s.words.Say(key, what) }

func (s speaker) line(format string, args ...any) { fmt.Fprintf(s.w, format+"\n", args...) }

func (s speaker) verdict(r *evidence.Report) {
	s.line("%s  %s  %s", r.Verdict, s.say("verdict."+string(r.Verdict), ""), r.ID)
	if p := r.Plan; p != nil && p.Duty != nil {
		s.line("  %s %s %s %s", s.say("dutylog", "duty log"), p.Duty.Title, p.Duty.Hall, p.Duty.Day)
	}
	if r.Start != "" {
		s.line("  %s %s, %s %s", s.say("start", "start"), r.Start, s.say("duration", "duration"), minutes(r.Duration))
	}
	if r.Seal != "" {
		s.line("  %s %s", s.say("seal", "seal"), r.Seal)
	}
}

func (s speaker) answers(r *evidence.Report) {
	s.line("")
	s.line("%s: %s", s.say("bytes", "bytes"), s.say("bytes."+string(r.Bytes.State), r.Bytes.What))
	s.line("%s: %s", s.say("signer", "signer"), s.say("signer."+string(r.Signer.State), r.Signer.What))
	if len(r.Layers) > 0 {
		p := r.Layers[0].Signer
		s.line("  %s (%s), %s %s", p.Name, p.Issuer, s.say("serial", "serial"), p.Serial)
	}
	if r.Signer.State != evidence.SignerTrusted {
		s.line("  %s", r.Signer.What)
	}
	s.line("%s: %s", s.say("time", "time"), s.say("time."+string(r.Time.State), r.Time.What))
	s.line("  %s %s", s.say("not_before", "not before"), or(r.NotBefore, "—"))
	s.line("  %s %s", s.say("not_after", "not after"), or(r.NotAfter, "—"))
}

func (s speaker) faults(title string, faults []evidence.Fault) {
	s.heading(title, len(faults))
	for _, f := range faults {
		where := fmt.Sprintf("%s @ %d", or(f.File, "—"), f.Offset)
		if m := f.Minutes(); m != "" {
			where += "  [" + m + "]"
		}
		s.line("  %s: %s", where, s.say("fault."+string(f.Code), f.What))
		if s.words["fault."+string(f.Code)] != "" {
			s.line("      %s", f.What)
		}
	}
}

// heading opens a part of the report and counts its rows; a part without any is left out.
func (s speaker) heading(title string, rows int) {
	if rows > 0 {
		s.line("")
		s.line("%s (%d)", s.say(title, title), rows)
	}
}

func (s speaker) gaps(r *evidence.Report) {
	s.heading("gaps", len(r.Gaps))
	for _, g := range r.Gaps {
		s.line("  %s %s %s–%s: %d, %s", g.Track, s.say("medium."+g.Medium, g.Medium), minutes(g.FromMS), minutes(g.ToMS), g.Count, s.say("cause."+g.Cause, g.Cause))
	}
}

func (s speaker) layers(r *evidence.Report) {
	s.heading("layers", len(r.Layers))
	for _, l := range r.Layers {
		state := s.say("layer.trusted", "trusted")
		if !l.Whole {
			state = s.say("layer.broken", "does not fit")
		} else if !l.Trusted {
			state = s.say("layer.untrusted", "not vouched for")
		}
		s.line("  %03d %s, %s %s: %s", l.Layer, s.say("role."+l.Signer.Role, l.Signer.Role), l.Signer.Name, l.Signer.Suite, state)
		if l.Token != "" {
			s.line("      %s %s (%s)", s.say("token", "timestamp"), l.Token, l.By)
		}
	}
	if p := r.Receipt; p != nil {
		s.line("  %s %s, %s #%d/%d", s.say("receipt", "receipt"), p.Time, p.Origin, p.Index, p.Size)
	}
}

func (s speaker) remarks(r *evidence.Report) {
	s.heading("remarks", len(r.Remarks))
	for _, m := range r.Remarks {
		s.line("  [%s] %s", minutes(m.AtMS), s.say("remark."+string(m.Code), m.What))
		if s.words["remark."+string(m.Code)] != "" {
			s.line("      %s", m.What)
		}
	}
}

func (s speaker) skipped(r *evidence.Report) {
	if len(r.NotCheck) == 0 {
		return
	}
	s.line("")
	s.line("%s", s.say("not_checked", "not checked"))
	for _, what := range slices.Sorted(slices.Values(r.NotCheck)) {
		s.line("  %s", s.say(what, what))
	}
}

func minutes(ms int64) string { return fmt.Sprintf("%d:%02d.%03d", ms/60000, ms/1000%60, ms%1000) }

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
