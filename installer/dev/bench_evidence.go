package main

import (
	"bytes"
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
var evidenceWork = regexp.MustCompile(`\sminglu/capture/(seal|evidence|durable|stamp|key)\.|\scrypto/|\sgithub\.com/emmansun/gmsm`)

// perfRate is how often a second perf looks where a processor is; not a divisor of the camera's beat.
const perfRate = 1999

// evidence records under perf and adds up the samples of evidence work. Go's own profile knows neither the encoder's
// thread nor, reliably, work in short bursts.
func (b *bench) evidence(ctx context.Context) error {
	if err := b.install(ctx, []string{"linux-perf"}); err != nil {
		return err
	}
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
		profile := b.path(fmt.Sprintf("evidence%d.perf", i))
		used, err := b.recordProfiled(ctx, room, profile, clip, wav)
		if err != nil {
			return errors.Join(err, stop())
		}
		evidence, total, err := b.samples(ctx, profile)
		if err != nil {
			return errors.Join(err, stop())
		}
		b.say("  evidence %.2f s of %.2f s sampled, %.2f s used", evidence, total, used.seconds)
		work, whole, accounted = append(work, evidence), append(whole, total), append(accounted, total/used.seconds)
	}
	if seen := median(accounted); seen < 0.85 || seen > 1.05 { // the recorder's start is not seen
		err = fmt.Errorf("the profiles hold %.0f %% of the processor's time; they prove nothing", 100*seen)
	}
	return errors.Join(err, stop(), b.compare("EVIDENCE", "s", work, whole, 0.05))
}

// recordProfiled records with a recorder that perf starts, so that no thread escapes it, and returns what it used.
func (b *bench) recordProfiled(ctx context.Context, room practice, profile, clip, wav string) (used cost, err error) {
	length := time.Duration(b.seconds) * time.Second
	ctx, cancel := context.WithTimeout(ctx, length+time.Minute)
	defer cancel()
	perf := b.command(ctx, "perf", "record", "-q", "-e", "cpu-clock", "-F", strconv.Itoa(perfRate), "-g", "-o", profile,
		"--", b.program("minglu-agent"), "--home", room.room)
	perf.Stderr = b.log
	if err := perf.Start(); err != nil {
		return cost{}, err
	}
	err = awaitFile(ctx, filepath.Join(room.room, "run", "agent.sock"))
	if err == nil {
		var t *take
		if t, err = room.startTake(ctx, "file:"+clip, "file:"+wav, length); err == nil {
			ended := make(chan cost, 1)
			go func() { ended <- t.recorder.watch(ctx) }()
			err = t.end()
			used = <-ended // it ends by itself when nobody has asked for a while
		}
	}
	if err != nil {
		err = errors.Join(err, perf.Cancel())
	}
	return used, errors.Join(err, perf.Wait())
}

func awaitFile(ctx context.Context, path string) error {
	for end := time.Now().Add(20 * time.Second); ctx.Err() == nil && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s did not appear", path)
}

// samples reads what perf saw: seconds of evidence work and of all.
func (b *bench) samples(ctx context.Context, profile string) (evidence, total float64, err error) {
	out, err := b.command(ctx, "perf", "script", "-i", profile, "-F", "ip,sym").Output()
	if err != nil {
		return 0, 0, fmt.Errorf("read %s: %w", profile, err)
	}
	for stack := range bytes.SplitSeq(bytes.TrimSpace(out), []byte("\n\n")) { // a line for each function, the innermost first
		if total++; evidenceWork.Match(stack) {
			evidence++
		}
	}
	return evidence / perfRate, total / perfRate, nil
}
