package duty_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/assets"
	"minglu/capture/strict"
)

func TestTheKindIsGuessedFromWhatWasTyped(t *testing.T) {
	r, err := duty.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"引导张女士到自助机": "GUIDE", "咨询小规模纳税人税率": "CONSULT", "大厅停电": "INCIDENT", "投诉3号窗口": "COMPLAINT",
		"专家坐席答复": "EXPERT", "预审资料齐全": "PREREVIEW", "今天下雨": "SHIFT",
	} {
		if got := r.Guess(text, "SHIFT"); got != want {
			t.Errorf("%s: got %s; want %s", text, got, want)
		}
	}
	if got := r.Guess("今天下雨", ""); got != "CONSULT" {
		t.Errorf("without a last kind: %s", got)
	}
	if len(r.KindCodes()) != 17 || len(r.Zones) != 7 {
		t.Errorf("%d kinds, %d zones", len(r.KindCodes()), len(r.Zones))
	}
}

func TestEveryFaultOfABureausRulesIsListedAndTheOldOnesStayInForce(t *testing.T) {
	home := t.TempDir()
	w := &dutytest.Wall{Now: dutytest.At("2026-11-25", "09:00")}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(duty.RulesFile, strings.Replace(string(assets.DutyRules), `"to": "17:30"`, `"to": "16:00"`, 1))
	if l := dutytest.Open(t, home, "HALL1", w); l.Faulty != nil || l.Rules.Hours.To != "16:00" {
		t.Fatalf("the bureau's rules are not in force: %v", l.Faulty)
	}
	bad := string(assets.DutyRules)
	for _, change := range [][2]string{
		{`"close_by": "23:30"`, `"close_by": "25:00"`}, {`"unit": "minutes", "n": 10`, `"unit": "moons", "n": 10`},
		{`"code": "wait"`, `"code": "guide"`}, {`"tier": "4", "limit": "T3"`, `"tier": "7", "limit": "T3"`},
	} {
		bad = strings.Replace(bad, change[0], change[1], 1)
	}
	write(duty.RulesFile, bad)
	write(duty.CalendarFile, strings.Replace(string(assets.Calendar), `"2026-02-14"`, `"2026-02-13"`, 1))
	l := dutytest.Open(t, home, "HALL1", w)
	var faults strict.Faults
	if !errors.As(l.Faulty, &faults) || len(faults) != 5 {
		t.Errorf("got %v; want 5 faults of two files", l.Faulty)
	}
	if l.Rules.Hours.To != "16:00" || !l.Rules.Calendar().Working("2026-02-14") {
		t.Error("the last good rules are not in force")
	}
	if err := os.Remove(filepath.Join(home, duty.RulesFile)); err != nil {
		t.Fatal(err)
	}
	if l := dutytest.Open(t, home, "HALL1", w); l.Rules.Hours.To != "17:30" {
		t.Error("a file taken away still rules")
	}
}

func FuzzRulesNeverPanic(f *testing.F) {
	f.Add(assets.DutyRules)
	c, err := calendar.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := duty.ParseRules("f", data, c); err == nil {
			r.Guess("咨询", "")
		}
	})
}

func FuzzEntriesAreReadInOneForm(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"0123456789abcdef0123456789abcdef","hall":"H1","day":"2026-11-25","machine":"H1","stamp":{"ms":1,"n":0},"recorded":"2026-11-25T01:00:00.000Z","boot_ms":1,"boot_id":"b","author":"a","kind":"CONSULT","act":"note","text":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := duty.Parse(data)
		if err != nil {
			return
		}
		if again, err := duty.Parse(e.Raw); err != nil || again.ID != e.ID {
			t.Errorf("%q does not come back: %v", data, err)
		}
	})
}

func TestATextThatBeginsLikeATemplateIsOfItsKind(t *testing.T) {
	r, err := duty.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"投诉：叫号机跳号": "COMPLAINT", "叫号机跳号，纳税人投诉": "EQUIP", "Complaint: the ticket machine": "COMPLAINT", "建议：增设设备": "OPINION",
	} {
		if got := r.Guess(text, ""); got != want {
			t.Errorf("%q is %s; want %s", text, got, want)
		}
	}
}

func TestPhrasesAreBoundedAndNameTheirKind(t *testing.T) {
	c, err := calendar.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := duty.LoadRules()
	if err != nil || len(r.Phrases) != 8 {
		t.Fatalf("%v, %d phrases", err, len(r.Phrases))
	}
	text := string(assets.DutyRules)
	one := `{"kind": "GUIDE", "zh": "引导取号等候", "en": "guided to the queue"},`
	for name, bad := range map[string]string{
		"too many":        strings.Replace(text, one, one+one, 1),
		"no such kind":    strings.Replace(text, one, strings.Replace(one, "GUIDE", "FLY", 1), 1),
		"nothing to read": strings.Replace(text, one, strings.Replace(one, "引导取号等候", " ", 1), 1),
	} {
		if _, err := duty.ParseRules("f", []byte(bad), c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
