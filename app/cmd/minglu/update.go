package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"minglu/app/release"
)

// update installs from an offline bundle, or from the copy that headquarters offers, after this program, which was installed and verified before, has judged
// it: the script in the bundle is not asked about itself. It is never done in a recording; the script looks.
func update(ctx context.Context, c *call) error {
	var bundle, parts string
	var hq bool
	flags := c.flags("minglu update")
	flags.StringVar(&bundle, "bundle", "", "")
	flags.BoolVar(&hq, "hq", false, "")
	flags.StringVar(&parts, "parts", "minglu", "")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	if (bundle == "") != hq {
		return usage("update")
	}
	if hq {
		bundle = filepath.Join(c.home, "release")
		if done, err := bring(ctx, c, bundle); done || err != nil {
			return err
		}
	}
	folder, err := filepath.Abs(bundle)
	if err != nil {
		return err
	}
	r, err := release.CheckBundle(ctx, os.DirFS("/"), os.DirFS(folder), time.Now())
	if errors.Is(err, release.ErrNoAnchor) {
		return &coded{"update.first", err.Error()}
	}
	if err != nil {
		return &coded{"update.refused", err.Error()}
	}
	c.say("update.good", "version", r.Version, "signer", r.Signer)
	// the list was judged here: the script need not have openssl to judge it again
	line := []string{"sh", filepath.Join(folder, "install.sh"), "--digest", r.Digest, "--parts", parts, "--lang", string(c.lang)}
	if os.Geteuid() != 0 {
		root, err := exec.LookPath("pkexec")
		if err != nil || runtime.GOOS != "linux" {
			return &coded{"update.root", fmt.Sprintf("sudo minglu update --bundle %s", folder)}
		}
		line = append([]string{root}, line...)
	}
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, c.err, c.err
	var ended *exec.ExitError
	if err := cmd.Run(); errors.As(err, &ended) {
		return errWrong // the script has said why
	} else if err != nil {
		return err
	}
	return c.out.event(struct {
		Event   string `json:"event"`
		Version string `json:"version"`
	}{"updated", r.Version})
}
