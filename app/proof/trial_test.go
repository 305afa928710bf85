package proof_test

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestATrialIsVerifiedAndNeverEntersTheRoomsLists(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "TRY")
	for _, id := range []string{"TRIAL-000001", "TRIAL-000002"} {
		s := must(t, "minglu", "trial", "--home", home, "--camera", "synth:640x360@25", "--mic", "synth:")
		got := s.last(t, "trial")
		if got.ID != id || got.Verdict != "AUTHENTIC" || got.Frames+got.Dropped != 250 || got.DurationMS != 10_000 {
			t.Errorf("trial %+v", got)
		}
		b.verify(t, got.Package, "UNTRUSTED_KEY") // for everybody else
	}
	if left, err := filepath.Glob(filepath.Join(home, "trial", "TRIAL-*")); err != nil || len(left) != 1 {
		t.Errorf("trials left: %v, %v", left, err)
	}
	sealed := record(t, home, "--camera", "none", "--mic", "synth:", "--for", "2s").last(t, "sealed")
	if sealed.ID != "TRY-000001" {
		t.Errorf("the first recording is %s: a trial took its number", sealed.ID)
	}
	if out := must(t, "minglu", "list", "--home", home); strings.Contains(out.stderr, "TRIAL") {
		t.Errorf("the list has a trial: %s", out.stderr)
	}
	if s := call(t, "minglu", "trial", "--home", home, "--camera", "file:/nowhere.y4m", "--mic", "none"); s.code != 2 || s.stderr == "" {
		t.Errorf("a camera that is not there: exit %d, %q", s.code, s.stderr)
	}
}
