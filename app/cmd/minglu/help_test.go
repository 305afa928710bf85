package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

func TestEveryCommandSaysInBothLanguagesWhatItDoesAndWhatItsFlagsMean(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	asked := [][]string{{"-h"}, {"help"}, {"--help"}, {"duty", "-h"}, {"help", "duty"}}
	for _, v := range verbs() {
		asked = append(asked, []string{v.name, "-h"}, []string{"help", v.name})
	}
	for _, v := range dutyVerbs() {
		asked = append(asked, []string{"duty", v.name, "-h"}, []string{"help", "duty", v.name})
	}
	for _, lang := range []string{"zh", "en"} {
		for _, args := range asked {
			var events, said bytes.Buffer
			code := run(t.Context(), append([]string{"--lang", lang}, args...), &events, &said)
			if code != exitDone || events.Len() > 0 || said.Len() == 0 {
				t.Errorf("%v: exit %d, events %q, says %q", args, code, &events, &said)
			}
			for line := range strings.Lines(said.String()) {
				han := strings.IndexFunc(line, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
				if han != (lang == "zh") || strings.Contains(line, "help.") {
					t.Errorf("%v in %s: %q", args, lang, line)
				}
			}
		}
	}
}

func TestFlagsOfEveryCommandMayStandBeforeIt(t *testing.T) {
	home := t.TempDir()
	var events, said bytes.Buffer
	code := run(t.Context(), []string{"--home", home, "--lang", "en", "list"}, &events, &said)
	if code != exitCouldNot || !strings.Contains(said.String(), home) || !strings.Contains(said.String(), "holds no enrolled room") {
		t.Errorf("exit %d, says %q", code, &said)
	}
}
