package vault_test

import (
	"errors"
	"strings"
	"testing"

	"minglu/capture/durable/durabletest"
	"minglu/capture/evidence"
	"minglu/capture/seal"
	"minglu/capture/transcript"
	"minglu/capture/vault"
)

// crashed leaves what a recorder leaves that dies before it closes; paused says that it died in a break.
func crashed(t *testing.T, r *room, paused bool) (*durabletest.Disk, *vault.Vault) {
	t.Helper()
	disk := durabletest.New()
	v, err := vault.Open(disk, "/vault")
	if err != nil {
		t.Fatal(err)
	}
	d, err := v.Begin(r.plan)
	if err != nil {
		t.Fatal(err)
	}
	chain := seal.NewChain(r.signer, r.clock, d.AppendLine)
	book := transcript.NewBook(transcript.Transcript{})
	err = errors.Join(r.open(d, chain), r.media(d, chain, book))
	if err == nil && paused {
		_, err = chain.Add(evidence.KindPause, evidence.BreakBody{Reason: "rest", AtMS: r.ms + 200, By: "张三"})
	}
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	return disk, v
}

func (r *room) recovery() vault.Recovery {
	return vault.Recovery{Signer: r.signer, Clock: r.clock, AliveMS: r.ms + 700}
}

func (r *room) report(t *testing.T, disk *durabletest.Disk) *evidence.Report {
	t.Helper()
	if err := r.seal(disk); err != nil {
		t.Fatal(err)
	}
	report, err := evidence.Verify(disk.View("/vault/"+r.plan.ID), evidence.Options{Roots: r.pki.Roots(), Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestTheReasonOfACrashIsSealedWithTheRecording(t *testing.T) {
	for _, paused := range []bool{false, true} {
		r := newRoom(t)
		disk, v := crashed(t, r, paused)
		saved, err := v.Mend(r.plan.ID, r.recovery())
		if err != nil || saved.DurableMS != r.ms || saved.LostMaxMS != 700 {
			t.Fatalf("mended %+v, %v", saved, err)
		}
		if err := r.seal(disk); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("a mended package is sealed before its reason: %v", err)
		}
		reason := &vault.Reason{Code: "power", By: "李四", Text: "楼里停电"}
		again, err := v.Recover(r.plan.ID, r.recovery(), reason)
		if err != nil || again.DurableMS != saved.DurableMS || again.LostMaxMS != 700 {
			t.Fatalf("recovered %+v, %v", again, err)
		}
		report := r.report(t, disk)
		var said []string
		for _, m := range report.Remarks {
			said = append(said, m.What)
		}
		if report.Verdict != evidence.AuthenticGaps || !strings.Contains(strings.Join(said, "\n"), "power") {
			t.Errorf("in a break: %v: verdict %s, faults %+v, remarks %q", paused, report.Verdict, report.Faults, said)
		}
		raw, err := disk.ReadFile("/vault/" + r.plan.ID + "/data/texts.jsonl")
		if err != nil || !strings.Contains(string(raw), "楼里停电") {
			t.Errorf("the words are not kept: %s, %v", raw, err)
		}
	}
}

func TestAReasonIsOptional(t *testing.T) {
	r := newRoom(t)
	disk, v := crashed(t, r, false)
	if _, err := v.Recover(r.plan.ID, r.recovery(), nil); err != nil {
		t.Fatal(err)
	}
	if report := r.report(t, disk); report.Verdict != evidence.AuthenticGaps || len(report.Faults) > 0 {
		t.Errorf("verdict %s, faults %+v", report.Verdict, report.Faults)
	}
}

func TestTheReasonSurvivesAPowerCutWhileItIsFiled(t *testing.T) {
	r := newRoom(t)
	r.reason = &vault.Reason{Code: "power", By: "李四", Text: "楼里停电"}
	n := 0
	c := r.campaign()
	c.Seeds = 1
	c.Check = func(after *durabletest.Disk) error {
		n++
		after.CutAt(1 + n%40)
		if err := r.mend(after); err == nil || !errors.Is(err, durabletest.ErrCut) {
			return r.check(after.Restart(durabletest.Forgotten, 0))
		}
		return r.check(after.Restart(durabletest.Tears()[n%4], uint64(n)))
	}
	if cuts, faults := c.Run(); cuts < 200 || len(faults) > 0 {
		t.Errorf("%d double cuts, %d faults: %v", cuts, len(faults), errors.Join(faults[:min(5, len(faults))]...))
	}
}
