package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"minglu/capture"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/vault"
)

// hall is a room without devices that keeps a duty log of a dozen entries.
type hall struct {
	pki     *pkitest.PKI
	signers []evidence.Signer
	clock   clock.Clock
	log     agent.DayLog
	number  int64
	papers  func(evidence.Plan, evidence.Record, []byte) (map[string][]byte, error)
}

const entries = 12

func newHall(t *testing.T) *hall {
	t.Helper()
	pki := pkitest.New(t)
	var boot atomic.Int64
	h := &hall{pki: pki, signers: []evidence.Signer{pki.Room("H1")}, papers: papers}
	h.clock = clock.Clock{
		Now:    func() time.Time { return pki.Now().Add(time.Duration(boot.Load())) },
		Boot:   func() time.Duration { return time.Hour + time.Duration(boot.Add(int64(10*time.Millisecond))) },
		BootID: "boot",
	}
	h.log.Plan = evidence.Plan{
		V: 1, Item: "DUTY", ItemTitle: "值班日志", Case: "2026-11-25", Language: "zh", Persons: []evidence.Person{},
		Officers: []evidence.Person{{Name: "李强", Role: "duty_leader"}}, Overrides: []string{}, Relates: []string{}, Kind: evidence.KindDutyDay,
		Duty: &evidence.DutyDay{Hall: "HALL1", Title: "办税服务厅", Day: "2026-11-25", Part: 1, Leader: "李强", ClosedBy: "李强"},
	}
	h.log.Texts = []agent.DayText{{What: evidence.TextDutyBefore, Author: "system", Raw: []byte(`[]`)}}
	for i := range entries {
		raw := fmt.Appendf(nil, `{"v":1,"text":"第%d件 <&>"}`, i)
		h.log.Texts = append(h.log.Texts, agent.DayText{What: evidence.TextDutyEntry, Author: "张三", Raw: raw})
	}
	return h
}

// papers makes what a verifier compares, and a paper.
func papers(plan evidence.Plan, _ evidence.Record, texts []byte) (map[string][]byte, error) {
	log := evidence.DutyLog{V: 1, Duty: *plan.Duty, Entries: []json.RawMessage{}}
	for line := range bytes.Lines(texts) {
		line = bytes.TrimSpace(line)
		if line[0] == '[' {
			log.Before = bytes.Clone(line)
		} else {
			log.Entries = append(log.Entries, bytes.Clone(line))
		}
	}
	raw, err := evidence.MarshalBody(log)
	return map[string][]byte{evidence.FileDutyLog: raw, evidence.FileDutyPDF: []byte("%PDF")}, err
}

func (h *hall) agent(fsys durable.FS) (*agent.Agent, *vault.Vault, error) {
	v, err := vault.Open(fsys, "/vault")
	if err != nil {
		return nil, nil, err
	}
	return agent.New(agent.Room{
		Code: "H1", Title: "大厅", Organization: "示例市税务局", Vault: v, Signers: h.signers, KeyStore: "file", Program: "minglu test",
		Gear: capture.Gear{Clock: h.clock, Stamper: h.pki.Stamper(evidence.SuiteP256)}, Papers: h.papers,
		Begin: func(evidence.Plan) (evidence.OpenBody, error) {
			cert, err := evidence.ParseCertificate(h.signers[0].Chain()[0])
			if err != nil {
				return evidence.OpenBody{}, err
			}
			return evidence.OpenBody{CertSHA256: cert.Fingerprint(), LedgerRoot: evidence.NoHead}, nil
		},
		Number:      func() (int64, error) { h.number++; return h.number, nil },
		Opened:      func(evidence.Plan) error { return nil },
		Interrupted: func(string) error { return nil },
		Sealed:      func(id string, _ evidence.Record, _ bool) error { h.log.ID, h.log.Done = id, true; return nil },
		LastAlive:   func(string) time.Duration { return 0 },
		Day: func(context.Context, string, string) (agent.DayLog, error) {
			log := h.log
			log.Taken = func(id string) error { h.log.ID = id; return nil }
			return log, nil
		},
	}, io.Discard), v, nil
}

// work closes the day on a disk.
func (h *hall) work(fsys durable.FS) error {
	h.log.ID, h.log.Done, h.number = "", false, 0
	return h.seal(fsys)
}

func (h *hall) seal(fsys durable.FS) error {
	a, _, err := h.agent(fsys)
	if err != nil {
		return err
	}
	if e := a.SealDay(context.Background(), "HALL1", "2026-11-25"); e.Event != attach.EventSealed {
		return errors.New(e.Detail)
	}
	return nil
}

// check starts anew after the cut: the day must end in one package that verifies and holds every entry.
func (h *hall) check(after *durabletest.Disk) error {
	h.log.Done = false // the database may have lost the word; the package has not
	a, v, err := h.agent(after)
	if err != nil {
		return err
	}
	a.RecoverAll(context.Background(), func(attach.Event) {})
	if err := h.seal(after); err != nil {
		return fmt.Errorf("seal again: %w", err)
	}
	report, err := evidence.Verify(after.View(v.Dir(h.log.ID)), evidence.Options{Roots: h.pki.Roots(), Whole: true})
	if err != nil {
		return err
	}
	if !report.Verdict.Accepted() {
		return fmt.Errorf("verdict %s: %+v %+v", report.Verdict, report.Faults, report.Dangling)
	}
	raw, err := after.ReadFile(v.Dir(h.log.ID) + "/data/texts.jsonl")
	if err != nil || bytes.Count(raw, []byte("\n")) != entries+1 {
		return fmt.Errorf("%d texts, %w", bytes.Count(raw, []byte("\n")), err)
	}
	return nil
}

func TestADayIsSealedWholeWhereverThePowerIsCut(t *testing.T) {
	h := newHall(t)
	cuts, faults := durabletest.Campaign{Work: h.work, Check: h.check, Seeds: 1}.Run()
	if cuts < 200 || len(faults) > 0 {
		t.Errorf("%d cuts, %d faults: %v", cuts, len(faults), errors.Join(faults[:min(5, len(faults))]...))
	}
	t.Logf("%d cuts", cuts)
}

// sealedDay is a day's package as files.
func sealedDay(t *testing.T, h *hall) fstest.MapFS {
	t.Helper()
	disk := durabletest.New()
	if err := disk.Mkdir("/vault"); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if err := h.work(disk); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	view := disk.View("/vault/" + h.log.ID)
	err := fs.WalkDir(view, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(view, name)
		files[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestADayThatIsSealedVerifiesAndNoMutantOfItDoes(t *testing.T) {
	h := newHall(t)
	h.signers = append(h.signers, h.pki.RoomSM2("H1"))
	files := sealedDay(t, h)
	o := evidence.Options{Roots: h.pki.Roots(), Whole: true}
	report, err := evidence.Verify(files, o)
	if err != nil || report.Verdict != evidence.Authentic || report.Plan.Duty.Leader != "李强" {
		t.Fatalf("%v, %+v", err, report)
	}
	mutants := 0
	try := func(what, name string, changed []byte) {
		t.Helper()
		mutants++
		mutant := fstest.MapFS{}
		for n, f := range files {
			mutant[n] = f
		}
		delete(mutant, name)
		if changed != nil {
			mutant[name] = &fstest.MapFile{Data: changed}
		}
		r, err := evidence.Verify(mutant, o)
		if err == nil && r.Verdict.Accepted() {
			t.Errorf("%s: %s is accepted", name, what)
		}
	}
	for name, f := range files {
		step := max(1, len(f.Data)/24)
		for at := 0; at < len(f.Data); at += step {
			changed := bytes.Clone(f.Data)
			changed[at] ^= 1 << (at % 8)
			try(fmt.Sprintf("a bit at %d", at), name, changed)
		}
		try("cut", name, f.Data[:len(f.Data)-1])
		try("grown", name, append(bytes.Clone(f.Data), '\n'))
		try("removed", name, nil)
	}
	t.Logf("%d mutants", mutants)
}

// An insider with the room's key cannot make the readable log differ from what the journal signed.
func TestALogThatDiffersFromTheSignedEntriesIsAFault(t *testing.T) {
	for what, change := range map[string]func(*evidence.DutyLog){
		"an entry changed":   func(l *evidence.DutyLog) { l.Entries[3] = json.RawMessage(`{"v":1,"text":"别的"}`) },
		"an entry left out":  func(l *evidence.DutyLog) { l.Entries = l.Entries[1:] },
		"an entry added":     func(l *evidence.DutyLog) { l.Entries = append(l.Entries, json.RawMessage(`{}`)) },
		"two entries turned": func(l *evidence.DutyLog) { l.Entries[0], l.Entries[1] = l.Entries[1], l.Entries[0] },
		"another day":        func(l *evidence.DutyLog) { l.Duty.Day = "2026-11-26" },
		"another leader":     func(l *evidence.DutyLog) { l.Duty.Leader = "赵敏" },
		"another before":     func(l *evidence.DutyLog) { l.Before = json.RawMessage(`[{}]`) },
	} {
		h := newHall(t)
		disk := durabletest.New()
		h.papers = func(plan evidence.Plan, r evidence.Record, texts []byte) (map[string][]byte, error) {
			files, err := papers(plan, r, texts)
			if err != nil {
				return nil, err
			}
			var l evidence.DutyLog
			if err := json.Unmarshal(files[evidence.FileDutyLog], &l); err != nil {
				return nil, err
			}
			change(&l)
			files[evidence.FileDutyLog], err = evidence.MarshalBody(l)
			return files, err
		}
		a, v, err := h.agent(disk)
		if err != nil {
			t.Fatal(err)
		}
		if e := a.SealDay(t.Context(), "HALL1", "2026-11-25"); e.Event != attach.EventSealed {
			t.Fatalf("%s: %s", what, e.Detail)
		}
		r, err := evidence.Verify(disk.View(v.Dir(h.log.ID)), evidence.Options{Roots: h.pki.Roots(), Whole: true})
		if err != nil || r.Verdict != evidence.NotAuthentic || !strings.Contains(fmt.Sprint(r.Faults), evidence.FileDutyLog) {
			t.Errorf("%s: %v, %s, %v", what, err, r.Verdict, r.Faults)
		}
	}
}
