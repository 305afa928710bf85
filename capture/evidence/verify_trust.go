package evidence

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// proof is a moment somebody trusted puts on a layer, and so on all before it.
type proof struct {
	layer int // 0: on the package by the receipt
	at    time.Time
	by    string
}

func partyOf(c *Certificate) Party {
	role := "other"
	switch {
	case c.HQ:
		role = "headquarters"
	case c.Room != "":
		role = "room"
	}
	return Party{Role: role, Name: c.Name, Issuer: c.Issuer, Serial: c.Serial, Suite: c.Suite, Fingerprint: c.Fingerprint()}
}

// judgeSigners decides for each layer whether somebody trusted vouches for it, at the earliest moment that
// somebody trusted proves, and answers who signed.
func (c *checker) judgeSigners() {
	c.findProofs()
	for _, l := range slices.Backward(c.layers) { // later layers prove when earlier ones were there
		l.report.Layer, l.report.Kind, l.report.Whole = l.n, l.manifest.Kind, l.whole
		if l.sealErr != nil {
			l.report.What = l.sealErr.Error()
		}
		if l.token != nil {
			l.report.Token, l.report.By = FormatTime(l.token.Time), l.token.Chain[0].Name
		}
		if l.whole {
			c.judgeLayer(l)
		}
	}
	for _, l := range c.layers {
		c.report.Layers = append(c.report.Layers, l.report)
	}
	if c.receipt != nil && !c.report.Receipt.Checked {
		c.report.notChecked(SkippedReceipt)
	}
	c.answerSigner()
}

// findProofs collects the tokens whose authority is trusted.
func (c *checker) findProofs() {
	for _, l := range c.layers {
		if l.token == nil || !l.whole {
			continue
		}
		if err := c.o.Roots.Trust(l.token.Chain, l.token.Time, UseStamp); err != nil {
			if !c.o.Roots.Empty() {
				c.report.remark(RemarkTokenTrust, 0, "layer %d: its timestamp by %q does not count: %v", l.n, l.token.Chain[0].Name, err)
			}
			continue
		}
		c.proofs = append(c.proofs, proof{l.n, l.token.Time, l.token.Chain[0].Name})
	}
	if c.receipt != nil && c.report.Receipt.Checked {
		c.proveByReceipt()
	}
}

// proveByReceipt counts the receipt's time, which a ledger key or headquarters' layer vouches for.
func (c *checker) proveByReceipt() {
	if at, err := ParseTime(c.receipt.Entry.Time); err == nil {
		c.proofs = append(c.proofs, proof{0, at, c.receipt.Head.Origin})
	}
}

// provenFor is the earliest proven moment at which layer n was there. A receipt names the room's first
// manifest and was given after both room layers were verified.
func (c *checker) provenFor(n int) (proof, bool) {
	var best proof
	found := false
	for _, p := range c.proofs {
		if (p.layer >= n || p.layer == 0 && n <= c.roomLayers()) && (!found || p.at.Before(best.at)) {
			best, found = p, true
		}
	}
	return best, found
}

func (c *checker) judgeLayer(l *layer) {
	chain, use := l.sig.Chain, UseSeal
	if l.manifest.Kind == LayerTimestamp {
		chain, use = l.token.Chain, UseStamp
	} else {
		l.report.Claimed = FormatTime(l.sig.Claimed)
	}
	at := c.o.At
	if p, ok := c.provenFor(l.n); ok {
		at = p.at
	}
	l.report.Signer, l.report.Judged = partyOf(chain[0]), FormatTime(at)
	err := c.o.Roots.Trust(chain, at, use)
	l.report.Trusted = err == nil
	if err != nil {
		l.report.What = err.Error()
		return
	}
	covers := func(ref FileDigest) bool { return ref.Path == FileReceipt }
	if c.receipt != nil && !c.report.Receipt.Checked && use == UseSeal && chain[0].HQ && slices.ContainsFunc(l.manifest.Refs, covers) {
		c.report.Receipt.Checked = true
		c.proveByReceipt()
	}
}

// answerSigner gives the second answer: the room's first layer decides, and no other signature may be
// one that nobody vouches for.
func (c *checker) answerSigner() {
	r := c.report
	switch {
	case len(c.layers) == 0 && c.story.signed == 0:
		r.Signer = Answer{SignerNone, "nothing here is signed"}
		return
	case len(c.layers) == 0:
		c.answerJournalSigner()
		return
	}
	if c.o.Roots.Empty() {
		r.notChecked(SkippedRoots)
		r.Signer = Answer{SignerUnknown, "no root certificate was given, so nobody vouches for the key"}
		return
	}
	if len(c.o.Roots.lists) == 0 {
		r.notChecked(SkippedRevoked)
	}
	first := r.Layers[0]
	r.Signer = Answer{SignerTrusted, fmt.Sprintf("signed by %q, vouched for by %q", first.Signer.Name, first.Signer.Issuer)}
	for _, l := range r.Layers {
		if l.Trusted || l.Kind == LayerTimestamp && l.Layer > 1 && l.Whole {
			continue
		}
		if l.Layer > 1 && l.Whole && l.Signer.Suite == SuiteSM2 && len(c.o.Roots.sm2) == 0 {
			r.notChecked(SkippedSM2Root)
			r.remark(RemarkLayer, 0, "layer %d: no SM2 root was given, so nobody vouches for its key", l.Layer)
			continue
		}
		r.Signer = Answer{SignerUntrusted, fmt.Sprintf("layer %d by %q: %s", l.Layer, l.Signer.Name, l.What)}
		return
	}
}

// answerJournalSigner answers for a package that has no layer yet.
func (c *checker) answerJournalSigner() {
	r := c.report
	if c.room == nil {
		r.Signer = Answer{SignerUnknown, "the journal is signed; the room's certificate was not given"}
		return
	}
	if err := c.o.Roots.Trust([]*Certificate{c.room}, c.o.At, UseSeal); err != nil {
		r.Signer = Answer{SignerUnknown, err.Error()}
		return
	}
	r.Signer = Answer{SignerTrusted, fmt.Sprintf("the journal is signed by %q", c.room.Name)}
}

// clockSlack is how far the room's clock may differ from a proven time without a word: tokens are cut to
// whole seconds, and a request takes its time.
const clockSlack = 10 * time.Second

// judgeTime gives the third answer.
func (c *checker) judgeTime() {
	c.checkTokens()
	r, s := c.report, c.story
	before := c.openedAfter()
	var after time.Time
	if p, ok := c.provenFor(1); ok && c.sealed() {
		after = p.at
		r.NotAfter = FormatTime(after)
		r.Time = Answer{TimeNotAfter, fmt.Sprintf("existed at %s, says %s; the room's own clock claims %s to %s", r.NotAfter, p.by, FormatTime(s.firstUTC), FormatTime(s.lastUTC))}
	} else {
		r.Time = Answer{TimeClaimed, fmt.Sprintf("only the room's own clock speaks: %s to %s", FormatTime(s.firstUTC), FormatTime(s.lastUTC))}
	}
	switch {
	case !before.IsZero() && !after.IsZero():
		r.Time.State = TimeBracketed
		r.Time.What = fmt.Sprintf("recorded not before %s (headquarters' statement) and not after %s", r.NotBefore, r.NotAfter)
	case !before.IsZero():
		r.Time.State = TimeNotBefore
		r.Time.What = fmt.Sprintf("recorded not before %s (headquarters' statement); nothing bounds it from above", r.NotBefore)
	}
	if !before.IsZero() && !after.IsZero() && after.Add(clockSlack).Before(before) {
		r.fault(Fault{Code: FaultTime, File: FileJournal, What: "it quotes a statement of " + r.NotBefore + " and was sealed by " + r.NotAfter})
	}
	c.compareClock(before, after)
}

// openedAfter is the moment before which the recording cannot have begun, zero when nothing proves one. A
// statement whose signature was not checked is told all the same.
func (c *checker) openedAfter() time.Time {
	for _, m := range c.report.Moments {
		if m.Kind != "not_before" || m.Line != 0 {
			continue
		}
		c.report.NotBefore = m.Time
		if at, err := ParseTime(m.Time); err == nil && m.Checked {
			return at
		}
	}
	return time.Time{}
}

// compareClock compares what the room's clock said with the proven times.
func (c *checker) compareClock(before, after time.Time) {
	r, s := c.report, c.story
	if s.firstUTC.IsZero() {
		return
	}
	early := !before.IsZero() && s.firstUTC.Add(clockSlack).Before(before)
	off := false
	late := !after.IsZero() && s.lastUTC.After(after.Add(clockSlack))
	for _, l := range c.layers {
		if d := c.claimOff(l); d > clockSlack || d < -clockSlack {
			r.remark(RemarkClockOff, 0, "the room's clock differed by %.0f s from the timestamp of layer %d", d.Seconds(), l.n)
			off = true
		}
	}
	if early {
		r.remark(RemarkClockOff, 0, "the room's clock said %s, before the statement of %s that it quotes", FormatTime(s.firstUTC), r.NotBefore)
	}
	if late {
		r.remark(RemarkClockOff, 0, "the room's clock said %s, after the proven %s", FormatTime(s.lastUTC), r.NotAfter)
	}
	if early || late || off {
		r.Time.State = TimeContradicted
		r.Time.What += "; the room's clock says otherwise"
	}
}

// claimOff is how far a signer's clock was from the timestamp that was fetched for the signature at once.
func (c *checker) claimOff(l *layer) time.Duration {
	if l.n > c.roomLayers() || !l.whole || l.token == nil || c.o.Roots.Trust(l.token.Chain, l.token.Time, UseStamp) != nil {
		return 0
	}
	return l.sig.Claimed.Sub(l.token.Time)
}

// checkTokens checks the timestamps that the journal holds.
func (c *checker) checkTokens() {
	for _, t := range c.story.tokens {
		tok, err := t.parse(c.story.heads[t.body.Line])
		if err != nil {
			c.report.fault(Fault{Code: FaultToken, File: FileJournal, Offset: t.off, What: fmt.Sprintf("timestamp over line %d: %v", t.body.Line, err)})
			continue
		}
		err = c.o.Roots.Trust(tok.Chain, tok.Time, UseStamp)
		var why *Distrust
		if errors.As(err, &why) && why.Reason != ReasonNoRoots {
			c.report.remark(RemarkTokenTrust, t.upToMS, "a timestamp by %q in the journal does not count: %v", tok.Chain[0].Name, err)
		}
		c.report.Moments = append(c.report.Moments, Moment{
			Kind: "not_after", Time: FormatTime(tok.Time), Line: t.body.Line, UpToMS: t.upToMS, By: tok.Chain[0].Name, Checked: err == nil,
		})
		if off := t.utc.Sub(tok.Time); err == nil && (off > clockSlack || off < -clockSlack) {
			c.report.remark(RemarkClockOff, t.upToMS, "the room's clock differed by %.0f s from a timestamp", off.Seconds())
		}
	}
}

// admit says what no verification of a lone package can tell.
func (c *checker) admit() {
	if !c.sealed() {
		f := Fault{Code: FaultNoSeal, File: ManifestPath(1), What: "is missing: the package was never sealed"}
		if c.bagged || c.info != nil {
			f.Code, f.What = FaultHalfSealed, "is missing: the sealing did not come to its end"
		}
		c.report.dangle(f)
	}
	if c.receipt == nil {
		c.report.notChecked(SkippedLayers)
	}
	c.report.notChecked(SkippedPicture)
}
