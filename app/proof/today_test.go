package proof_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kept reads the examination that a home keeps: the state of each check.
func kept(t *testing.T, home string) map[string]string {
	t.Helper()
	var e struct {
		Results []struct{ Check, State string }
	}
	text, err := os.ReadFile(filepath.Join(home, "doctor.json"))
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, r := range e.Results {
		states[r.Check] = r.State
	}
	return states
}

func TestTheFirstRecordingOfADayExaminesTheMachineAndTellsHeadquarters(t *testing.T) {
	b := openBureau(t)
	home := filepath.Join(t.TempDir(), "room") // never examined
	b.enrol(t, "D1", home)
	short := []string{"--lang", "en", "--camera", "synth:", "--mic", "synth:", "--for", "1s"}
	began := time.Now()
	first := record(t, home, short...)
	t.Logf("the first recording of one second took %v", time.Since(began).Round(100*time.Millisecond))
	first.last(t, "sealed")
	if !strings.Contains(first.stderr, "Headquarters has the result") {
		t.Errorf("headquarters was not told:\n%s", first.stderr)
	}
	states := kept(t, home)
	for _, check := range []string{"camera", "microphone", "hq_health", "hq_rate", "disk"} {
		if states[check] != "ok" && (check != "disk" || states[check] == "") {
			t.Errorf("%s is %q; want ok: %v", check, states[check], states)
		}
	}
	if second := record(t, home, short...); strings.Contains(second.stderr, "First recording of the day") {
		t.Error("the second recording of the day examined again")
	}
}

func TestARecordingBeginsThoughItsExaminationFindsEverythingWrong(t *testing.T) {
	b := openBureau(t)
	home := filepath.Join(t.TempDir(), "room") // never examined
	b.enrol(t, "D2", home)
	settings := filepath.Join(home, "room.json")
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	away := strings.Replace(string(text), b.url, "https://127.0.0.1:9", 1)
	if err := os.WriteFile(settings, []byte(away), 0o600); err != nil {
		t.Fatal(err)
	}
	s := record(t, home, "--lang", "en", "--camera", "synth:", "--mic", "file:/no/such.wav", "--for", "1s")
	if s.code == 0 {
		t.Fatal("a recording without its microphone began")
	}
	if !strings.Contains(s.stderr, "Headquarters was not told") || kept(t, home)["microphone"] != "fail" || kept(t, home)["hq_tcp"] != "fail" {
		t.Errorf("%v\n%s", kept(t, home), s.stderr)
	}
	s = record(t, home, "--lang", "en", "--camera", "synth:", "--mic", "synth:", "--for", "1s")
	s.last(t, "sealed")
}
