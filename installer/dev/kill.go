package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Bounds of the campaign. A recording lasts killLength; the blow falls within killWindow, so that some fall
// while it is being sealed.
const (
	killLength = 5 * time.Second
	killWindow = 6 * time.Second
	lostGoal   = time.Second // of the tail, at most
	frameTime  = 40 * time.Millisecond
)

// blow is what one kill did.
type blow struct {
	id      string
	sealed  bool          // the recorder had finished before
	at      time.Duration // recording time of the kill
	durable time.Duration // what the recovery says survived
	lost    time.Duration
	verdict string
	err     error
}

func runKill(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("kill", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	count := flags.Int("n", killRuns, "kills")
	rooms := flags.Int("rooms", 4, "rooms recording at the same time")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w understand: %w; dev kill takes -n, -rooms and -seed", errUnable, err)
	}
	if err := errors.Join(s.install(ctx, append(toBuild(s, false), "ffmpeg")), s.build(ctx, headless()...)); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "minglu-kill-")
	if err != nil {
		return fmt.Errorf("%w make a folder: %w", errUnable, err)
	}
	s.say("kill: %d kills in %d rooms, seed %d, in %s", *count, *rooms, *seed, folder)
	blows, err := s.killRooms(ctx, folder, *count, *rooms, *seed)
	if err == nil {
		err = s.sumUp(blows)
	}
	if err != nil {
		return fmt.Errorf("%w\n  kept for a look: %s", err, folder)
	}
	return os.RemoveAll(folder)
}

// killRooms deals count kills out to rooms that record beside each other.
func (s shop) killRooms(ctx context.Context, folder string, count, rooms int, seed uint64) (blows []blow, err error) {
	log, err := os.Create(filepath.Join(folder, "run.log"))
	if err != nil {
		return nil, err
	}
	quiet := s
	quiet.out = io.Discard
	first := newPractice(quiet, folder, "K1", log)
	stop, err := first.openHeadquarters(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(), log.Close()) }()
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range rooms {
		p := newPractice(quiet, folder, "K"+strconv.Itoa(i+1), log)
		p.url = first.url
		if err := errors.Join(p.enrol(ctx), p.examined()); err != nil {
			return nil, err
		}
		chance := rand.New(rand.NewPCG(seed, uint64(i)))
		group.Go(func() {
			for n := i; n < count && ctx.Err() == nil; n += rooms {
				b := p.strike(ctx, time.Duration(chance.Int64N(int64(killWindow))))
				mu.Lock()
				blows = append(blows, b)
				s.say("%3d %v", len(blows), b)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return blows, nil
}

// String tells a blow in one line.
func (b blow) String() string {
	switch {
	case b.err != nil:
		return fmt.Sprintf("%s FAIL %v", b.id, b.err)
	case b.sealed:
		return fmt.Sprintf("%s was sealed before the kill, %s", b.id, b.verdict)
	}
	return fmt.Sprintf("%s killed at %d ms, durable %d ms, lost %d ms, %s", b.id, b.at.Milliseconds(),
		b.durable.Milliseconds(), b.lost.Milliseconds(), b.verdict)
}

// strike records, kills the recorder after delay, recovers, and looks at what is left.
func (p practice) strike(ctx context.Context, delay time.Duration) (b blow) {
	t, killed, err := p.recordAndKill(ctx, delay)
	if b.id = t.id; err != nil {
		b.err = err
		return b
	}
	folder := t.folder
	b.sealed = folder != ""
	b.err = p.finish(ctx, p.log, time.Minute, func(e event) {
		if e.is("recovered") && e.text("id") == t.id {
			folder, b.durable = e.text("package"), time.Duration(e.number("durable_ms"))*time.Millisecond
		}
	}, "minglu", "recover", "--home", p.room)
	if folder == "" { // the blow may have come between the seal and the word of it
		folder, b.sealed = filepath.Join(p.room, "vault", b.id), true
	}
	if b.err == nil {
		b.err = b.examine(ctx, p, folder, killed)
	}
	return b
}

// recordAndKill returns the recording and the moment of the kill.
func (p practice) recordAndKill(ctx context.Context, delay time.Duration) (*take, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, killLength+time.Minute)
	defer cancel()
	t, err := p.startTake(ctx, "synth:", "synth:", killLength)
	if err != nil {
		return t, time.Time{}, err
	}
	time.Sleep(delay)
	killed := time.Now()
	if err := syscall.Kill(int(t.recorder), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return t, killed, errors.Join(fmt.Errorf("kill the recorder: %w", err), t.end())
	}
	_ = t.end() // it says that its recorder died, which we know
	return t, killed, nil
}

// examine judges the package, asks ffprobe, and compares what was lost with what may be.
func (b *blow) examine(ctx context.Context, p practice, folder string, killed time.Time) error {
	v, err := p.judge(ctx, folder, p.roots)
	if err != nil {
		return err
	}
	b.verdict = v.Verdict
	if !v.authentic() {
		return fmt.Errorf("%s is %s: %v", folder, v.Verdict, v.Faults)
	}
	length, err := p.probe(ctx, filepath.Join(folder, "data", "media", "cam0.mp4"))
	if err != nil || b.sealed {
		return err
	}
	zero, err := recordingZero(folder)
	if err != nil {
		return err
	}
	b.at = killed.Sub(zero)
	b.lost = max(0, min(b.at, killLength)-b.durable)
	if off := length - b.durable; off > frameTime || off < -frameTime {
		return fmt.Errorf("the recovery says %v are durable, ffprobe finds %v", b.durable, length)
	}
	if b.lost > lostGoal {
		return fmt.Errorf("killed at %v, only %v durable: %v lost, more than %v", b.at, b.durable, b.lost, lostGoal)
	}
	return nil
}

// probe is a media file's length; ffprobe must have nothing to complain of.
func (s shop) probe(ctx context.Context, path string) (time.Duration, error) {
	cmd := s.command(ctx, "ffprobe", "-v", "warning", "-show_entries", "format=duration", "-of", "csv=p=0", path)
	var said tail
	cmd.Stderr = &said
	out, err := cmd.Output()
	if words := said.last(); err != nil || words != "" {
		return 0, errors.Join(fmt.Errorf("ffprobe %s: %q", path, words), err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return time.Duration(seconds * float64(time.Second)), err
}

// recordingZero reads recording time zero from the journal's start line.
func recordingZero(folder string) (time.Time, error) {
	journal, err := os.ReadFile(filepath.Join(folder, "data", "journal.jsonl"))
	if err != nil {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(journal)) {
		var l struct {
			Type string `json:"type"`
			Body struct {
				Zero time.Time `json:"zero_utc"`
			} `json:"body"`
		}
		if json.Unmarshal([]byte(line), &l) == nil && l.Type == "start" {
			return l.Body.Zero, nil
		}
	}
	return time.Time{}, errors.New("the journal has no start line")
}

// sumUp prints the campaign's result.
func (s shop) sumUp(blows []blow) error {
	var lost []time.Duration
	var failed []error
	sealed := 0
	for _, b := range blows {
		switch {
		case b.err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", b.id, b.err))
		case b.sealed:
			sealed++
		default:
			lost = append(lost, b.lost)
		}
	}
	slices.Sort(lost)
	word := "PASS"
	if len(failed) > 0 || len(lost) == 0 {
		word = "FAIL"
	}
	at := func(share float64) int64 {
		if len(lost) == 0 {
			return 0
		}
		return lost[int(share*float64(len(lost)-1))].Milliseconds()
	}
	s.say("KILL runs=%d recovered=%d sealed_before=%d failed=%d lost_ms min=%d median=%d p95=%d max=%d goal=%d %s",
		len(blows), len(lost), sealed, len(failed), at(0), at(0.5), at(0.95), at(1), lostGoal.Milliseconds(), word)
	if word == "FAIL" {
		return fmt.Errorf("dev kill: %d of %d runs failed\n%w", len(failed), len(blows), errors.Join(failed...))
	}
	return nil
}
