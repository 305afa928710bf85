package catalog_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"minglu/assets"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/strict"
)

func load(t *testing.T) (*catalog.Catalog, *catalog.Words) {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := catalog.LoadWords()
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

func TestTheCatalogueHolds45ActsInFourClassesOf32First(t *testing.T) {
	c, _ := load(t)
	first, perClass := 0, map[string]int{}
	for _, i := range c.Items {
		perClass[i.Class]++
		if i.Priority {
			first++
		}
	}
	if len(c.Items) != 45 || first != 32 || len(c.Classes) != 4 {
		t.Errorf("got %d acts, %d first, %d classes", len(c.Items), first, len(c.Classes))
	}
	for class, want := range map[string]int{"D": 12, "H": 15, "I": 9, "S": 9} {
		if perClass[class] != want {
			t.Errorf("class %s has %d acts; want %d", class, perClass[class], want)
		}
	}
}

func TestAnActIsFoundByCodeAndByWords(t *testing.T) {
	c, _ := load(t)
	i, ok := c.Item("i03")
	if !ok || i.ZH != "稽查询问（调查）" || i.In("en") != "Audit questioning" || !i.Mandatory() {
		t.Errorf("got %+v, %v", i, ok)
	}
	if _, ok := c.Item("I99"); ok {
		t.Error("I99 was found")
	}
	for typed, want := range map[string]int{"": 45, "I": 9, "注销": 1, "interview": 4, "没有这一项": 0, " s0": 9} {
		if got := len(c.Search(typed)); got < 1 != (want < 1) || want > 5 && got < want {
			t.Errorf("%q: got %d acts; want %d", typed, got, want)
		}
	}
}

func TestEveryCauseOfAGapHasWords(t *testing.T) {
	_, w := load(t)
	for _, cause := range []string{evidence.CauseSource, evidence.CauseDevice, evidence.CauseEncoder,
		evidence.CauseDisk, evidence.CauseBreak, evidence.CauseCrash} {
		if catalog.Name(w.GapCauses, cause, "zh") == cause {
			t.Errorf("%s has no words", cause)
		}
	}
	if got := catalog.Name(w.GapCauses, "moon", "zh"); got != "moon" {
		t.Errorf("got %q for an unknown code", got)
	}
}

func TestTheListsHaveTheirNumbers(t *testing.T) {
	_, w := load(t)
	for name, got := range map[string][2]int{
		"documents": {len(w.Documents), 28}, "duty kinds": {len(w.DutyKinds), 17},
		"markers": {len(w.Markers), 12}, "interruptions": {len(w.Interruptions), 8},
		"elements": {len(w.Elements), 7}, "retention": {len(w.Retention), 5}, "verdicts": {len(w.Verdicts), 6},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %d; want %d", name, got[0], got[1])
		}
	}
}

func TestTheLongestRetentionWins(t *testing.T) {
	_, w := load(t)
	for want, codes := range map[string][]string{"PERM": {"STD", "PERM", "CASE"}, "HOLD": {"HOLD", "PERM"}, "": {"X"}} {
		if got := w.Longest(codes...); got != want {
			t.Errorf("%v: got %q; want %q", codes, got, want)
		}
	}
}

func TestEveryFaultOfABureausFileIsListed(t *testing.T) {
	_, w := load(t)
	file := string(assets.Recording)
	for _, change := range [][2]string{
		{`"code": "D02"`, `"code": "D01"`},
		{`"level": "M"`, `"level": "X"`},
		{`"zh": "查封"`, `"zh": " "`},
		{`"retention": "CASE"`, `"retention": "EVER"`},
		{`"class": "S"`, `"class": "Q"`},
	} {
		file = strings.Replace(file, change[0], change[1], 1)
	}
	_, err := catalog.Parse("bureau.json", []byte(file), w)
	var faults strict.Faults
	if !errors.As(err, &faults) || len(faults) != 5 {
		t.Fatalf("got %v; want 5 faults", err)
	}
	lines := bytes.Split([]byte(file), []byte("\n"))
	for _, f := range faults {
		if f.File != "bureau.json" || f.Line < 9 || f.Line > len(lines) || f.Field == "" {
			t.Errorf("fault without its place: %+v", f)
		}
	}
}

func TestAnEmptyOrForeignFileIsRefused(t *testing.T) {
	_, w := load(t)
	for _, text := range []string{"", "[]", "{}", `{"v":2,"classes":[],"items":[]}`, "\xff\xfe{\x00"} {
		if c, err := catalog.Parse("x.json", []byte(text), w); err == nil || c != nil {
			t.Errorf("%q was accepted", text)
		}
		if w, err := catalog.ParseWords("x.json", []byte(text)); err == nil || w != nil {
			t.Errorf("%q was accepted as words", text)
		}
	}
}
