package release

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"minglu/capture/evidence"
)

// Installed is where install.sh leaves the signed list of the release that it installed, below the root.
const Installed = "var/lib/minglu-install/release"

// Anchor is the root that a technician compared with the release sheet at the first installation, below the root.
const Anchor = "etc/minglu/release-root.pem"

// Names of a release's list of files and of its signature.
const (
	sumsName = "SHA256SUMS"
	sealName = "SHA256SUMS.p7s"
)

// maxList bounds the lists; a release has some hundred files.
const maxList = 4 << 20

// ErrNoList says that the programs were not installed from a bundle.
var ErrNoList = errors.New("there is no signed list of the release")

// Report is what comparing a machine with its release found.
type Report struct {
	Version string
	Signer  string
	Root    string // fingerprint of the root that vouches, hex
	Digest  string // SHA-256 of the signed list, hex
	Files   int    // compared
	Changed []string
	Missing []string
}

// Check compares the files on a machine, seen from its root, with the signed list that was installed with them.
// The signature is judged at the time the release was signed: an old installation does not go bad by age. The
// error says that the list itself cannot be trusted or read.
func Check(ctx context.Context, root fs.FS) (Report, error) {
	sums, about, err := trusted(root)
	if err != nil {
		return Report{}, err
	}
	for _, name := range about.lists {
		text, err := read(root, path.Join(Installed, name))
		if err != nil {
			return about.Report, err
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != sums["packages/"+name] {
			return about.Report, fmt.Errorf("%s is not the one that was signed", name)
		}
		list, err := ParseSums(text)
		if err != nil {
			return about.Report, fmt.Errorf("read %s: %w", name, err)
		}
		if err := about.compare(ctx, root, list); err != nil {
			return about.Report, err
		}
	}
	slices.Sort(about.Changed)
	slices.Sort(about.Missing)
	return about.Report, nil
}

// judged is a release whose list is trusted, and the lists of files that are installed here.
type judged struct {
	Report
	lists []string
}

// trusted verifies the signature of the release's list and finds which packages' lists lie beside it.
func trusted(root fs.FS) (map[string]string, *judged, error) {
	if _, err := fs.Stat(root, path.Join(Installed, sumsName)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, ErrNoList
	}
	anchor, err := read(root, Anchor)
	if err != nil {
		return nil, nil, err
	}
	folder, err := fs.Sub(root, Installed)
	if err != nil {
		return nil, nil, err
	}
	sums, report, err := signed(folder, anchor, claimed)
	if err != nil {
		return nil, nil, err
	}
	j := &judged{Report: report}
	return sums, j, j.find(root, sums)
}

// signed reads a folder's list of files, after its signature was judged by the root of releases at a time.
func signed(folder fs.FS, anchor []byte, at func(evidence.Signature) time.Time) (map[string]string, Report, error) {
	text, err := read(folder, sumsName)
	if err != nil {
		return nil, Report{}, err
	}
	cms, err := read(folder, sealName)
	if err != nil {
		return nil, Report{}, err
	}
	sig, err := evidence.VerifyCMS(cms, text)
	if err != nil {
		return nil, Report{}, err
	}
	roots, err := evidence.ParseRoots(anchor)
	if err != nil {
		return nil, Report{}, err
	}
	if err := roots.Trust(sig.Chain, at(sig), evidence.UseSeal); err != nil {
		return nil, Report{}, err
	}
	if leaf := sig.Chain[0]; leaf.Room != "" || leaf.HQ {
		return nil, Report{}, fmt.Errorf("%q signs recordings and not releases", leaf.Name)
	}
	certs, err := evidence.ParseCertificates(anchor)
	if err != nil {
		return nil, Report{}, err
	}
	sums, err := ParseSums(text)
	digest := sha256.Sum256(text)
	return sums, Report{Signer: sig.Chain[0].Name, Root: certs[0].Fingerprint(), Digest: hex.EncodeToString(digest[:])}, err
}

// claimed is the time at which the signature says it was made. Nobody else vouches for it, but a release that
// was accepted at its installation needs no second judgement of its date.
func claimed(sig evidence.Signature) time.Time {
	if sig.Claimed.IsZero() {
		return sig.Chain[0].NotBefore
	}
	return sig.Claimed
}

// find lists the packages that are installed: those whose program is there.
func (j *judged) find(root fs.FS, sums map[string]string) error {
	found, err := fs.Glob(root, path.Join(Installed, "*.files"))
	if err != nil {
		return err
	}
	for _, p := range found {
		name := path.Base(p)
		pkg, rest, _ := strings.Cut(name, "_")
		if _, listed := sums["packages/"+name]; !listed {
			return fmt.Errorf("%s is not in the signed list", name)
		}
		if j.Version, _, _ = strings.Cut(rest, "_"); pkg == "" {
			return fmt.Errorf("%s names no package", name)
		}
		if _, err := fs.Stat(root, "usr/lib/minglu/"+pkg); err == nil {
			j.lists = append(j.lists, name)
		}
	}
	if len(j.lists) == 0 {
		return ErrNoList
	}
	return nil
}

func (j *judged) compare(ctx context.Context, root fs.FS, list map[string]string) error {
	for name, want := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		got, err := sumOf(root, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			j.Missing = append(j.Missing, "/"+name)
		case err != nil:
			return err
		case got != want:
			j.Changed = append(j.Changed, "/"+name)
		}
		j.Files++
	}
	return nil
}

func sumOf(root fs.FS, name string) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func read(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err == nil && len(text) > maxList {
		err = fmt.Errorf("%s is over the bound of %d bytes", name, maxList)
	}
	return text, err
}

// ParseSums reads what sha256sum writes: digest, two blanks, name. Names are relative and clean, and none comes
// twice; anything else is an error.
func ParseSums(text []byte) (map[string]string, error) {
	sums := map[string]string{}
	scan := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; scan.Scan(); n++ {
		digest, name, ok := strings.Cut(scan.Text(), "  ")
		raw, err := hex.DecodeString(digest)
		if !ok || err != nil || len(raw) != sha256.Size || strings.ToLower(digest) != digest || !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("line %d is not a digest and a name", n)
		}
		if _, twice := sums[name]; twice {
			return nil, fmt.Errorf("line %d names %s a second time", n, name)
		}
		sums[name] = digest
	}
	return sums, scan.Err()
}
