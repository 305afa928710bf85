package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// interview is what the practice room's clerk has typed: an invented interview.
//
//go:embed interview.txt
var interview []byte

// practice is a room and a headquarters on this one machine, kept apart from real ones.
type practice struct {
	shop
	room, hq, roots string // the room's home, headquarters' data, the roots a stranger is given
	code, title     string // of the room
	length          time.Duration
	window          bool
	log             io.Writer
	url             string // of the running headquarters
}

func runPractice(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	home := flags.String("home", "", "folder of the practice room")
	once := flags.Bool("once", false, "open no window")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w understand: %w; dev run takes --home DIR and --once", errUnable, err)
	}
	folder, err := practiceFolder(*home)
	if err != nil {
		return err
	}
	window := !*once && os.Getenv("DISPLAY") != ""
	programs := headless()
	if window { // without a screen its many C parts, more than half of a first build, would serve nobody
		programs = append(programs, "minglu-desk")
	}
	if err := errors.Join(s.install(ctx, toBuild(s, window)), s.buildAloud(ctx, programs)); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(folder, "run.log"))
	if err != nil {
		return fmt.Errorf("%w write in %s: %w; choose another folder with --home", errUnable, folder, err)
	}
	p := newPractice(s, folder, "R101", log)
	p.window = window
	s.say("Practice home: %s (everything the programs said is in run.log)", folder)
	err = errors.Join(p.walk(ctx), log.Close())
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("dev run: %w\n  the whole story is in %s", err, log.Name())
	}
	return err
}

// newPractice is a room of its own, by its code, with the headquarters that all rooms in folder share.
func newPractice(s shop, folder, code string, log io.Writer) practice {
	return practice{
		shop: s, room: filepath.Join(folder, code), hq: filepath.Join(folder, "hq"),
		roots: filepath.Join(folder, "hq", "root.pem"), code: code, title: "练习约谈室", length: 15 * time.Second, log: log,
	}
}

// practiceFolder is home, or a folder of its own beside the user's data.
func practiceFolder(home string) (string, error) {
	if home == "" {
		data := os.Getenv("XDG_DATA_HOME")
		if data == "" {
			user, err := os.UserHomeDir()
			if err != nil {
				return "", fmt.Errorf("%w find the user's folder: %w; choose one with --home", errUnable, err)
			}
			data = filepath.Join(user, ".local", "share")
		}
		home = filepath.Join(data, "minglu-practice")
	}
	folder, err := filepath.Abs(home)
	if err == nil {
		err = os.MkdirAll(folder, 0o750)
	}
	if err != nil {
		return "", fmt.Errorf("%w make the practice home: %w; choose another with --home", errUnable, err)
	}
	return folder, nil
}

func (s shop) buildAloud(ctx context.Context, programs []string) error {
	began := time.Now()
	s.say("Building (minutes the first time, a moment afterwards) …")
	if err := s.build(ctx, programs...); err != nil {
		return err
	}
	s.say("Built the programs in %s in %.0f s", s.bin, time.Since(began).Seconds())
	return nil
}

// walk goes from the lens to the receipt, then shows the window where there is a display.
func (p practice) walk(ctx context.Context) (err error) {
	stop, err := p.openHeadquarters(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := p.enrol(ctx); err != nil {
		return err
	}
	r, err := p.record(ctx)
	if err != nil {
		return err
	}
	if err := p.sync(ctx, &r); err != nil {
		return err
	}
	if err := p.verify(ctx, r); err != nil {
		return err
	}
	p.tellStranger(r)
	return p.openWindow(ctx)
}

var fingerprint = regexp.MustCompile(`sha256:[0-9a-fA-F]{64}`)

// openHeadquarters makes headquarters the first time, and serves it until stop is called.
func (p *practice) openHeadquarters(ctx context.Context) (stop func() error, err error) {
	print := filepath.Join(filepath.Dir(p.hq), "fingerprint")
	if _, err := os.Stat(print); err != nil {
		var said []byte
		see := func(e event) { said = fmt.Append(said, e) }
		err := p.finish(ctx, p.log, time.Minute, see, "minglu-hq", "init", "--data", p.hq, "--name", "示例市税务局（练习）")
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(print, fingerprint.Find(said), 0o640); err != nil {
			return nil, fmt.Errorf("keep the authority's fingerprint: %w", err)
		}
		p.say("Headquarters: made its authorities in %s", p.hq)
	}
	hq, err := p.start(ctx, p.log, "minglu-hq", "serve", "--data", p.hq, "--listen", p.address())
	if err != nil {
		return nil, err
	}
	stop = func() error {
		if err := hq.cmd.Cancel(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop headquarters: %w", err)
		}
		if err := hq.wait(); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	}
	alarm := time.AfterFunc(time.Minute, func() { _ = hq.cmd.Cancel() })
	e, ok := hq.next()
	alarm.Stop()
	if !ok || !e.is("listening") {
		return nil, errors.Join(errors.New("headquarters did not begin to listen"), hq.wait())
	}
	p.url = e.text("url")
	p.say("Headquarters: listening on %s", p.url)
	return stop, nil
}

// address is where the room expects headquarters: any free port the first time, afterwards the same.
func (p practice) address() string {
	var settings struct {
		HQ string `json:"hq"`
	}
	text, err := os.ReadFile(filepath.Join(p.room, "room.json"))
	if err == nil && json.Unmarshal(text, &settings) == nil {
		if at, err := url.Parse(settings.HQ); err == nil && at.Host != "" {
			return at.Host
		}
	}
	return "127.0.0.1:0"
}

// enrol admits the room with a one-time code, once.
func (p practice) enrol(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(p.room, "room.json")); err == nil {
		p.say("Room: already enrolled, in %s", p.room)
		return nil
	}
	print, err := os.ReadFile(filepath.Join(filepath.Dir(p.hq), "fingerprint"))
	if err != nil {
		return fmt.Errorf("read the authority's fingerprint: %w", err)
	}
	var code, room string
	err = p.finish(ctx, p.log, time.Minute, func(e event) { code += e.text("code") },
		"minglu-hq", "invite", "--data", p.hq, "--room", p.code, "--title", p.title)
	if err != nil {
		return err
	}
	err = p.finish(ctx, p.log, time.Minute, func(e event) { room += e.text("room") }, "minglu", "enrol",
		"--home", p.room, "--hq", p.url, "--code", code, "--ca-fingerprint", string(print))
	if err != nil {
		return err
	}
	p.say("Room: %s enrolled with a one-time code; its keys were made here, in %s", room, filepath.Join(p.room, "keys"))
	return nil
}

// examined notes that the room was examined today: what is measured is the recording, not what a day begins with.
func (p practice) examined() error {
	return os.WriteFile(filepath.Join(p.room, "doctor.json"), fmt.Appendf(nil, `{"at":%q}`, time.Now().Format(time.RFC3339)), 0o640)
}

// sources names a real camera and a real microphone where there are any, else synthetic ones.
func sources() (camera, microphone string) {
	camera, microphone = "synth:", "synth:"
	if found, _ := filepath.Glob("/dev/video*"); len(found) > 0 {
		camera = "device:"
	}
	if cards, err := os.ReadFile("/proc/asound/pcm"); err == nil && captures.Match(cards) {
		microphone = "device:"
	}
	return camera, microphone
}

var captures = regexp.MustCompile(`capture \d`)

// record records with what there is; a device that cannot be opened gives way to a synthetic one, aloud.
func (p practice) record(ctx context.Context) (recorded, error) {
	camera, microphone := sources()
	r, err := p.recordFrom(ctx, camera, microphone)
	if err != nil && r.id == "" && exitCode(err) == 2 && (camera != "synth:" || microphone != "synth:") {
		p.say("Room: this machine's camera or microphone cannot be used (%v); going on with synthetic ones", err)
		return p.recordFrom(ctx, "synth:", "synth:")
	}
	return r, err
}

func (p practice) recordFrom(ctx context.Context, camera, microphone string) (recorded, error) {
	text := filepath.Join(filepath.Dir(p.room), "interview.txt")
	if err := os.WriteFile(text, interview, 0o640); err != nil {
		return recorded{}, fmt.Errorf("write the transcript: %w", err)
	}
	p.say("Room: recording %v (camera %s, microphone %s) …", p.length, camera, microphone)
	var r recorded
	args := slices.Concat([]string{"record", "--home", p.room}, practicePlan(),
		[]string{"--camera", camera, "--mic", microphone, "--transcript", text, "--for", p.length.String()})
	// the first recording of a day brings its examination with it
	err := p.finish(ctx, p.log, p.length+2*time.Minute, r.see, "minglu", args...)
	if err != nil {
		return r, err
	}
	if r.folder == "" {
		return r, errors.New("minglu record ended without a sealed package")
	}
	p.say("Room: %s sealed: %d pictures, %.1f s, transcript inside", r.id, r.frames, float64(r.duration)/1000)
	p.say("      %s", r.folder)
	return r, nil
}

// sync sends the queue and waits for the receipt of r.
func (p practice) sync(ctx context.Context, r *recorded) error {
	var refused error
	err := p.finish(ctx, p.log, 5*time.Minute, func(e event) {
		switch {
		case e.is("receipt") && e.text("id") == r.id:
			r.receipt = e.text("receipt")
		case e.is("refused"):
			refused = fmt.Errorf("headquarters refused %s: %v", e.text("id"), e["why"])
		}
	}, "minglu", "sync", "--home", p.room, "--until-empty")
	if err := errors.Join(refused, err); err != nil {
		return err
	}
	if r.receipt == "" {
		return fmt.Errorf("no receipt came for %s", r.id)
	}
	p.say("Sync: headquarters verified it and signed a receipt: %s", r.receipt)
	return nil
}
