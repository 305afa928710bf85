package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// verdict is what of minglu-verify --json we look at.
type verdict struct {
	Verdict string `json:"verdict"`
	Bytes   answer `json:"bytes"`
	Signer  answer `json:"signer"`
	Time    answer `json:"time"`
	Faults  []any  `json:"faults"`
	Layers  []any  `json:"layers"`
	Remarks []struct {
		Code string `json:"code"`
	} `json:"remarks"`
	Receipt struct {
		Time    string `json:"time"`
		Checked bool   `json:"checked"`
	} `json:"receipt"`
}

type answer struct {
	State string `json:"state"`
	What  string `json:"what"`
}

// authentic holds for the two verdicts that a court may rely on.
func (v verdict) authentic() bool {
	return v.Verdict == "AUTHENTIC" || v.Verdict == "AUTHENTIC_WITH_GAPS"
}

// remarked says whether the verifier made the remark.
func (v verdict) remarked(code string) bool {
	for _, r := range v.Remarks {
		if r.Code == code {
			return true
		}
	}
	return false
}

// judge runs the stand-alone verifier on a package. An error means that there is no verdict.
func (s shop) judge(ctx context.Context, folder string, roots ...string) (verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	args := []string{"--json"}
	for _, root := range roots {
		args = append(args, "--root", root)
	}
	cmd := s.command(ctx, s.program("minglu-verify"), append(args, folder)...)
	var said tail
	cmd.Stderr = &said
	text, err := cmd.Output()
	var v verdict
	if json.Unmarshal(text, &v) != nil {
		return verdict{}, fmt.Errorf("minglu-verify: %s (%v)", said.last(), err)
	}
	return v, nil
}

// verify judges the package as a stranger would, its receipt included.
func (p practice) verify(ctx context.Context, r recorded) error {
	v, err := p.judge(ctx, r.folder, p.roots)
	if err != nil {
		return err
	}
	switch {
	case !v.authentic():
		return fmt.Errorf("%s is %s: %v", r.id, v.Verdict, v.Faults)
	case !v.Receipt.Checked:
		return fmt.Errorf("%s is %s, but its receipt does not prove anything", r.id, v.Verdict)
	}
	p.say("Verifier: %s: %s; %s; %s", v.Verdict, v.Bytes.What, v.Signer.What, v.Time.What)
	p.say("          %d layers; headquarters' receipt of %s is genuine", len(v.Layers), v.Receipt.Time)
	return p.askOpenSSL(ctx, r)
}

// askOpenSSL lets openssl and sha256sum check the package by the commands that the verifier writes for a stranger.
func (p practice) askOpenSSL(ctx context.Context, r recorded) error {
	steps := p.explained(r)
	if err := os.RemoveAll(steps); err != nil {
		return fmt.Errorf("clear %s: %w", steps, err)
	}
	err := p.finish(ctx, p.log, time.Minute, func(event) {}, "minglu-verify", "--explain", steps, "--root", p.roots, r.folder)
	if err != nil {
		return err
	}
	cmd := p.command(ctx, "sh", filepath.Join(steps, "commands.sh"), p.roots)
	cmd.Dir = r.folder
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("openssl does not agree: %w\n%s", err, text)
	}
	p.say("Stranger: openssl and sha256sum agree, without our programs")
	return nil
}

// explained is the folder of a stranger's commands.
func (p practice) explained(r recorded) string {
	return filepath.Join(filepath.Dir(p.room), "stranger-"+r.id)
}

// tellStranger prints what somebody without our programs types.
func (p practice) tellStranger(r recorded) {
	p.say("Do it yourself; the last line runs every step of the first two and more:")
	p.say("  cd %s && sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt", r.folder)
	p.say("  openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s "+
		"-content META-INF/ASiCManifest001.xml -CAfile %s -out /dev/null", p.roots)
	p.say("  %s --root %s %s", p.program("minglu-verify"), p.roots, r.folder)
	p.say("  sh %s %s", filepath.Join(p.explained(r), "commands.sh"), p.roots)
}

// openWindow opens the client on the practice room where there is a display, and waits until it is closed.
func (p practice) openWindow(ctx context.Context) error {
	window := p.program("minglu-desk")
	if _, err := os.Stat(window); err != nil || !p.window {
		return nil
	}
	p.say("Opening the window; close it to end, or press Ctrl-C")
	cmd := p.command(ctx, window, "--home", p.room)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", filepath.Base(window), err)
	}
	return nil
}
