package settings_test

import (
	"errors"
	"testing"
	"time"

	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/capture/strict"
)

func kept(t *testing.T) (*settings.Kept, string) {
	t.Helper()
	home := t.TempDir()
	r := settings.Room{V: 1, Room: "R101", Title: "一号室", HQ: "https://hq.example:8443"}
	return settings.Keep(durable.OS{}, home, r), home
}

func TestAChangeIsWrittenWholeAndToldAndUndoesNoOther(t *testing.T) {
	k, home := kept(t)
	var heard settings.Room
	k.Watch(func(r settings.Room) { heard = r })
	for _, change := range []func(*settings.Room){
		func(r *settings.Room) { r.Language = "en" },
		func(r *settings.Room) { r.UploadMax, r.UploadFrom, r.UploadTo = 500_000, "20:00", "06:30" },
	} {
		if err := k.Change(change); err != nil {
			t.Fatal(err)
		}
	}
	read, err := settings.LoadRoom(home)
	if err != nil || read.Language != "en" || read.UploadMax != 500_000 || heard.UploadTo != "06:30" {
		t.Errorf("read %+v, heard %+v, %v", read, heard, err)
	}
	if from, to := read.Hours(); from != 20*time.Hour || to != 6*time.Hour+30*time.Minute {
		t.Errorf("hours %v to %v", from, to)
	}
}

func TestAWrongSettingIsNotKeptAndEachFaultNamesItsField(t *testing.T) {
	k, home := kept(t)
	bad := func(r *settings.Room) {
		r.Cameras, r.UploadFrom, r.UploadTo, r.NTP, r.UploadMax = []string{"webcam"}, "25:00", "", "a b", -1
	}
	err := k.Change(bad)
	var faults strict.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	fields := map[string]bool{}
	for _, f := range faults {
		fields[f.Field] = true
	}
	for _, want := range []string{"cameras[0]", "upload_from", "upload_to", "ntp", "upload_max"} {
		if !fields[want] {
			t.Errorf("no fault of %s in %v", want, faults)
		}
	}
	if _, err := settings.LoadRoom(home); err == nil {
		t.Error("a faulty file was written")
	}
	r := k.Now()
	bad(&r)
	if got := r.Faults(); len(got) != len(faults) {
		t.Errorf("the faults of the text are %v; of the change %v", got, faults)
	}
	if r := k.Now(); len(r.Faults()) > 0 || r.UploadFrom != "" {
		t.Errorf("kept %+v", r)
	}
}
