package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"minglu/app/doctor"
	"minglu/app/i18n"
)

func found(state doctor.State, key string) func(context.Context) doctor.Finding {
	return func(context.Context) doctor.Finding { return doctor.Finding{State: state, Key: key} }
}

func results(checks []doctor.Check, lang i18n.Lang) (map[string]doctor.Result, doctor.Tally) {
	all := map[string]doctor.Result{}
	tally := doctor.Run(context.Background(), checks, lang, func(r doctor.Result) { all[r.Check] = r })
	return all, tally
}

func TestTheCauseIsNamedAndNotItsSymptoms(t *testing.T) {
	never := func(context.Context) doctor.Finding {
		t.Error("a check ran though its ground had failed")
		return doctor.Finding{}
	}
	got, tally := results([]doctor.Check{
		{Name: "sound", Run: found(doctor.Fail, "sound.missing")},
		{Name: "clock", Run: found(doctor.Warn, "clock.unknown")},
		{Name: "microphone", After: []string{"clock", "sound"}, Run: never},
		{Name: "camera", After: []string{"microphone"}, Run: never},
		{Name: "input", After: []string{"clock"}, Run: found(doctor.OK, "input.ok")},
	}, i18n.ZH)
	if tally.OK != 1 || tally.Warn != 1 || tally.Fail != 1 || tally.Skipped != 2 {
		t.Errorf("got %+v", tally)
	}
	for _, name := range []string{"microphone", "camera"} {
		if r := got[name]; r.State != doctor.Skipped || r.Found != "未检查：须先解决“声音库”" {
			t.Errorf("%s: got %+v", name, r)
		}
	}
}

func TestAnErrorIsExplained(t *testing.T) {
	full := func(context.Context) doctor.Finding {
		return doctor.Finding{State: doctor.Fail, Err: errors.Join(errors.New("try the disk"), syscall.ENOSPC)}
	}
	got, _ := results([]doctor.Check{{Name: "disk", Run: full}}, i18n.ZH)
	if r := got["disk"]; r.Code != "disk.full" || r.Found != "磁盘已满。" || r.Do == "" || len(r.Detail) != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestACheckIsNotWaitedForWithoutEnd(t *testing.T) {
	slow := doctor.Check{Name: "vault", Limit: 20 * time.Millisecond, Run: func(ctx context.Context) doctor.Finding {
		<-ctx.Done()
		return doctor.Finding{State: doctor.Fail, Err: ctx.Err()}
	}}
	if got, _ := results([]doctor.Check{slow}, i18n.EN); got["vault"].Code != "net.slow" {
		t.Errorf("got %+v", got)
	}
}

func TestPeopleAndProgramsReadTheSame(t *testing.T) {
	checks := []doctor.Check{{Name: "clock", Run: found(doctor.OK, "clock.ok")}, {Name: "sound", Run: found(doctor.Fail, "sound.missing")},
		{Name: "microphone", After: []string{"sound"}}}
	var paper, lines bytes.Buffer
	if _, err := doctor.Print(context.Background(), &paper, checks, i18n.EN); err != nil {
		t.Fatal(err)
	}
	want := `[✓] Clock: synchronised, error at most {error} ms
[✗] Sound library: no sound library: no microphone can be used
    → Run: apt-get install libasound2 or libpulse0
    Ask: your bureau's technician
[-] Microphone: not checked: mend “Sound library” first
1 well, 0 to mind, 1 failed, 1 not checked
`
	if paper.String() != want {
		t.Errorf("got\n%s\nwant\n%s", paper.String(), want)
	}
	told, err := doctor.PrintJSON(context.Background(), &lines, checks, i18n.EN)
	if err != nil || len(told) != 3 || told[1].State != doctor.Fail {
		t.Errorf("got %+v, %v", told, err)
	}
	var events []string
	for line := range strings.Lines(lines.String()) {
		var e struct{ Event, Check, State string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e.Event+" "+e.Check+" "+e.State)
	}
	if got := strings.Join(events, ","); got != "check clock ok,check sound fail,check microphone skipped,doctor  " {
		t.Errorf("got %s", got)
	}
}
