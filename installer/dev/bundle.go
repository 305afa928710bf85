package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// installScript is what a technician starts; bundleText tells how, on the stick.
//
//go:embed install.sh
var installScript []byte

//go:embed bundle.txt
var bundleText string

// bundled are the Debians whose dependencies lie in a bundle.
func bundled() []string { return []string{"bookworm", "bullseye"} }

// runBundle makes a folder from which a computer without a network is installed.
func runBundle(ctx context.Context, s shop, args []string) error {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	out := flags.String("out", "", "folder of the bundle")
	from := flags.String("release", "", "folder of a release; without it one is made")
	sign := flags.String("sign", "", "folder with release.key, release.pem and root.pem")
	if err := flags.Parse(args); err != nil || *out == "" {
		return fmt.Errorf("%w understand: dev bundle takes --out DIR, --release DIR and --sign DIR %w", errUnable, err)
	}
	folder, err := filepath.Abs(*out)
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
		return fmt.Errorf("%w make a bundle: %s is not empty", errUnable, folder)
	}
	r, err := s.openRelease(ctx, *from, *sign)
	if err != nil {
		return err
	}
	if *from == "" {
		if r.out, err = os.MkdirTemp("", "minglu-release-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(r.out) }() // what the bundle needs of it has been copied
		if err := r.make(ctx, machines()); err != nil {
			return err
		}
	}
	return r.bundle(ctx, folder)
}

// bundle gathers the release's packages, their dependencies, the script and the paper, and signs all of it.
func (r release) bundle(ctx context.Context, folder string) error {
	text, err := os.ReadFile(filepath.Join(r.out, "release.json"))
	if err != nil {
		return fmt.Errorf("read the release in %s: %w", r.out, err)
	}
	for part, patterns := range map[string][]string{"packages": {"*.deb", "*.rpm", "*.files"}, "verifier": {"*.zip"}, "windows": {"*.exe"}, "manual": {"manual/*.pdf"}} {
		if err := copyMatching(r.out, filepath.Join(folder, part), patterns); err != nil {
			return err
		}
	}
	for _, suite := range bundled() {
		if err := r.gatherDependencies(ctx, suite, folder); err != nil {
			return err
		}
	}
	paper := strings.ReplaceAll(bundleText, "@VERSION@", valueOf(text, "version"))
	err = errors.Join(os.WriteFile(filepath.Join(folder, "install.sh"), installScript, 0o755),
		os.WriteFile(filepath.Join(folder, "README.txt"), []byte(paper), 0o644),
		os.WriteFile(filepath.Join(folder, "release.json"), text, 0o644))
	if err != nil {
		return err
	}
	sign, err := r.signingFolder(ctx)
	if err != nil {
		return err
	}
	if err := r.show(ctx, "go", "run", "./installer/pack", "sign", "--folder", folder, "--sign", sign); err != nil {
		return err
	}
	sheet, err := sheetOf(folder)
	if err == nil {
		r.say("Bundle in %s. For the release sheet:\n  fingerprint sha256:%s\n  digest of SHA256SUMS %s", folder, sheet.fingerprint, sheet.digest)
	}
	return err
}

// valueOf reads a string of release.json.
func valueOf(text []byte, key string) string {
	_, rest, _ := strings.Cut(string(text), `"`+key+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// sheet is what the paper beside a bundle says.
type sheet struct{ fingerprint, digest string }

func sheetOf(folder string) (sheet, error) {
	root, err := os.ReadFile(filepath.Join(folder, "root.pem"))
	if err != nil {
		return sheet{}, err
	}
	sums, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		return sheet{}, err
	}
	block, _ := pem.Decode(root)
	if block == nil {
		return sheet{}, errors.New("root.pem holds no certificate")
	}
	print, digest := sha256.Sum256(block.Bytes), sha256.Sum256(sums)
	return sheet{hex.EncodeToString(print[:]), hex.EncodeToString(digest[:])}, nil
}

// copyMatching copies files by their names' patterns.
func copyMatching(from, to string, patterns []string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(from, pattern))
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := copyFile(f, filepath.Join(to, filepath.Base(f))); err != nil {
				return err
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// gatherDependencies lets apt say what a Debian that has nothing would need, and brings it.
func (r release) gatherDependencies(ctx context.Context, suite, folder string) error {
	root, err := r.raise(ctx, bare(suite))
	if err != nil {
		return err
	}
	to := filepath.Join(folder, "debian", suite+"-amd64")
	scratch, err := os.MkdirTemp("", "minglu-depends-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	c := cell{shop: r.shop, root: root, scratch: scratch,
		mounts: []mount{{filepath.Join(folder, "packages"), "/packages", false}, {to, "/out", true}}}
	const script = `
apt-get -q update
apt-get -q -y --no-install-recommends --download-only -o APT::Sandbox::User=root -o Dir::Cache::archives=/out \
	install /packages/minglu_*_amd64.deb /packages/minglu-verify_*_amd64.deb /packages/minglu-hq_*_amd64.deb
rm -rf /out/partial /out/lock
cd /out
for f in *%*; do [ ! -f "$f" ] || mv "$f" "$(echo "$f" | sed 's/%../-/g')"; done
`
	if text, err := c.run(ctx, script).CombinedOutput(); err != nil {
		return fmt.Errorf("bring the dependencies for %s: %w\n%s", suite, err, text)
	}
	return r.index(ctx, to)
}

// index writes the list by which apt reads a folder.
func (r release) index(ctx context.Context, folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.deb"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	var b bytes.Buffer
	for _, f := range files {
		control, err := r.command(ctx, "dpkg-deb", "-f", f).Output()
		if err != nil {
			return fmt.Errorf("read %s: %w", f, err)
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s\nFilename: ./%s\nSize: %d\nSHA256: %x\n\n", bytes.TrimSpace(control), filepath.Base(f), len(text), sha256.Sum256(text))
	}
	r.say("%s: %d packages that a bare system lacks", filepath.Base(folder), len(files))
	return os.WriteFile(filepath.Join(folder, "Packages"), b.Bytes(), 0o644)
}
