package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"minglu/capture/evidence"
)

// Names in a release's folder. Sums lists every other file in sha256sum's form; Seal is a detached CMS over it.
const (
	sumsName  = "SHA256SUMS"
	sealName  = "SHA256SUMS.p7s"
	aboutName = "release.json"
)

// fileList writes what a package puts on a machine, in sha256sum's form: "cd / && sha256sum -c" reads it.
// Left out is what may rightly differ: configuration, and papers, which many machines do not keep.
func (r release) fileList(p part, processor string, made []content) error {
	var lines []string
	for _, c := range made {
		paper := strings.HasPrefix(c.to, "/usr/share/doc/") || strings.HasPrefix(c.to, "/usr/share/man/")
		if c.link || c.config || paper || c.only != "" {
			continue
		}
		sum, err := evidence.FileSHA256(c.source)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s  %s\n", sum, strings.TrimPrefix(c.to, "/")))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	name := fmt.Sprintf("%s_%s_%s.files", p.name, r.version, processor)
	return os.WriteFile(filepath.Join(r.out, name), []byte(strings.Join(lines, "")), 0o644)
}

// about is release.json: what a machine needs to know before it takes a release.
type about struct {
	V       int    `json:"v"`
	Product string `json:"product"`
	Version string `json:"version"`
	Time    string `json:"time"`
}

// seal writes about, the list of all files, and the signature.
func (r release) seal(out io.Writer) error {
	text, err := json.Marshal(about{1, "minglu", r.version, r.time.Format(time.RFC3339)})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.out, aboutName), append(text, '\n'), 0o644); err != nil {
		return err
	}
	if err := signFolder(r.out, r.sign, r.time); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s and %s\n", sumsName, sealName)
	return nil
}

// signFolder lists every file below folder and signs the list; the root's certificate lies beside, for
// whoever compares its fingerprint with what the organisation publishes.
func signFolder(folder, keys string, at time.Time) error {
	k, err := openKey(keys)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "root.pem"), k.root, 0o644); err != nil {
		return err
	}
	var b bytes.Buffer
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil || name == sumsName || name == sealName {
			return err
		}
		sum, err := evidence.FileSHA256(path)
		fmt.Fprintf(&b, "%s  %s\n", sum, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return err
	}
	cms, err := k.sign(b.Bytes(), at)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(folder, sumsName), b.Bytes(), 0o644),
		os.WriteFile(filepath.Join(folder, sealName), cms, 0o644))
}
