package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// actors are shell scripts that play our programs; a test replaces the one that misbehaves.
func actors() map[string]string {
	return map[string]string{
		"minglu-hq": `case $1 in
init) echo '{"event":"initialised","fingerprint":"sha256:` + strings.Repeat("ab", 32) + `"}' ;;
invite) echo '{"event":"invited","code":"AAAA-BBBB"}' ;;
serve) echo '{"event":"listening","url":"https://127.0.0.1:1"}'; trap 'exit 0' TERM; while :; do sleep 0.05; done ;;
esac`,
		"minglu": `case $1 in
enrol) mkdir -p "$3"; echo '{"hq":"https://127.0.0.1:4711"}' > "$3/room.json"; echo '{"event":"enrolled","room":"R101"}' ;;
record) echo '{"event":"recording","id":"R101-000001"}'; echo '{"event":"sealed","id":"R101-000001","package":"/tmp","frames":375,"duration_ms":15000}' ;;
sync) echo '{"event":"receipt","id":"R101-000001","receipt":"/tmp/receipt.tlog-proof"}' ;;
esac`,
		"minglu-verify": `[ $1 = --explain ] && mkdir -p "$2" && echo true > "$2/commands.sh"
echo '{"verdict":"AUTHENTIC","layers":[{}],"receipt":{"checked":true}}'`,
	}
}

// perform walks the practice with the actors and returns what people read.
func perform(t *testing.T, cast map[string]string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	for name, script := range cast {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var said, log bytes.Buffer
	p := newPractice(shop{root: folder, bin: folder, env: os.Environ(), out: &said}, folder, "R101", &log)
	p.length = time.Second
	err := p.walk(t.Context())
	return said.String(), err
}

func TestAPracticeEndsWithAVerifiedReceiptAndTheStrangersCommands(t *testing.T) {
	said, err := perform(t, actors())
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{"R101-000001 sealed: 375 pictures", "/tmp/receipt.tlog-proof", "AUTHENTIC", "openssl cms -verify"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing is said of %q in\n%s", want, said)
		}
	}
}

func TestAPracticeThatGoesWrongSaysInOneSentenceWhatDid(t *testing.T) {
	for want, change := range map[string][2]string{
		"minglu record: exit status 2: no space": {"minglu", `[ $1 = record ] && { echo 'no space' >&2; exit 2; }; mkdir -p "$3"`},
		"ended without a sealed package":         {"minglu", `mkdir -p "$3"`},
		"refused R101-000001: [a changed byte]": {"minglu", strings.Replace(actors()["minglu"],
			`"event":"receipt"`, `"why":["a changed byte"],"event":"refused"`, 1)},
		"no receipt came":           {"minglu", strings.Replace(actors()["minglu"], `"event":"receipt"`, `"event":"other"`, 1)},
		"is NOT_AUTHENTIC":          {"minglu-verify", `echo '{"verdict":"NOT_AUTHENTIC"}'; exit 1`},
		"does not prove anything":   {"minglu-verify", `echo '{"verdict":"AUTHENTIC"}'`},
		"openssl does not agree":    {"minglu-verify", strings.Replace(actors()["minglu-verify"], "echo true", "echo false", 1)},
		"minglu-verify: no verdict": {"minglu-verify", `echo 'no verdict' >&2; exit 2`},
		"did not begin to listen":   {"minglu-hq", `echo '{"fingerprint":"sha256:0"}'`},
	} {
		cast := actors()
		cast[change[0]] = change[1]
		if said, err := perform(t, cast); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v; want one with %q\n%s", err, want, said)
		}
	}
}

func TestASecondPracticeListensWhereTheRoomExpectsHeadquarters(t *testing.T) {
	folder := t.TempDir()
	p := newPractice(shop{}, folder, "R101", nil)
	if got := p.address(); got != "127.0.0.1:0" {
		t.Errorf("a new room expects %s; want any port", got)
	}
	if err := errors.Join(os.Mkdir(p.room, 0o750), os.WriteFile(filepath.Join(p.room, "room.json"), []byte(`{"hq":"https://127.0.0.1:4711"}`), 0o640)); err != nil {
		t.Fatal(err)
	}
	if got := p.address(); got != "127.0.0.1:4711" {
		t.Errorf("an enrolled room expects %s", got)
	}
}

func TestOwnGoFlagsStayAndOursWin(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod -tags=other")
	env := environment(nil)
	if got := env[len(env)-1]; got != "GOFLAGS=-trimpath -buildvcs=false -tags="+tags+" -mod=mod" {
		t.Errorf("got %s", got)
	}
}

func TestAProcessIsFoundAndItsCostIsRead(t *testing.T) {
	p, err := findProcess(context.Background(), filepath.Base(os.Args[0]), os.Args[1], time.Second)
	if err != nil {
		t.Fatal(err)
	}
	used, there := p.cost()
	if !there || used.peak < 1 {
		t.Errorf("this process costs %+v, %v", used, there)
	}
	if _, there := running(1 << 30).cost(); there {
		t.Error("a process that is not there has a cost")
	}
}

func TestAGoalThatIsMissedFails(t *testing.T) {
	var said bytes.Buffer
	b := &bench{shop: shop{out: &said}}
	good := b.compare("X", "s", []float64{1, 9, 2}, []float64{4, 4, 4}, 0.5)
	bad := b.compare("Y", "s", []float64{3, 3, 3}, []float64{4, 4, 4}, 0.5)
	want := "X ours=2s peer=4s ratio=0.500 goal=0.5 PASS\nY ours=3s peer=4s ratio=0.750 goal=0.5 FAIL\n"
	if good != nil || bad == nil || said.String() != want {
		t.Errorf("%v, %v, %s", good, bad, said.String())
	}
}
