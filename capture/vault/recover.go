package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/seal"
)

// ErrEmpty is returned for a folder in which a crash left nothing, not even the plan.
var ErrEmpty = errors.New("nothing was recorded")

// Recovery closes what a crash left open.
type Recovery struct {
	Signer evidence.Signer
	Clock  clock.Clock
	// Open is the first line for a package that has none: the crash came before it.
	Open evidence.OpenBody
	// AliveMS is the last sign of life of the recorder, in recording time, or 0: what lies between it and
	// the last durable segment is lost.
	AliveMS int64
}

// Mend cuts off what was not whole and says so in a signed line. The journal stays open, so that a person may
// give the reason before Recover closes it. It may be cut off and done again.
func (v *Vault) Mend(id string, r Recovery) (evidence.RecoverBody, error) {
	return v.recover(id, r, func(*seal.Chain, *seal.Tally, *Draft) error { return nil })
}

// Recover mends what Mend did not, files the reason if one is given, and closes the journal of package id. It
// may be cut off and done again. A closed journal is left as it is.
func (v *Vault) Recover(id string, r Recovery, reason *Reason) (evidence.RecoverBody, error) {
	return v.recover(id, r, func(chain *seal.Chain, tally *seal.Tally, d *Draft) error {
		if reason != nil {
			if err := fileReason(chain, tally, d, *reason); err != nil {
				return err
			}
		}
		_, err := chain.Add(evidence.KindClose, tally.Closing("recovered"))
		return err
	})
}

// recover mends package id and lets end go on with its journal, unless that is closed.
func (v *Vault) recover(id string, r Recovery, end func(*seal.Chain, *seal.Tally, *Draft) error) (body evidence.RecoverBody, err error) {
	d, plan, err := v.resumeWhole(id)
	if err != nil {
		return body, fmt.Errorf("recover %s: %w", id, err)
	}
	defer func() {
		if err = errors.Join(err, d.Close()); err != nil {
			err = fmt.Errorf("recover %s: %w", id, err)
		}
	}()
	tally, torn, err := d.mend()
	if err != nil || tally.Close != nil {
		return closed(tally), err
	}
	chain, err := d.reopen(tally, plan, r)
	if err != nil {
		return body, err
	}
	if tally.Recovered == nil {
		if err := v.tellRecovery(id, chain, tally, torn, r); err != nil {
			return body, err
		}
	}
	return *tally.Recovered, end(chain, tally, d)
}

// tellRecovery writes the recover line: what is there, what was torn, and how much is lost at most.
func (v *Vault) tellRecovery(id string, chain *seal.Chain, tally *seal.Tally, torn []evidence.Torn, r Recovery) error {
	media, err := v.tornMedia(id, tally)
	if err != nil {
		return err
	}
	body := evidence.RecoverBody{DurableMS: tally.DurationMS(), Torn: append(torn, media...), BootID: r.Clock.BootID}
	body.LostMaxMS = max(0, r.AliveMS-body.DurableMS)
	_, err = chain.Add(evidence.KindRecover, body)
	return err
}

// resumeWhole opens an unsealed package with its plan, and makes the files that a crash left out.
func (v *Vault) resumeWhole(id string) (*Draft, []byte, error) {
	plan, err := v.fsys.ReadFile(filepath.Join(v.Dir(id), filepath.FromSlash(evidence.FilePlan)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, ErrEmpty
	}
	if err != nil {
		return nil, nil, err
	}
	for _, name := range []string{evidence.FileJournal, evidence.FileTexts} {
		if err := v.ensure(filepath.Join(v.Dir(id), filepath.FromSlash(name))); err != nil {
			return nil, nil, err
		}
	}
	d, err := v.Resume(id)
	return d, plan, err
}

// reopen goes on with a mended journal; one that has no line yet gets its first.
func (d *Draft) reopen(tally *seal.Tally, plan []byte, r Recovery) (*seal.Chain, error) {
	chain := seal.Continue(tally, r.Signer, r.Clock, d.AppendLine)
	if tally.Open != nil {
		return chain, nil
	}
	r.Open.PlanSHA256, _ = evidence.Digests(plan)
	r.Open.BootID, r.Open.Tracks = r.Clock.BootID, []evidence.TrackPlan{}
	_, err := chain.Add(evidence.KindOpen, r.Open)
	return chain, err
}

// GoOn opens an unsealed package that a crash cut off and whose content can still be written, unlike a recording's:
// what was torn is cut off and told in a signed line. closed says that the journal has its last line already, and
// takes nothing more.
func (v *Vault) GoOn(id string, r Recovery) (d *Draft, chain *seal.Chain, closed bool, err error) {
	fail := func(err error) (*Draft, *seal.Chain, bool, error) {
		if d != nil {
			err = errors.Join(err, d.Close())
		}
		return nil, nil, false, fmt.Errorf("go on with %s: %w", id, err)
	}
	var plan []byte
	if d, plan, err = v.resumeWhole(id); err != nil {
		return fail(err)
	}
	tally, torn, err := d.mend()
	if err != nil {
		return fail(err)
	}
	fresh := tally.Lines == 0
	if tally.Close != nil {
		return d, seal.Continue(tally, r.Signer, r.Clock, d.AppendLine), true, nil
	}
	if chain, err = d.reopen(tally, plan, r); err != nil {
		return fail(err)
	}
	if !fresh {
		body := evidence.RecoverBody{DurableMS: tally.DurationMS(), Torn: torn, BootID: r.Clock.BootID}
		if _, err := chain.Add(evidence.KindRecover, body); err != nil {
			return fail(err)
		}
	}
	return d, chain, false, nil
}

// closed is what a recovery says of a journal that needs none: only its sealing was cut off.
func closed(tally *seal.Tally) evidence.RecoverBody {
	switch {
	case tally == nil:
		return evidence.RecoverBody{}
	case tally.Recovered != nil:
		return *tally.Recovered
	}
	return evidence.RecoverBody{DurableMS: tally.DurationMS(), Torn: []evidence.Torn{}}
}

// ensure makes an empty file where the crash left none.
func (v *Vault) ensure(path string) error {
	f, err := v.fsys.OpenFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = durable.Create(v.fsys, path)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// mend reads the journal and cuts journal and texts after their last whole, chained line.
func (d *Draft) mend() (tally *seal.Tally, torn []evidence.Torn, err error) {
	tally = seal.NewTally()
	var texts int64
	end, err := evidence.ReadJournal(io.NewSectionReader(d.journal, 0, d.journalEnd), func(e evidence.Entry) error {
		if e.Line.Kind == evidence.KindText {
			var b evidence.TextBody
			if err := json.Unmarshal(e.Line.Body, &b); err != nil {
				return err
			}
			texts = b.Off + b.Len + 1
		}
		return tally.Add(e.Line, evidence.Head(e.Raw))
	})
	if err != nil {
		return nil, nil, err
	}
	tally.Bytes = end.Bytes
	torn = []evidence.Torn{}
	if torn, err = cutAt(d.journal, evidence.FileJournal, end.Bytes, &d.journalEnd, torn); err != nil {
		return nil, nil, err
	}
	torn, err = cutAt(d.texts, evidence.FileTexts, texts, &d.textsEnd, torn)
	return tally, torn, err
}

func cutAt(f durable.File, name string, whole int64, end *int64, torn []evidence.Torn) ([]evidence.Torn, error) {
	if *end <= whole {
		return torn, nil
	}
	torn = append(torn, evidence.Torn{File: name, Off: whole, Len: *end - whole})
	*end = whole
	if err := f.Truncate(whole); err != nil {
		return torn, err
	}
	return torn, f.Sync()
}

// tornMedia names the bytes of media that no line claims; finalising cuts them off.
func (v *Vault) tornMedia(id string, tally *seal.Tally) ([]evidence.Torn, error) {
	torn := []evidence.Torn{}
	if tally.Open == nil {
		return torn, nil
	}
	for _, p := range tally.Open.Tracks {
		f, err := v.fsys.OpenFile(filepath.Join(v.Dir(id), filepath.FromSlash(p.File)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return torn, err
		}
		size, err := f.Size()
		if err = errors.Join(err, f.Close()); err != nil {
			return torn, err
		}
		var end int64
		if t := tally.Files[p.Track]; t != nil {
			end = t.End()
		}
		if size > end {
			torn = append(torn, evidence.Torn{File: p.File, Off: end, Len: size - end})
		}
	}
	return torn, nil
}
