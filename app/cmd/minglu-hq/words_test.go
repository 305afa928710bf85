package main_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"minglu/app/i18n"
)

func TestWhatCannotBeDoneIsSaidInThePeoplesLanguage(t *testing.T) {
	h := newHQ(t)
	empty, other := t.TempDir(), filepath.Join(t.TempDir(), "other")
	h.run(0, "init", "--data", other, "--name", "另一个")
	for code, args := range map[string][]string{
		"cli.usage":     {"list"},
		"hq.absent":     {"list", "--data", empty},
		"hq.exists":     {"init", "--data", h.data, "--name", "练习税务局"},
		"hq.room":       {"invite", "--data", h.data, "--room", "询问室", "--title", "询问室"},
		"hq.unreceived": {"export", "--data", h.data, "--id", "B101-000001", "--out", filepath.Join(empty, "x.zip")},
		"hq.busy":       {"serve", "--data", h.data, "--listen", "127.0.0.1:0"},
		"hq.store":      {"serve", "--data", other, "--listen", "127.0.0.1:0", "--store", "s3://bucket"},
		"hq.listen":     {"serve", "--data", other, "--listen", "8443"},
	} {
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			cmd := command(append(args, "--lang", string(lang))...)
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Run(); cmd.ProcessState.ExitCode() != 2 {
				t.Errorf("%v ends with %v; want exit code 2", args, err)
			}
			for _, key := range []string{"error." + code, "error." + code + ".do"} {
				if want := i18n.Say(lang, key); want == key || !strings.Contains(said.String(), want) {
					t.Errorf("%v says %q; want %q", args, &said, want)
				}
			}
		}
	}
}

func TestEveryCommandSaysInBothLanguagesWhatItDoes(t *testing.T) {
	for locale, want := range map[string][]string{
		"zh_CN.UTF-8": {"建立新的中心", "重新读取并核验全部存证"}, "en_GB.UTF-8": {"make a new headquarters", "read and verify everything again"},
	} {
		cmd := command("--help")
		cmd.Env = append(cmd.Env, "LC_ALL="+locale)
		said, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(said), "hq.verb.") {
			t.Errorf("%v, says %s", err, said)
		}
		for _, w := range want {
			if !strings.Contains(string(said), w) {
				t.Errorf("in %s: %s; want %q", locale, said, w)
			}
		}
	}
}
