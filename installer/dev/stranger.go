package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// verdict is what minglu-verify --json prints.
type verdict struct {
	Verdict string `json:"verdict"`
	Bytes   any    `json:"bytes"`
	Signer  any    `json:"signer"`
	Time    any    `json:"time"`
	Faults  []any  `json:"faults"`
	Layers  []any  `json:"layers"`
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
	if v.Verdict != "AUTHENTIC" && v.Verdict != "AUTHENTIC_WITH_GAPS" {
		return fmt.Errorf("%s is %s: %v", r.id, v.Verdict, v.Faults)
	}
	p.say("Stranger: minglu-verify says %s (bytes %v, signer %v, time %v); %d layers, the receipt among them",
		v.Verdict, v.Bytes, v.Signer, v.Time, len(v.Layers))
	return nil
}

// tellStranger prints what somebody without our programs types.
func (p practice) tellStranger(r recorded) {
	p.say("A stranger checks it without our programs, in the package's folder:")
	p.say("  cd %s", r.folder)
	p.say("  sha256sum -c manifest-sha256.txt --quiet && sha256sum -c tagmanifest-sha256.txt --quiet")
	p.say("  openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s "+
		"-content META-INF/ASiCManifest001.xml -CAfile %s -out /dev/null", p.roots)
	p.say("  ffprobe data/media/cam0.mp4")
	p.say("With our verifier: %s --root %s %s", p.program("minglu-verify"), p.roots, r.folder)
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
