package main

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // the formats register themselves
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"

	"minglu/assets"
)

//go:embed files
var ours embed.FS

// machine is the folder of the programs built for a machine.
func (r release) machine(system, processor string) string {
	return filepath.Join(r.programs, system+"-"+processor)
}

// packages writes a part as .deb and .rpm.
func (r release) packages(p part, processor string, out io.Writer) error {
	made, err := r.contents(p, processor)
	if err != nil {
		return err
	}
	for _, format := range []string{"deb", "rpm"} {
		info := nfpm.WithDefaults(r.info(p, processor, format, made))
		if err := nfpm.PrepareForPackager(info, format); err != nil {
			return err
		}
		packager, err := nfpm.Get(format)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := packager.Package(info, &b); err != nil {
			return err
		}
		name := packager.ConventionalFileName(info)
		if err := os.WriteFile(filepath.Join(r.out, name), b.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %.1f MB\n", name, float64(b.Len())/1e6)
	}
	return r.fileList(p, processor, made)
}

// info tells nfpm about a part. Contents are copied, since nfpm changes what it is given.
func (r release) info(p part, processor, format string, made []content) *nfpm.Info {
	depends := slices.Clone(p.deb)
	if format == "rpm" {
		depends = slices.Clone(p.rpm)
	} else if processor == "arm64" {
		depends = append(depends, p.debOnARM...)
	}
	for i := range depends {
		depends[i] = strings.ReplaceAll(depends[i], "${version}", r.version)
	}
	info := &nfpm.Info{
		Name: p.name, Arch: processor, Platform: "linux", Version: r.version, VersionSchema: "none", Section: p.section,
		Priority: "optional", Maintainer: r.maintainer, Description: p.summary + "\n" + p.description,
		MTime: r.time, DisableGlobbing: true,
		Overridables: nfpm.Overridables{Depends: depends},
	}
	info.Deb.Compression = "gzip"
	script := func(moment string) string {
		if name := p.scripts[format+"."+moment]; name != "" {
			return filepath.Join(r.stage, "scripts", name)
		}
		return ""
	}
	info.Scripts = nfpm.Scripts{PreInstall: script("pre"), PostInstall: script("post"), PreRemove: script("preun"), PostRemove: script("postun")}
	if format == "rpm" {
		info.RPM = nfpm.RPM{Compression: "gzip", Summary: p.summary, BuildHost: "minglu", Group: "Applications/Multimedia"}
		info.License, info.Release = "Apache-2.0", "1"
	} else {
		info.Recommends = p.recommends
	}
	for _, c := range made {
		if c.only != "" && c.only != format {
			continue
		}
		info.Contents = append(info.Contents, &files.Content{Source: c.source, Destination: c.to, Type: c.kind(format),
			FileInfo: &files.ContentFileInfo{Mode: os.FileMode(c.mode), MTime: r.time, Owner: "root", Group: "root"}})
	}
	return info
}

// content is a file as it goes into a package.
type content struct {
	source, to string
	mode       uint32
	config     bool
	link       bool   // to is a symbolic link to source
	only       string // format, if it is for one alone
}

func (c content) kind(format string) string {
	switch {
	case c.link:
		return files.TypeSymlink
	case c.config && format == "rpm":
		return files.TypeConfigNoReplace
	case c.config:
		return files.TypeConfig
	}
	return files.TypeFile
}

// contents gathers the files of a part for a processor.
func (r release) contents(p part, processor string) ([]content, error) {
	var list []content
	for _, name := range p.programs {
		list = append(list, content{source: filepath.Join(r.machine("linux", processor), name), to: "/usr/lib/minglu/" + name, mode: 0o755})
	}
	for _, name := range p.links {
		list = append(list, content{source: "../lib/minglu/" + name, to: "/usr/bin/" + name, link: true})
	}
	for _, e := range p.files {
		source, err := r.place(p.name, e)
		if err != nil {
			return nil, err
		}
		list = append(list, content{source: source, to: e.to, mode: e.mode, config: e.config})
	}
	for _, name := range p.scripts {
		if err := r.script(name); err != nil {
			return nil, err
		}
	}
	if p.manual {
		for _, path := range r.manuals {
			list = append(list, content{source: path, to: "/usr/share/doc/" + p.name + "/" + filepath.Base(path), mode: 0o644})
		}
	}
	papers, err := r.papers(p, processor)
	return append(list, papers...), err
}

// script writes a maintainer script beside the packages to come.
func (r release) script(name string) error {
	text, err := ours.ReadFile("files/" + name)
	folder := filepath.Join(r.stage, "scripts")
	return errors.Join(err, os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, name), text, 0o755))
}

// place writes a file of ours where nfpm finds it.
func (r release) place(part string, e entry) (string, error) {
	var text []byte
	var err error
	switch e.from {
	case "icon:svg":
		text = assets.IconSVG
	case "icon:256":
		text = assets.Icon256
	case "icon:48":
		text = assets.Icon48
	default:
		text, err = ours.ReadFile("files/" + e.from)
	}
	if err != nil {
		return "", err
	}
	return r.write(part, e.to, text, os.FileMode(e.mode))
}

// write writes a file of a part below the stage, at its place.
func (r release) write(part, to string, text []byte, mode os.FileMode) (string, error) {
	path := filepath.Join(r.stage, part, filepath.FromSlash(to))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, text, mode)
}

// packed compresses as Debian wants its papers: best, without name and time.
func packed(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(text)
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}
