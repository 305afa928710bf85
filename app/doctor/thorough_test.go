package doctor_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"minglu/app/doctor"
	"minglu/app/i18n"
)

func TestAThoroughLookFindsWhatTakesTime(t *testing.T) {
	b := newBureau(t)
	thorough := func() doctor.Room {
		r := b.room("A3", 365*24*time.Hour)
		r.Thorough = true
		r.Waiting = func(context.Context) (int64, error) { return 40_000_000, nil }
		r.Renderer = func(context.Context) (string, error) { return "NVIDIA GeForce", nil }
		return r
	}
	root := func(r doctor.Room) fstest.MapFS { return r.Root.(fstest.MapFS) }
	for name, c := range map[string]struct {
		spoil       func(*doctor.Room)
		check, code string
		state       doctor.State
	}{
		"by hand":     {func(*doctor.Room) {}, "release", "release.dev", doctor.OK},
		"interrupted": {func(r *doctor.Room) { root(*r)["var/lib/minglu-install/before"] = &fstest.MapFile{} }, "release", "release.unfinished", doctor.Fail},
		"no list trusted": {func(r *doctor.Room) {
			root(*r)["var/lib/minglu-install/release/SHA256SUMS"] = &fstest.MapFile{Data: []byte("x")}
			root(*r)["var/lib/minglu-install/release/SHA256SUMS.p7s"] = &fstest.MapFile{Data: []byte("x")}
		}, "release", "release.untrusted", doctor.Fail},
		"no disk tells":    {func(*doctor.Room) {}, "health", "health.unknown", doctor.OK},
		"a healthy disk":   {func(r *doctor.Room) { root(*r)["sys/fs/ext4/sda1/errors_count"] = &fstest.MapFile{Data: []byte("0\n")} }, "health", "health.ok", doctor.OK},
		"a dying disk":     {func(r *doctor.Room) { root(*r)["sys/fs/ext4/sda1/errors_count"] = &fstest.MapFile{Data: []byte("3\n")} }, "health", "health.errors", doctor.Warn},
		"a line":           {func(*doctor.Room) {}, "hq_rate", "hq_rate.ok", doctor.OK},
		"too much waiting": {func(r *doctor.Room) { r.Waiting = func(context.Context) (int64, error) { return 1 << 60, nil } }, "hq_rate", "hq_rate.slow", doctor.Warn},
		"a graphics card":  {func(*doctor.Room) {}, "renderer", "renderer.ok", doctor.OK},
		"no card": {func(r *doctor.Room) {
			r.Renderer = func(context.Context) (string, error) { return "llvmpipe (LLVM 15)", nil }
		}, "renderer", "renderer.software", doctor.Warn},
		"no OpenGL": {func(r *doctor.Room) {
			r.Renderer = func(context.Context) (string, error) { return "", errors.New("no GL") }
		}, "renderer", "unknown", doctor.Fail},
		"a covered lens":    {func(r *doctor.Room) { r.Camera = probes(doctor.Probe{Width: 1280, FPS: 25, State: "black"}) }, "camera", "camera.black", doctor.Warn},
		"a null microphone": {func(r *doctor.Room) { r.Microphone = probes(doctor.Probe{PeakDB: -96, State: "dead"}) }, "microphone", "microphone.dead", doctor.Fail},
		"a fan":             {func(r *doctor.Room) { r.Microphone = probes(doctor.Probe{PeakDB: -10, FloorDB: -20, State: "sound"}) }, "microphone", "microphone.noisy", doctor.Warn},
	} {
		t.Run(name, func(t *testing.T) {
			r := thorough()
			c.spoil(&r)
			got, _ := results(r.Checks(), i18n.ZH)
			f := got[c.check]
			if f.State != c.state || f.Code != c.code {
				t.Errorf("got %+v; want %s %s", f, c.state, c.code)
			}
			if (f.Ask != "") != (c.state == doctor.Warn || c.state == doctor.Fail) {
				t.Errorf("asks %q", f.Ask)
			}
		})
	}
	b.status.Store(http.StatusNotFound)
	r := thorough()
	if got, _ := results(r.Checks(), i18n.EN); got["hq_health"].State != doctor.Fail {
		t.Errorf("got %+v", got["hq_health"])
	}
}

func TestADiskIsLookedAtBeforeTheFirstStart(t *testing.T) {
	r := newBureau(t).room("A3", 365*24*time.Hour)
	r.Home = filepath.Join(r.Home, "not", "yet")
	if got, _ := results(r.Checks(), i18n.ZH); got["disk"].Code != "disk.ok" {
		t.Errorf("got %+v", got["disk"])
	}
	if _, err := os.Stat(r.Home); err == nil {
		t.Error("the doctor made a home")
	}
}

func TestHeadquartersHearsTheResult(t *testing.T) {
	b := newBureau(t)
	r := b.room("A3", 365*24*time.Hour)
	e := doctor.Examination{At: time.Now(), Results: []doctor.Result{{Check: "disk", State: doctor.Warn, Title: "磁盘"}}}
	if err := r.Tell(context.Background(), e); err != nil {
		t.Error(err)
	}
	b.status.Store(http.StatusServiceUnavailable)
	if err := r.Tell(context.Background(), e); err == nil {
		t.Error("a refusal was taken for an ear")
	}
}

func TestADayIsThePeoplesDay(t *testing.T) {
	noon := time.Date(2026, 10, 8, 12, 0, 0, 0, time.Local)
	for _, c := range []struct {
		at  time.Time
		due bool
	}{
		{time.Time{}, true}, {noon.Add(-11 * time.Hour), false}, {noon.Add(-13 * time.Hour), true}, {noon.Add(time.Hour), true},
	} {
		if got := (doctor.Examination{At: c.at}).Due(noon); got != c.due {
			t.Errorf("%v: %v", c.at, got)
		}
	}
}

func TestThePaperSaysWhatTheScreenSays(t *testing.T) {
	e := doctor.Examination{At: time.Date(2026, 10, 8, 8, 30, 0, 0, time.UTC), Version: "0.1.7", Room: "R101", Title: "一号约谈室"}
	for range 40 {
		e.Results = append(e.Results, doctor.Result{Check: "disk", State: doctor.Warn, Title: "磁盘", Found: "只够录制 5.0 小时", Do: "请腾出空间。", Ask: "本局技术人员"})
	}
	first, err := doctor.Paper(e, i18n.ZH)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := doctor.Paper(e, i18n.ZH); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the same examination gave other bytes: %v", err)
	}
	path := filepath.Join(t.TempDir(), "doctor.pdf")
	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	for _, want := range []string{"体检报告", "R101 一号约谈室", "只够录制 5.0 小时", "→ 请腾出空间。", "可求助：本局技术人员", "40 项提醒"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("no %q: %v", want, err)
		}
	}
}
