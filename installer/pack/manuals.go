package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"minglu/app/i18n"
	"minglu/app/manual"
)

// manuals prints every manual in both languages into a folder, with the screens' pictures below desk, and returns
// the papers' paths.
func manuals(desk, folder string, made time.Time) (paths []string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for _, role := range manual.Roles() {
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			m, err := manual.Load(lang, role)
			if err != nil {
				return nil, err
			}
			pdf, err := m.PDF(lang, os.DirFS(desk), made)
			if err != nil {
				return nil, fmt.Errorf("print the manual for the %s, %s: %w", role, lang, err)
			}
			path := filepath.Join(folder, fmt.Sprintf("minglu-%s-%s.pdf", role, lang))
			if err := os.WriteFile(path, pdf, 0o644); err != nil {
				return nil, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// runManual prints the manuals alone.
func runManual(args []string) error {
	flags := flag.NewFlagSet("pack manual", flag.ContinueOnError)
	desk := flags.String("desk", "app/desk", "folder of the screens, for their pictures")
	out := flags.String("out", "", "folder for the papers")
	epoch := flags.String("epoch", "", "their time, seconds since 1970")
	if err := flags.Parse(args); err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(*epoch, 10, 64)
	if *out == "" || err != nil {
		return errors.Join(errors.New("manual takes --out DIR and --epoch SECONDS"), err)
	}
	_, err = manuals(*desk, *out, time.Unix(seconds, 0).UTC())
	return err
}
