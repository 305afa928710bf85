package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// evidenceWork names the functions beneath which a recording is evidence and no mere film: the journal and its
// signatures, digests, and writing so that it is there after a power cut. The media file's form (fmp4) is not.
const evidenceWork = `^minglu/capture/(seal|evidence|durable|stamp|key)\.|^crypto/|^github\.com/emmansun/gmsm`

// evidence records with a profile of the recorder and adds up the samples of evidence work.
func (b *bench) evidence(ctx context.Context) error {
	clip, err := b.rawClip(ctx, 1280, 720)
	if err != nil {
		return err
	}
	wav, err := b.speech(ctx)
	if err != nil {
		return err
	}
	room, stop, err := b.room(ctx)
	if err != nil {
		return err
	}
	var work, whole, accounted []float64
	for i := range b.pairs {
		profile := b.path(fmt.Sprintf("evidence%d.pprof", i))
		used, err := b.recordProfiled(ctx, room, profile, clip, wav)
		if err != nil {
			return errors.Join(err, stop())
		}
		evidence, total, err := b.samples(ctx, room.program("minglu-agent"), profile)
		if err != nil {
			return errors.Join(err, stop())
		}
		b.say("  evidence %.2f s of %.2f s sampled, %.2f s used", evidence, total, used.seconds)
		work, whole, accounted = append(work, evidence), append(whole, total), append(accounted, total/used.seconds)
	}
	if seen := median(accounted); seen < 0.8 || seen > 1.05 { // all but the thread that watches Go's scheduler, a tenth
		err = fmt.Errorf("the profiles hold %.0f %% of the processor's time; they prove nothing", 100*seen)
	}
	return errors.Join(err, stop(), b.compare("EVIDENCE", "s", work, whole, 0.05))
}

// recordProfiled records with a recorder that was started beforehand, and returns what that used.
func (b *bench) recordProfiled(ctx context.Context, room practice, profile, clip, wav string) (cost, error) {
	length := time.Duration(b.seconds) * time.Second
	ctx, cancel := context.WithTimeout(ctx, length+time.Minute)
	defer cancel()
	agent := b.command(ctx, b.program("minglu-agent"), "--home", room.room, "--cpuprofile", profile)
	agent.Stderr = b.log
	if err := agent.Start(); err != nil {
		return cost{}, err
	}
	err := awaitFile(ctx, filepath.Join(room.room, "run", "agent.sock"))
	if err == nil {
		var t *take
		if t, err = room.startTake(ctx, "file:"+clip, "file:"+wav, length); err == nil {
			err = t.end()
		}
		if err == nil && int(t.recorder) != agent.Process.Pid {
			err = errors.New("another recorder than the profiled one recorded")
		}
	}
	if err != nil {
		err = errors.Join(err, agent.Cancel())
	}
	err = errors.Join(err, agent.Wait()) // it ends by itself when nobody has asked for a while
	return usedBy(agent), err
}

func awaitFile(ctx context.Context, path string) error {
	for end := time.Now().Add(20 * time.Second); ctx.Err() == nil && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s did not appear", path)
}

// pprofSum is the line above a table of pprof's: what the chosen functions used of all, in milliseconds.
var pprofSum = regexp.MustCompile(`accounting for ([0-9.]+)ms, .* of ([0-9.]+)ms total`)

// samples reads a profile: seconds of evidence work and of all.
func (b *bench) samples(ctx context.Context, program, profile string) (evidence, total float64, err error) {
	out, err := b.command(ctx, "go", "tool", "pprof", "-top", "-unit=ms", "-nodecount=0", "-nodefraction=0", "-edgefraction=0",
		"-focus="+evidenceWork, program, profile).Output()
	if err != nil {
		return 0, 0, fmt.Errorf("read %s: %w", profile, err)
	}
	found := pprofSum.FindSubmatch(out)
	if found == nil {
		return 0, 0, fmt.Errorf("read %s: no sum in\n%s", profile, out)
	}
	evidence, err = strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return 0, 0, err
	}
	total, err = strconv.ParseFloat(string(found[2]), 64)
	return evidence / 1000, total / 1000, err
}
