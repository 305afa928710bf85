package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"minglu/capture/evidence"
)

// ErrNoAnchor says that this machine knows no root of releases yet: its first installation is a technician's,
// who compares the fingerprint with the paper.
var ErrNoAnchor = errors.New("no root of releases is known here")

// CheckBundle says whether an offline bundle is whole and signed by whom this machine's root of releases vouches
// for, now: every file is as listed, and none is there that the list does not name. Whoever asks an installed
// program need not trust the script in the bundle to judge itself.
func CheckBundle(ctx context.Context, root, bundle fs.FS, now time.Time) (Report, error) {
	anchor, err := read(root, Anchor)
	if errors.Is(err, fs.ErrNotExist) {
		return Report{}, ErrNoAnchor
	}
	if err != nil {
		return Report{}, err
	}
	sums, report, err := signed(bundle, anchor, func(evidence.Signature) time.Time { return now })
	if err != nil {
		return report, err
	}
	j := &judged{Report: report}
	if err := j.compare(ctx, bundle, sums); err != nil {
		return j.Report, err
	}
	if err := j.strangers(bundle, sums); err != nil {
		return j.Report, err
	}
	if n := len(j.Changed) + len(j.Missing); n > 0 {
		return j.Report, fmt.Errorf("%d files are not as listed: %v", n, first(append(j.Changed, j.Missing...)))
	}
	text, err := read(bundle, "release.json")
	if err != nil {
		return j.Report, err
	}
	var about struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &about); err != nil || about.Version == "" {
		return j.Report, fmt.Errorf("release.json names no version: %v", err)
	}
	j.Version = about.Version
	return j.Report, nil
}

// CheckList judges a bundle's list before its files are there, and returns them: the digest of each, in hex, by its
// name. Whoever brings the files then asks CheckBundle.
func CheckList(root, bundle fs.FS, now time.Time) (map[string]string, error) {
	anchor, err := read(root, Anchor)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoAnchor
	}
	if err != nil {
		return nil, err
	}
	sums, _, err := signed(bundle, anchor, func(evidence.Signature) time.Time { return now })
	return sums, err
}

// strangers refuses a bundle with anything that the list does not name, and anything that is no plain file.
func (j *judged) strangers(bundle fs.FS, sums map[string]string) error {
	return fs.WalkDir(bundle, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == sumsName || name == sealName {
			return err
		}
		if _, listed := sums[name]; !listed || !d.Type().IsRegular() {
			return fmt.Errorf("%s is not in the signed list", name)
		}
		return nil
	})
}

// first is the beginning of a list, for a sentence.
func first(list []string) []string { return list[:min(3, len(list))] }
