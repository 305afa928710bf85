package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"

	"minglu/app/i18n"
	"minglu/app/settings"
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

func TestWhatIsWrongWithACommandIsSaidFaultByFaultInThePeoplesLanguage(t *testing.T) {
	for lang, want := range map[string][]string{
		"zh": {"“询问”不在事项目录中", "需要两名持证执法人员", "“示例”写法不对", "“lens”不是来源", "--for -1s 不是时长"},
		"en": {"“询问” is not in the catalogue", "two officers with certificates", "“示例” is not NAME:CERTIFICATE", "“lens” is no source", "--for -1s is no length"},
	} {
		w := wish{item: "询问", officers: names{"示例"}, camera: "lens", length: -time.Second}
		_, _, err := w.order(settings.Room{Title: "询问室"})
		said := i18n.Explain(err, i18n.Lang(lang)).String()
		for _, words := range want {
			if !strings.Contains(said, words) {
				t.Errorf("in %s: %s; want %q", lang, said, words)
			}
		}
	}
	for _, args := range [][]string{{"nonsense"}, {"list", "more"}, {"sync", "--limit", "-1"}, {"setup"}, {"export"}, {"duty"}, {"update"}} {
		var events, said bytes.Buffer
		code := run(t.Context(), append([]string{"--lang", "zh", "--home", t.TempDir()}, args...), &events, &said)
		if code != exitCouldNot || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "命令写法不对") {
			t.Errorf("%v: exit %d, says %q", args, code, &said)
		}
	}
}
