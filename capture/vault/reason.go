package vault

import (
	"minglu/capture/evidence"
	"minglu/capture/seal"
	"minglu/capture/transcript"
)

// Reason is why a recording was cut off, as a person says afterwards.
type Reason struct {
	Code string // of the catalogue's interruptions
	By   string
	Text string // may be empty
}

// fileReason writes why the recording was cut off as a break that nothing follows; what was typed goes to the
// texts. A break that was open ends at the same moment: one interruption gave way to the other. A reason that
// stands already, because this was cut off too, is not repeated.
func fileReason(chain *seal.Chain, tally *seal.Tally, d *Draft, r Reason) error {
	if tally.Reasoned {
		return nil
	}
	at := tally.Recovered.DurableMS
	if n := len(tally.Breaks); n > 0 && tally.Breaks[n-1].Resume == nil {
		at = max(at, tally.Breaks[n-1].Pause.AtMS)
		end := evidence.BreakBody{AtMS: at, By: r.By}
		if _, err := chain.Add(evidence.KindResume, end); err != nil {
			return err
		}
	}
	digest, err := fileWords(chain, tally, d, r, at)
	if err != nil {
		return err
	}
	_, err = chain.Add(evidence.KindPause, evidence.BreakBody{Reason: r.Code, AtMS: at, By: r.By, TextSHA256: digest})
	return err
}

// fileWords keeps what was typed, its line before the line of the journal that names it.
func fileWords(chain *seal.Chain, tally *seal.Tally, d *Draft, r Reason, at int64) (digest string, err error) {
	if r.Text == "" {
		return "", nil
	}
	raw, err := transcript.Words(tally.TextRev+1, "reason", r.By, r.Text, at)
	if err != nil {
		return "", err
	}
	off, err := d.AppendText(raw)
	if err != nil {
		return "", err
	}
	digest, _ = evidence.Digests(raw)
	_, err = chain.Add(evidence.KindText, evidence.TextBody{
		Rev: tally.TextRev + 1, What: "reason", Off: off, Len: int64(len(raw)), SHA256: digest, Author: r.By, AtMS: at,
	})
	return digest, err
}
