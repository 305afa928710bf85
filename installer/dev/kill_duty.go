package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Windows within which the blows of a duty campaign fall: while entries are typed, and while a day is closed.
const (
	typeWindow  = 600 * time.Millisecond
	closeWindow = 900 * time.Millisecond
	duskEntries = 400 // of a day, at most
)

// runKillDuty kills minglu while entries are entered and the recorder while a day is sealed, and counts.
func runKillDuty(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("kill-duty", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	count := flags.Int("n", 2*killRuns, "kills, half of them while typing")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w understand: %w; dev kill-duty takes -n and -seed", errUnable, err)
	}
	if err := errors.Join(s.install(ctx, toBuild(s, false)), s.build(ctx, headless()...)); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-kill-duty-")
	if err != nil {
		return fmt.Errorf("%w make a folder: %w", errUnable, err)
	}
	s.say("kill-duty: %d kills, seed %d, in %s", *count, *seed, folder)
	if err := s.killDuty(ctx, folder, *count, *seed); err != nil {
		return fmt.Errorf("dev kill-duty: %w\n  kept for a look: %s", err, folder)
	}
	return os.RemoveAll(folder)
}

func (s shop) killDuty(ctx context.Context, folder string, count int, seed uint64) (err error) {
	log, err := os.Create(filepath.Join(folder, "run.log"))
	if err != nil {
		return err
	}
	quiet := s
	quiet.out = io.Discard
	p := newPractice(quiet, folder, "KD", log)
	stop, err := p.openHeadquarters(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop(), log.Close()) }()
	if err := p.enrol(ctx); err != nil {
		return err
	}
	chance := rand.New(rand.NewPCG(seed, 7))
	kills, acknowledged, resumed, today := 0, 0, 0, time.Now()
	for i := 1; kills < count && ctx.Err() == nil; i++ {
		d := dusk{practice: p, day: today.AddDate(0, 0, -i).Format(time.DateOnly), chance: chance}
		if err := d.run(ctx); err != nil {
			return fmt.Errorf("day %s after %d kills: %w", d.day, kills, err)
		}
		kills, acknowledged = kills+d.kills, acknowledged+len(d.acked)
		if d.verdict != "AUTHENTIC" {
			resumed++
		}
		s.say("%3d kills  %s: %d acknowledged, %d in the package, %s", kills, d.day, len(d.acked), d.sealed, d.verdict)
	}
	s.say("KILL-DUTY kills=%d acknowledged=%d lost=0 doubled=0 resumed=%d PASS", kills, acknowledged, resumed)
	return ctx.Err()
}

// dusk is one day of a duty log that is killed while it is typed and while it is closed.
type dusk struct {
	practice
	day     string
	chance  *rand.Rand
	kills   int
	acked   map[string]bool // ids that were answered
	sealed  int
	verdict string
}

func (d *dusk) run(ctx context.Context) error {
	d.acked = map[string]bool{}
	ids := make([]string, duskEntries/4+d.chance.IntN(duskEntries*3/4))
	for i := range ids {
		ids[i] = fmt.Sprintf("%016x%016x", d.chance.Uint64(), d.chance.Uint64())
	}
	if err := d.enter(ctx, ids, d.within(typeWindow)); err != nil {
		return err
	}
	d.kills++
	if err := d.kept(ctx); err != nil {
		return err
	}
	if err := d.enter(ctx, ids, 0); err != nil { // the same ids again: nothing may be doubled
		return err
	}
	if len(d.acked) != len(ids) {
		return fmt.Errorf("%d of %d entries were answered without a kill", len(d.acked), len(ids))
	}
	if err := d.closeKilled(ctx, 50*time.Millisecond+d.within(closeWindow)); err != nil {
		return err
	}
	d.kills++
	return d.examine(ctx)
}

// enter sends entries to minglu, and kills it after a while if that is not 0. An answer read is an acknowledgement.
func (d *dusk) enter(ctx context.Context, ids []string, after time.Duration) error {
	var in bytes.Buffer
	for i, id := range ids {
		act := ""
		if i == 0 {
			act = `"act":"shift_start",`
		}
		fmt.Fprintf(&in, `{"id":"%s","day":"%s",%s"author":"李强","text":"第%d件，咨询个税汇算"}`+"\n", id, d.day, act, i)
	}
	cmd := d.command(ctx, d.program("minglu"), "duty", "add", "--stdin", "--home", d.room)
	cmd.Stdin, cmd.Stderr = &in, d.log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	if after > 0 {
		blow := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
		defer blow.Stop()
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Event string `json:"event"`
			ID    string `json:"id"`
		}
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "entry" {
			d.acked[e.ID] = true
		}
	}
	err = errors.Join(lines.Err(), cmd.Wait())
	var exit *exec.ExitError
	if after > 0 && errors.As(err, &exit) {
		return nil
	}
	return err
}

// kept demands that everything answered before the blow is in the log, and nothing twice.
func (d *dusk) kept(ctx context.Context) error {
	there := map[string]int{}
	see := func(e event) { there[e.text("id")]++ }
	if err := d.finish(ctx, d.log, time.Minute, see, "minglu", "duty", "list", "--home", d.room, "--day", d.day); err != nil {
		return err
	}
	for id := range d.acked {
		if there[id] != 1 {
			return fmt.Errorf("%s was acknowledged before the kill and is in the log %d times", id, there[id])
		}
	}
	return nil
}

// closeKilled closes the day, kills the recorder and the command line on the way, and closes again.
func (d *dusk) closeKilled(ctx context.Context, after time.Duration) error {
	args := []string{"duty", "close", "--offline", "--home", d.room, "--day", d.day, "--author", "李强"}
	cmd := d.command(ctx, d.program("minglu"), args...)
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if err := cmd.Start(); err != nil {
		return err
	}
	blow := time.AfterFunc(after, func() {
		if recorder, err := findProcess(ctx, "minglu-agent", d.room, 10*time.Millisecond); err == nil {
			_ = syscall.Kill(int(recorder), syscall.SIGKILL)
		}
		_ = cmd.Process.Signal(syscall.SIGKILL)
	})
	_ = cmd.Wait() // it may have been done before the blow
	blow.Stop()
	return d.finish(ctx, d.log, time.Minute, func(event) {}, "minglu", args...)
}

// examine finds the day's one package, verifies it and counts: each acknowledged entry is in it, once.
func (d *dusk) examine(ctx context.Context) error {
	packages, err := filepath.Glob(filepath.Join(d.room, "vault", "KD-*"))
	if err != nil {
		return err
	}
	found := 0
	for _, folder := range packages {
		text, err := os.ReadFile(filepath.Join(folder, "data", "dutylog.json"))
		if err != nil {
			continue // a number whose package never began
		}
		var book dayBook
		if err := json.Unmarshal(text, &book); err != nil {
			return err
		}
		if book.Duty.Day != d.day {
			continue
		}
		found++
		v, err := d.judge(ctx, folder, d.roots)
		if err != nil || !v.authentic() {
			return errors.Join(fmt.Errorf("%s is %s: %v", folder, v.Verdict, v.Faults), err)
		}
		if err := d.count(book); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		d.verdict = v.Verdict
	}
	if found != 1 {
		return fmt.Errorf("the day has %d packages", found)
	}
	return nil
}

// dayBook is what is read of data/dutylog.json.
type dayBook struct {
	Duty    struct{ Day string }
	Entries []struct{ ID string }
}

// count demands that each acknowledged entry is in the book, once, and nothing else but the closing.
func (d *dusk) count(book dayBook) error {
	seen := map[string]bool{}
	for _, e := range book.Entries {
		if seen[e.ID] {
			return fmt.Errorf("it holds %s twice", e.ID)
		}
		seen[e.ID] = true
	}
	for id := range d.acked {
		if !seen[id] {
			return fmt.Errorf("%s was acknowledged and is not in it", id)
		}
	}
	if d.sealed = len(seen); d.sealed != len(d.acked)+1 {
		return fmt.Errorf("it holds %d entries of %d", d.sealed, len(d.acked)+1)
	}
	return nil
}

// within is a moment of a window.
func (d *dusk) within(window time.Duration) time.Duration {
	return time.Duration(d.chance.Int64N(int64(window)))
}
