package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// mutant is a bundle with one thing wrong.
type mutant struct {
	kind string // flip, cut, swap, drop, add, mix
	file string // in the bundle
}

// deal chooses mutants: the small files that everything hangs on as often as the large ones.
func deal(files []string, count int, chance *rand.Rand) []mutant {
	kinds := []string{"flip", "cut", "swap", "drop", "add", "mix"}
	central := []string{"SHA256SUMS", "SHA256SUMS.p7s", "install.sh", "release.json", "root.pem"}
	var list []mutant
	for i := range count {
		m := mutant{kind: kinds[i%len(kinds)], file: files[chance.IntN(len(files))]}
		if i%3 == 0 {
			m.file = central[chance.IntN(len(central))]
		}
		list = append(list, m)
	}
	return list
}

// spoil makes the mutant's bundle beside the good one: hard links, but for the one file that differs.
func (m mutant) spoil(good, old, folder string, chance *rand.Rand) error {
	if err := linkTree(good, folder); err != nil {
		return err
	}
	path := filepath.Join(folder, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if m.kind != "add" {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	switch m.kind {
	case "flip":
		text[chance.IntN(len(text))] ^= 1 << chance.IntN(8)
	case "cut":
		text = text[:chance.IntN(len(text))]
	case "swap": // with the bytes of a neighbour
		other, err := neighbour(path)
		if err != nil {
			return err
		}
		if text, err = os.ReadFile(other); err != nil {
			return err
		}
	case "drop":
		return nil
	case "add":
		return os.WriteFile(filepath.Join(filepath.Dir(path), fmt.Sprintf("extra-%d.deb", chance.IntN(1000))), text, 0o644)
	case "mix": // the same file of the older release, or a grown one where there is none
		if text, err = os.ReadFile(filepath.Join(old, m.file)); err != nil {
			text = append(text, 0)
		}
		if now, err := os.ReadFile(filepath.Join(good, m.file)); err == nil && string(now) == string(text) {
			text = append(text, '\n')
		}
	}
	return os.WriteFile(path, text, 0o755)
}

// linkTree copies a folder by hard links.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		return os.Link(path, filepath.Join(to, rel))
	})
}

// neighbour is another file of the same folder, or of the bundle's top.
func neighbour(path string) (string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if other := filepath.Join(filepath.Dir(path), e.Name()); !e.IsDir() && other != path {
			return other, nil
		}
	}
	return filepath.Join(filepath.Dir(path), "..", "README.txt"), nil
}

// card is what the release sheet has a technician type: the list and the script are checked before the script
// runs, so a changed script is caught too.
const card = `
cd /mutant
[ "$(openssl x509 -in root.pem -outform DER | sha256sum | cut -d' ' -f1)" = "$1" ] || { echo "CARD the fingerprint differs"; exit 1; }
openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile root.pem -out /dev/null 2>&1 &&
	sha256sum --quiet -c SHA256SUMS 2>&1 || { echo "CARD refused"; exit 1; }
exec sh install.sh --fingerprint "$1" --parts "minglu minglu-hq" --lang en
`

// direct starts the script without the card.
const direct = `exec sh /mutant/install.sh --fingerprint "$1" --parts "minglu minglu-hq" --lang en`

// state is everything an installation could touch, as one line.
const state = `{ dpkg-query -W -f '${Package} ${Version} ${Status}\n'; find /usr /etc /var/lib/dpkg /var/lib/minglu* /lib /bin /sbin -xdev -newer /began -type f 2>/dev/null | sort; ls /var/lib | sort; } | sha256sum`

func runMutants(ctx context.Context, s shop, args []string) error {
	var count *int
	var seed *uint64
	p, err := s.openPair(ctx, "mutants", args, func(f *flag.FlagSet) {
		count = f.Int("n", 200, "mutants")
		seed = f.Uint64("seed", uint64(time.Now().UnixNano()), "of the choices")
	})
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(p.folder, "mutants-")
	if err != nil {
		return err
	}
	s.say("mutants: %d of the bundle in %s, seed %d", *count, p.new, *seed)
	return errors.Join(p.refuseAll(ctx, scratch, *count, rand.New(rand.NewPCG(*seed, 0))), os.RemoveAll(scratch))
}

// refuseAll tries every mutant on a machine that has the older release.
func (p pair) refuseAll(ctx context.Context, scratch string, count int, chance *rand.Rand) error {
	c, err := p.withOld(ctx, scratch)
	if err != nil {
		return err
	}
	files, err := filesBelow(p.new)
	if err != nil {
		return err
	}
	paper, err := sheetOf(p.new)
	if err != nil {
		return err
	}
	var wrong []error
	byScript, byCard := 0, 0
	for i, m := range deal(files, count, chance) {
		folder := filepath.Join(scratch, fmt.Sprint(i))
		if err := m.spoil(p.new, p.old, folder, chance); err != nil {
			return err
		}
		c.mounts = []mount{{folder, "/mutant", false}}
		try := direct
		if m.file == "install.sh" && m.kind != "add" {
			try = card // a changed script cannot be asked about itself
		}
		said, err := c.attempt(ctx, try, paper.fingerprint)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s of %s: %w", m.kind, m.file, err))
		}
		if strings.Contains(said, "CARD") {
			byCard++
		} else {
			byScript++
		}
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	p.say("MUTANTS n=%d refused by the script %d times, by the card's lines %d times, wrong=%d %s", count, byScript, byCard,
		len(wrong), passed(errors.Join(wrong...)))
	return errors.Join(wrong...)
}

// attempt runs one line and demands that it refuses and that nothing is different afterwards.
func (c cell) attempt(ctx context.Context, line, fingerprint string) (string, error) {
	script := "touch /began; sleep 0.01; before=$(" + state + ")\n( " + line + "\n) >/said 2>&1 && code=0 || code=$?\n" +
		"after=$(" + state + ")\ncat /said\necho \"CODE $code\"\n[ \"$before\" = \"$after\" ] || echo CHANGED"
	text, err := c.run(ctx, script, fingerprint).CombinedOutput()
	said := string(text)
	switch {
	case err != nil:
		return said, fmt.Errorf("%w: %s", err, said)
	case strings.Contains(said, "CODE 0"):
		return said, fmt.Errorf("accepted: %s", said)
	case strings.Contains(said, "CHANGED"):
		return said, fmt.Errorf("something was changed: %s", said)
	}
	return said, nil
}

// filesBelow lists the files of a folder, in order.
func filesBelow(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		files = append(files, rel)
		return err
	})
	slices.Sort(files)
	return files, err
}

// withOld is a root, with openssl, in which the older release is installed.
func (p pair) withOld(ctx context.Context, scratch string) (cell, error) {
	d := campaignRoots()[1]
	base, err := p.cell(ctx, d, filepath.Join(scratch, "base"))
	if err != nil {
		return cell{}, err
	}
	paper, err := sheetOf(p.old)
	if err != nil {
		return cell{}, err
	}
	install := base.run(ctx, `sh /old/install.sh --fingerprint "$1" --parts "minglu minglu-hq" --lang en`, paper.fingerprint)
	if text, err := install.CombinedOutput(); err != nil {
		return cell{}, fmt.Errorf("install the older release: %w\n%s", err, text)
	}
	c := base
	c.below, c.scratch = []string{base.changes()}, filepath.Join(scratch, "upper")
	return c, nil
}
