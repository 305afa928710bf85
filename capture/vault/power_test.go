package vault_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
	"time"

	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/seal"
	"minglu/capture/transcript"
	"minglu/capture/vault"
)

var (
	noContext = context.Background()
	errIO     = syscall.EIO
)

// room is a recorder without devices: it keeps made-up segments exactly as a session does.
type room struct {
	pki    *pkitest.PKI
	signer evidence.Signer
	clock  clock.Clock
	plan   evidence.Plan
	reason *vault.Reason // given when it was cut off

	// what was acknowledged before the power was cut, remembered outside the disk
	begun  bool
	ms     int64
	marks  int
	sealed bool
}

func newRoom(t *testing.T) *room {
	pki := pkitest.New(t)
	boot := 1000 * time.Second
	return &room{
		pki: pki, signer: pki.Room("R01"),
		clock: clock.Clock{
			Now:    func() time.Time { return pki.Now().Add(boot - 1000*time.Second) },
			Boot:   func() time.Duration { boot += 100 * time.Millisecond; return boot },
			BootID: "boot",
		},
		plan: evidence.Plan{
			V: 1, ID: "R01-000001", Room: "R01", Item: "I03", Language: "zh", Persons: []evidence.Person{},
			Officers: []evidence.Person{}, Overrides: []string{}, Relates: []string{},
		},
	}
}

const segments = 6

// record makes a whole recording: the order of its steps is the one under test.
func (r *room) record(fsys durable.FS) error {
	r.begun, r.ms, r.marks, r.sealed = false, 0, 0, false
	v, err := vault.Open(fsys, "/vault")
	if err != nil {
		return err
	}
	d, err := v.Begin(r.plan)
	if err != nil {
		return err
	}
	defer d.Close()
	chain := seal.NewChain(r.signer, r.clock, d.AppendLine)
	book := transcript.NewBook(transcript.Transcript{})
	if err := r.open(d, chain); err != nil {
		return err
	}
	r.begun = true
	if err := r.media(d, chain, book); err != nil {
		return err
	}
	var closing evidence.CloseBody
	chain.Look(func(t *seal.Tally) { closing = t.Closing("stopped") })
	if _, err := chain.Add(evidence.KindClose, closing); err != nil {
		return err
	}
	err = r.seal(fsys)
	r.sealed = err == nil
	return err
}

func (r *room) open(d *vault.Draft, chain *seal.Chain) error {
	raw, err := evidence.MarshalBody(r.plan)
	if err != nil {
		return err
	}
	open := evidence.OpenBody{V: 1, ID: r.plan.ID, Room: "R01", Number: 1, Item: "I03", BootID: "boot", LedgerRoot: evidence.NoHead,
		Tracks: []evidence.TrackPlan{{Track: "mic0", File: "data/media/mic0.mp4", Audio: "opus", Microphone: "m"}}}
	open.PlanSHA256, _ = evidence.Digests(raw)
	cert, err := evidence.ParseCertificate(r.signer.Chain()[0])
	if err != nil {
		return err
	}
	open.CertSHA256 = cert.Fingerprint()
	_, err = chain.Add(evidence.KindOpen, open)
	return err
}

func (r *room) media(d *vault.Draft, chain *seal.Chain, book *transcript.Book) error {
	tracks := []fmp4.Track{{ID: 1, Opus: &fmp4.Opus{Channels: 1}}}
	head, err := fmp4.Head(tracks, r.pki.Now())
	if err != nil {
		return err
	}
	m, err := d.CreateMedia("data/media/mic0.mp4")
	if err != nil {
		return err
	}
	defer m.Close()
	if err := r.keep(m, chain, head, evidence.SegmentBody{Track: "mic0"}); err != nil {
		return err
	}
	start := evidence.StartBody{ZeroBootNS: 1, ZeroUTC: evidence.FormatTime(r.pki.Now())}
	if _, err := chain.Add(evidence.KindStart, start); err != nil {
		return err
	}
	header := fmp4.Header{Tracks: tracks, Created: r.pki.Now()}
	for i := range int64(segments) {
		run := fmp4.Run{Track: 1, Base: uint64(i * 24000)}
		for range 25 {
			run.Samples = append(run.Samples, fmp4.Sample{Data: []byte{0xf8, 0xff, byte(i)}, Duration: 960, Key: true})
		}
		p, err := header.Fragment(uint32(i+1), r.pki.Now(), []fmp4.Run{run})
		if err != nil {
			return err
		}
		body := evidence.SegmentBody{Track: "mic0", Seq: i + 1, FromMS: i * 500, ToMS: (i + 1) * 500, Sounds: 25}
		if err := r.keep(m, chain, p, body); err != nil {
			return err
		}
		r.ms = body.ToMS
		if i == segments/2 {
			if err := r.mark(d, chain, book, body.ToMS); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep is the rule: media, sync, line, sync.
func (r *room) keep(m *vault.Media, chain *seal.Chain, p []byte, body evidence.SegmentBody) error {
	off, err := m.Append(p)
	if err != nil {
		return err
	}
	body.Off, body.Len = off, int64(len(p))
	body.SHA256, body.SM3 = evidence.Digests(p)
	_, err = chain.Add(evidence.KindSegment, body)
	return err
}

func (r *room) mark(d *vault.Draft, chain *seal.Chain, book *transcript.Book, at int64) error {
	rev, line, err := book.Revise(transcript.Revision{What: "mark", Author: "张三", AtMS: at, Text: "出示账簿"})
	if err != nil {
		return err
	}
	raw := line[:len(line)-1]
	off, err := d.AppendText(raw)
	if err != nil {
		return err
	}
	sha, _ := evidence.Digests(raw)
	text := evidence.TextBody{Rev: rev.Rev, What: "mark", Off: off, Len: int64(len(raw)), SHA256: sha, Author: "张三", AtMS: at}
	if _, err := chain.Add(evidence.KindText, text); err != nil {
		return err
	}
	_, err = chain.Add(evidence.KindMark, evidence.MarkBody{Mark: "evidence_shown", AtMS: at, By: "张三", TextSHA256: sha})
	if err == nil {
		r.marks++
	}
	return err
}

func (r *room) closing(fsys durable.FS) seal.Closing {
	return seal.Closing{
		FS: fsys, Dir: "/vault/" + r.plan.ID, Signers: []evidence.Signer{r.signer}, Organization: "示例市税务局",
		Software: "minglu test", KeyStore: "file", Now: r.clock.Now, Stamper: r.pki.Stamper(evidence.SuiteP256),
	}
}

func (r *room) seal(fsys durable.FS) error {
	v, err := vault.Open(fsys, "/vault")
	if err != nil {
		return err
	}
	if v.Complete(r.plan.ID, 1) {
		return nil
	}
	_, _, err = r.closing(fsys).Seal(noContext)
	return err
}

// mend is what a start does after a crash.
func (r *room) mend(fsys durable.FS) error {
	v, err := vault.Open(fsys, "/vault")
	if err != nil {
		return err
	}
	ids, err := v.IDs()
	if err != nil || len(ids) == 0 {
		return err
	}
	if !v.Complete(r.plan.ID, 1) {
		_, err := v.Recover(r.plan.ID, vault.Recovery{Signer: r.signer, Clock: r.clock, Open: evidence.OpenBody{
			V: 1, ID: r.plan.ID, Room: "R01", Number: 1, Item: "I03", LedgerRoot: evidence.NoHead, CertSHA256: r.fingerprint(),
		}}, r.reason)
		if err != nil {
			return err
		}
	}
	return r.seal(fsys)
}

func (r *room) fingerprint() string {
	cert, err := evidence.ParseCertificate(r.signer.Chain()[0])
	if err != nil {
		return ""
	}
	return cert.Fingerprint()
}

// check demands that everything acknowledged is there and that the package verifies.
func (r *room) check(after *durabletest.Disk) error {
	err := r.mend(after)
	if errors.Is(err, vault.ErrEmpty) || errors.Is(err, fs.ErrNotExist) {
		if r.begun {
			return fmt.Errorf("a begun recording left nothing: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("mend: %w", err)
	}
	if _, err := after.ReadFile("/vault/" + r.plan.ID + "/data/plan.json"); err != nil {
		if r.begun {
			return fmt.Errorf("a begun recording is gone: %w", err)
		}
		return nil
	}
	report, err := evidence.Verify(after.View("/vault/"+r.plan.ID), evidence.Options{Roots: r.pki.Roots(), Whole: true})
	if err != nil {
		return err
	}
	if report.Verdict != evidence.Authentic && report.Verdict != evidence.AuthenticGaps {
		return fmt.Errorf("verdict %s: %+v", report.Verdict, report.Faults)
	}
	if report.Duration < r.ms {
		return fmt.Errorf("%d ms are left of %d acknowledged", report.Duration, r.ms)
	}
	if n := len(report.Record.Marks); n < r.marks {
		return fmt.Errorf("%d marks are left of %d acknowledged", n, r.marks)
	}
	return nil
}

func (r *room) campaign() durabletest.Campaign {
	return durabletest.Campaign{Work: r.record, Check: r.check, Seeds: 2}
}

func TestNothingAcknowledgedIsLostWhenThePowerIsCutAnywhere(t *testing.T) {
	cuts, faults := newRoom(t).campaign().Run()
	if cuts < 400 || len(faults) > 0 {
		t.Errorf("%d cuts, %d faults: %v", cuts, len(faults), errors.Join(faults[:min(5, len(faults))]...))
	}
	t.Logf("%d cuts", cuts)
}

func TestNothingAcknowledgedIsLostWhenTheDiskFailsAnywhere(t *testing.T) {
	r := newRoom(t)
	runs, faults := r.campaign().RunFailing(errIO)
	if runs < 50 || len(faults) > 0 {
		t.Errorf("%d runs, %d faults: %v", runs, len(faults), errors.Join(faults[:min(5, len(faults))]...))
	}
}

func TestThePowerMayBeCutAgainWhileTheFirstCutIsMended(t *testing.T) {
	r := newRoom(t)
	n := 0
	c := r.campaign()
	c.Check = func(after *durabletest.Disk) error {
		n++
		after.CutAt(1 + n%40)
		if err := r.mend(after); err == nil || !errors.Is(err, durabletest.ErrCut) {
			return r.check(after.Restart(durabletest.Forgotten, 0))
		}
		return r.check(after.Restart(durabletest.Tears()[n%4], uint64(n)))
	}
	cuts, faults := c.Run()
	if cuts < 400 || len(faults) > 0 {
		t.Errorf("%d double cuts, %d faults: %v", cuts, len(faults), errors.Join(faults[:min(5, len(faults))]...))
	}
}

// hasty is a disk whose files say they are synced and are not: the mistake the campaign must see.
type hasty struct{ durable.FS }

type hastyFile struct{ durable.File }

func (hastyFile) Sync() error { return nil }

func (h hasty) Create(path string) (durable.File, error) {
	return unsynced(h.FS.Create(path))
}

func (h hasty) OpenFile(path string) (durable.File, error) {
	return unsynced(h.FS.OpenFile(path))
}

func unsynced(f durable.File, err error) (durable.File, error) {
	if err != nil {
		return nil, err
	}
	return hastyFile{f}, nil
}

func TestTheCampaignSeesAForgottenSync(t *testing.T) {
	r := newRoom(t)
	c := r.campaign()
	c.Work = func(fsys durable.FS) error { return r.record(hasty{fsys}) }
	if cuts, faults := c.Run(); len(faults) < cuts/10 {
		t.Errorf("%d faults in %d cuts without a single sync; the campaign proves nothing", len(faults), cuts)
	}
}
