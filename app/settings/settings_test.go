package settings_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/capture/strict"
)

func room() settings.Room {
	return settings.Room{V: 1, Room: "A3", Title: "第三约谈室", Org: "某某市税务局稽查局", HQ: "https://hq.example:8443",
		Language: "zh", Cameras: []string{"device:", "rtsp://user:secret@10.0.0.5/live"}, Microphone: "device:USB Mic", UploadMax: 2_000_000}
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	home := t.TempDir()
	if err := room().Save(durable.OS{}, home); err != nil {
		t.Fatal(err)
	}
	got, err := settings.LoadRoom(home)
	if err != nil || got.HQ != room().HQ || !slices.Equal(got.Cameras, room().Cameras) || got.Title != room().Title {
		t.Errorf("got %+v, %v", got, err)
	}
	hq := settings.HQ{V: 1, Name: "某某市税务局"}
	if err := hq.Save(durable.OS{}, home); err != nil {
		t.Fatal(err)
	}
	if got, err := settings.LoadHQ(home); err != nil || got != hq {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAMachineMayShareAHall(t *testing.T) {
	alone, shared := room(), room()
	shared.Hall, shared.HallTitle = "HALL1", "办税服务厅"
	if alone.HallCode() != "A3" || alone.HallName() != alone.Title || shared.HallCode() != "HALL1" || shared.HallName() != "办税服务厅" {
		t.Error("the hall is another one")
	}
	shared.Hall = "hall 1"
	if err := shared.Save(durable.OS{}, t.TempDir()); err == nil {
		t.Error("a hall with a blank was accepted")
	}
}

func TestAMissingFileIsToldApart(t *testing.T) {
	if _, err := settings.LoadRoom(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestEveryFaultOfARoomIsListedWithItsLine(t *testing.T) {
	_, err := settings.ParseRoom("room.json", []byte(`{
  "v": 2,
  "room": "a 3",
  "title": " ",
  "org": "某某局",
  "hq": "http://hq.example",
  "language": "fr",
  "cameras": ["device:", "usb0", "synth:"],
  "ntp": "pool/x",
  "upload_max": -1
}`))
	want := []string{
		`room.json:2: v: value: 2; want 1`,
		`room.json:3: room: value: "a 3"; want [A-Z0-9]{1,16}`,
		`room.json:4: title: missing`,
		`room.json:6: hq: value; want https://HOST`,
		`room.json:7: language: value: "fr"; want zh | en`,
		`room.json:8: cameras[1]: value; want device: | device:NAME | synth: | file:PATH | rtsp://HOST/PATH`,
		`room.json:8: cameras: size: 3; want ≤ 2`,
		`room.json:9: ntp: value: "pool/x"; want HOST`,
		`room.json:10: upload_max: value: -1; want ≥ 0`,
	}
	if err == nil || !slices.Equal(strings.Split(err.Error(), "\n"), want) {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestUnknownKeysAreRefused(t *testing.T) {
	for _, text := range []string{`{"v":1,"room":"A","title":"t","org":"","hq":"https://h","colour":"red"}`, "", "null", "[]", "{", `{"v":1}`} {
		var faults strict.Faults
		if _, err := settings.ParseRoom("room.json", []byte(text)); !errors.As(err, &faults) {
			t.Errorf("%q: got %v", text, err)
		}
		if _, err := settings.ParseHQ("hq.json", []byte(text)); !errors.As(err, &faults) {
			t.Errorf("%q as headquarters': got %v", text, err)
		}
	}
}

func TestAPasswordInASourceIsNotRepeated(t *testing.T) {
	text := `{"v":1,"room":"A","title":"t","org":"","hq":"https://user:secret@h","cameras":["rtsp://user:secret@"]}`
	_, err := settings.ParseRoom("room.json", []byte(text))
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestAFileTooLargeIsNotReadWhole(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, settings.RoomFile), bytes.Repeat([]byte(" "), 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var faults strict.Faults
	if _, err := settings.LoadRoom(home); !errors.As(err, &faults) || faults[0].Kind != strict.Size {
		t.Errorf("got %v", err)
	}
}

func TestAFaultyRoomIsNotSaved(t *testing.T) {
	home, bad := t.TempDir(), room()
	if err := room().Save(durable.OS{}, home); err != nil {
		t.Fatal(err)
	}
	bad.Room = "lower"
	if err := bad.Save(durable.OS{}, home); err == nil {
		t.Error("a faulty room was saved")
	}
	if got, err := settings.LoadRoom(home); err != nil || got.Room != "A3" {
		t.Errorf("the good file is gone: %+v, %v", got, err)
	}
}

func FuzzParseRoomNeverPanics(f *testing.F) {
	f.Add([]byte(`{"v":1,"room":"A","title":"t","org":"","hq":"https://h"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := settings.ParseRoom("f", data)
		if err == nil && (r.Room == "" || r.HQ == "") {
			t.Errorf("an empty room was taken: %+v", r)
		}
	})
}
