package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// zips writes the verifier for the machines that a court or a taxpayer may own, as a folder to unpack.
func (r release) zips(out io.Writer) error {
	folders, err := filepath.Glob(filepath.Join(r.programs, "*-*"))
	if err != nil {
		return err
	}
	slices.Sort(folders)
	for _, folder := range folders {
		program := "minglu-verify"
		if strings.HasPrefix(filepath.Base(folder), "windows") {
			program += ".exe"
		}
		name := fmt.Sprintf("minglu-verify_%s_%s.zip", r.version, filepath.Base(folder))
		if err := r.zip(filepath.Join(folder, program), filepath.Join(r.out, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintln(out, name)
	}
	return nil
}

func (r release) zip(program, path string) (err error) {
	list, err := r.componentsOf(program)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	manual, err := ours.ReadFile("files/verifier-readme.txt")
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z := zip.NewWriter(f)
	for _, entry := range []struct {
		name string
		mode fs.FileMode
		text []byte
	}{
		{filepath.Base(program), 0o755, text},
		{"README.txt", 0o644, manual},
		{"THIRD-PARTY.txt", 0o644, []byte(thirdParty(list))},
	} {
		h := &zip.FileHeader{Name: "minglu-verify/" + entry.name, Method: zip.Deflate, Modified: r.time}
		h.SetMode(entry.mode)
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := w.Write(entry.text); err != nil {
			return err
		}
	}
	return z.Close()
}
