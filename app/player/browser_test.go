package player_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/i18n"
	"minglu/app/player"
)

func TestABrowserIsChosenFoundOrItsLackIsSaid(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	ran := filepath.Join(dir, "ran")
	good, bad := script("good", `echo "$@" >> `+ran+`; sleep 0.1`), script("bad", "exit 3")
	env := func(values map[string]string) func(string) string { return func(k string) string { return values[k] } }
	began := time.Now()
	if err := player.Browse("http://x/", env(map[string]string{"MINGLU_BROWSER": bad, "BROWSER": "nothing-here:" + good + " --new %s"})); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(ran); err != nil || string(text) != "--new http://x/\n" {
		t.Errorf("%q, %v", text, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	long := script("long", "sleep 30")
	if err := player.Browse("http://x/", env(map[string]string{"MINGLU_BROWSER": long})); err != nil {
		t.Error(err)
	}
	t.Setenv("PATH", t.TempDir())
	err := player.Browse("http://127.0.0.1:1/open?t=x", env(nil))
	if e := i18n.Explain(err, i18n.ZH); e.Code != "player.no_browser" || !strings.Contains(e.Do, "http://127.0.0.1:1/open?t=x") {
		t.Errorf("got %v: %+v", err, e)
	}
}
