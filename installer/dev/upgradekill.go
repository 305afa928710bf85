package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// upgradeLine upgrades from the new bundle; the root knows the organisation's key since its first installation.
const upgradeLine = `exec sh /new/install.sh --parts "minglu minglu-hq" --lang en`

// starts asks every program of ours for its release, and dpkg for what it believes.
const starts = `
for p in minglu minglu-verify minglu-hq; do /usr/lib/minglu/$p --version || { echo "NO $p"; exit 1; }; done
for p in minglu-agent minglu-desk; do
	/usr/lib/minglu/$p --help >/tmp/said 2>&1 </dev/null && code=0 || code=$?
	[ "$code" -lt 126 ] || { echo "NO $p ($code)"; cat /tmp/said; exit 1; }
done
minglu doctor --json --home /tmp/none >/dev/null 2>&1 && code=0 || code=$?
[ "$code" -lt 2 ] || { echo "NO doctor ($code)"; exit 1; }
`

// runUpgradeKill kills upgrades at random moments: afterwards every program must start, and the same command
// must bring the upgrade to its end.
func runUpgradeKill(ctx context.Context, s shop, args []string) error {
	var count *int
	var seed *uint64
	p, err := s.openPair(ctx, "upgrade-kill", args, func(f *flag.FlagSet) {
		count = f.Int("n", 50, "kills")
		seed = f.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments")
	})
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "minglu-upgrade-")
	if err != nil {
		return err
	}
	s.say("upgrade-kill: %d kills, seed %d", *count, *seed)
	err = p.killUpgrades(ctx, scratch, *count, rand.New(rand.NewPCG(*seed, 0)))
	return errors.Join(err, os.RemoveAll(scratch))
}

func (p pair) killUpgrades(ctx context.Context, scratch string, count int, chance *rand.Rand) error {
	c, err := p.withOld(ctx, scratch)
	if err != nil {
		return err
	}
	whole, err := p.timeUpgrade(ctx, c, scratch)
	if err != nil {
		return err
	}
	p.say("a whole upgrade takes %v", whole.Round(time.Millisecond))
	found := map[string]int{}
	var wrong []error
	for i := range count {
		c.scratch = filepath.Join(scratch, fmt.Sprint("kill-", i))
		at := time.Duration(chance.Int64N(int64(whole)))
		state, err := p.killOnce(ctx, c, at)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("killed after %v: %w", at.Round(time.Millisecond), err))
		}
		found[state]++
		if err := os.RemoveAll(c.scratch); err != nil {
			return err
		}
	}
	p.say("UPGRADE-KILL n=%d after the kill: old release %d, new release %d, files of both %d; wrong=%d %s", count,
		found["old"], found["new"], found["both"], len(wrong), passed(errors.Join(wrong...)))
	return errors.Join(wrong...)
}

func (p pair) timeUpgrade(ctx context.Context, c cell, scratch string) (time.Duration, error) {
	c.scratch = filepath.Join(scratch, "timed")
	began := time.Now()
	if text, err := c.run(ctx, upgradeLine).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("upgrade undisturbed: %w\n%s", err, text)
	}
	return time.Since(began), os.RemoveAll(c.scratch)
}

// killOnce starts an upgrade, kills everything in the cell at once, looks whether the programs start, and runs
// the same command again. It returns of which release the programs were after the kill.
func (p pair) killOnce(ctx context.Context, c cell, at time.Duration) (string, error) {
	cmd := c.run(ctx, upgradeLine)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	time.Sleep(at)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return "", err
	}
	_ = cmd.Wait() // it was killed
	text, err := c.run(ctx, starts).CombinedOutput()
	if err != nil {
		return "broken", fmt.Errorf("after the kill: %w\n%s", err, text)
	}
	state := releasesIn(string(text), p)
	again, err := c.run(ctx, upgradeLine).CombinedOutput()
	if err != nil {
		return state, fmt.Errorf("the second try: %w\n%s", err, again)
	}
	after, err := c.run(ctx, starts).CombinedOutput()
	if err == nil && releasesIn(string(after), p) != "new" {
		err = fmt.Errorf("the second try left %s", after)
	}
	return state, err
}

// releasesIn tells whose versions the programs named: old, new or both.
func releasesIn(said string, p pair) string {
	var seen []string
	for _, bundle := range []string{p.old, p.new} {
		text, err := os.ReadFile(filepath.Join(bundle, "release.json"))
		if err == nil && strings.Contains(said, `"version":"`+valueOf(text, "version")+`"`) {
			seen = append(seen, filepath.Base(bundle))
		}
	}
	if len(seen) == 2 {
		return "both"
	}
	return strings.Join(seen, "")
}
