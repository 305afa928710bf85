package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTheWindowOpensInTheUsualHomeAndKeepsItsLanguageUnlessOneIsNamed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script stands for the window's program")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	desk := filepath.Join(filepath.Dir(self), "minglu-desk")
	if err := os.WriteFile(desk, []byte("#!/bin/sh\necho \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(desk) })
	t.Setenv("XDG_DATA_HOME", "/data")
	t.Setenv("DISPLAY", ":99")
	for line, want := range map[string]string{
		"":                      "--home /data/minglu",
		"--home /other":         "--home /other",
		"--home /x --lang en":   "--home /x --lang en",
		"--lang zh --home /a/b": "--home /a/b --lang zh",
	} {
		var out, errs bytes.Buffer
		if code := run(context.Background(), strings.Fields(line), &out, &errs); code != exitDone || strings.TrimSpace(out.String()) != want {
			t.Errorf("minglu %s: code %d, started with %q %s; want %q", line, code, out.String(), errs.String(), want)
		}
	}
}
