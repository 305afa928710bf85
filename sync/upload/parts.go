package upload

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// Package is a sealed package as it is sent: what the room made of it, without what headquarters adds.
type Package struct {
	ID    string
	Seal  string // SHA-256 of META-INF/ASiCManifest001.xml, hex
	Parts []wire.Part
}

// smallMax bounds a file that is hashed here instead of being listed with its digest in the bag's manifest.
const smallMax = 64 << 20

// List reads what a sealed package consists of. The digests of data/ come from the bag's manifest, so that
// media are not read again; the few small files around it are hashed. Media come last.
func List(dir, id string) (Package, error) {
	p, _, err := list(dir, id)
	return p, err
}

// list tells the room's files from those headquarters added.
func list(dir, id string) (p Package, added []wire.Part, err error) {
	all, err := walk(dir)
	if err == nil {
		p.Parts, added, err = split(dir, all)
	}
	if err != nil {
		return Package{}, nil, fmt.Errorf("list package %s: %w", id, err)
	}
	p.ID = id
	for _, part := range p.Parts {
		if part.Path == evidence.ManifestPath(1) {
			p.Seal = part.SHA256
		}
	}
	if p.Seal == "" {
		return Package{}, nil, fmt.Errorf("list package %s: it is not sealed", id)
	}
	slices.SortStableFunc(p.Parts, func(a, b wire.Part) int { return rank(a.Path) - rank(b.Path) })
	return p, added, nil
}

// walk lists every file of a package.
func walk(dir string) ([]wire.Part, error) {
	known, err := bagDigests(filepath.Join(dir, evidence.FileManifest))
	if err != nil {
		return nil, err
	}
	var parts []wire.Part
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".part") {
			return err // a .part is a write that a crash cut off; it is written anew
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		part, err := describe(path, filepath.ToSlash(rel), d, known)
		parts = append(parts, part)
		return err
	})
	return parts, err
}

// rank is the order of sending: what names the rest, then what people read, then media.
func rank(path string) int {
	switch {
	case evidence.IsMedia(path):
		return 2
	case strings.HasPrefix(path, "data/"):
		return 1
	}
	return 0
}

func describe(path, rel string, d fs.DirEntry, known map[string]string) (wire.Part, error) {
	info, err := d.Info()
	if err != nil {
		return wire.Part{}, err
	}
	if !info.Mode().IsRegular() {
		return wire.Part{}, fmt.Errorf("%s is not a plain file", rel)
	}
	part := wire.Part{Path: rel, Size: info.Size(), SHA256: known[rel]}
	if part.SHA256 != "" {
		return part, nil
	}
	if info.Size() > smallMax {
		return wire.Part{}, fmt.Errorf("%s of %d bytes is in no manifest", rel, info.Size())
	}
	part.SHA256, err = evidence.FileSHA256(path)
	return part, err
}

// split takes off what headquarters added: its receipt, and every layer that covers the receipt or is newer.
func split(dir string, all []wire.Part) (own, added []wire.Part, err error) {
	first := evidence.MaxLayers + 1 // headquarters' first layer
	for _, part := range all {
		if part.Path != evidence.ManifestPath(layerOf(part.Path)) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(part.Path)))
		if err != nil {
			return nil, nil, err
		}
		if bytes.Contains(raw, []byte(`URI="`+evidence.FileReceipt+`"`)) {
			first = min(first, layerOf(part.Path))
		}
	}
	for _, part := range all {
		if part.Path == evidence.FileReceipt || layerOf(part.Path) >= first {
			added = append(added, part)
		} else {
			own = append(own, part)
		}
	}
	return own, added, nil
}

// layerOf is the number of the layer a file in META-INF belongs to, 0 for every other file.
func layerOf(path string) int {
	for _, form := range []string{"META-INF/ASiCManifest%03d.xml", "META-INF/signature%03d.p7s", "META-INF/timestamp%03d.tst"} {
		var n int
		if got, err := fmt.Sscanf(path, form, &n); got == 1 && err == nil {
			return n
		}
	}
	return 0
}

// bagDigests reads a bag's manifest: path to SHA-256.
func bagDigests(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	known := map[string]string{}
	for lines := bufio.NewScanner(f); ; {
		if !lines.Scan() {
			return known, lines.Err()
		}
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || len(sum) != 2*sha256.Size {
			return nil, fmt.Errorf("manifest-sha256.txt: line %d is not a digest and a path", len(known)+1)
		}
		known[name] = sum
	}
}
