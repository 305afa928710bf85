package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"minglu/assets"
)

// component is something of others inside our programs.
type component struct {
	name, version string
	kind          string // of a package URL: golang, generic
	licence       string // SPDX
	text          string
}

// carried are the C parts that a Go module brings inside; no Go tool sees them.
type carried struct {
	module   string
	name     string
	version  string
	licence  string
	file     string // with the licence, inside the module
	elsewise string // name of the licence's file among those that the build left
	system   string // the only one on which it is inside; "": all
}

func carriedParts() []carried {
	return []carried{
		{module: "github.com/pion/mediadevices", name: "openh264", version: "2.1.1", licence: "BSD-2-Clause", file: "pkg/codec/openh264/LICENSE"},
		{module: "github.com/pion/mediadevices", name: "opus", version: "1.3.1", licence: "BSD-3-Clause", file: "pkg/codec/opus/LICENSE"},
		{module: "github.com/pion/mediadevices", name: "libjpeg-turbo", version: "2.0.6", licence: "IJG AND BSD-3-Clause AND Zlib", elsewise: "libjpeg-turbo", system: "linux"},
		{module: "github.com/pion/mediadevices", name: "libstdc++ and libgcc", version: "10.2", licence: "GPL-3.0-or-later WITH GCC-exception-3.1", elsewise: "gcc", system: "linux"},
		{module: "github.com/pion/mediadevices", name: "libstdc++, libgcc and winpthreads of mingw-w64", version: "12.2", licence: "GPL-3.0-or-later WITH GCC-exception-3.1 AND MIT", elsewise: "mingw", system: "windows"},
		{module: "github.com/gen2brain/malgo", name: "miniaudio", version: "0.11", licence: "Unlicense OR MIT-0", file: "LICENSE"},
		{module: "github.com/go-gl/glfw/v3.4/glfw", name: "GLFW", version: "3.4", licence: "Zlib", file: "glfw/LICENSE.md"},
	}
}

// components lists what the programs of a part are made of, each with the text of its licence. One without a
// text, or under a licence that we may not link, is an error.
func (r release) components(p part, machine string) ([]component, error) {
	seen := map[string]component{}
	for _, name := range p.programs {
		list, err := r.componentsOf(filepath.Join(r.programs, machine, name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, c := range list {
			seen[c.name] = c
		}
	}
	var all []component
	for _, c := range seen {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b component) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}

func (r release) componentsOf(path string) ([]component, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	folders, err := goFolders()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folders[0], "LICENSE"))
	if err != nil {
		return nil, fmt.Errorf("the licence of Go itself: %w", err)
	}
	system := ""
	for _, s := range info.Settings {
		if s.Key == "GOOS" {
			system = s.Value
		}
	}
	list := []component{
		{"Go standard library", strings.TrimPrefix(info.GoVersion, "go"), "generic", "BSD-3-Clause", string(text)},
		{"Noto Sans SC", "2.004", "generic", "OFL-1.1", assets.FontLicence},
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c, err := ofModule(m.Path, m.Version)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
		for _, inside := range carriedParts() {
			if inside.module != m.Path || inside.system != "" && inside.system != system {
				continue
			}
			c, err := r.carriedBy(inside, m.Version)
			if err != nil {
				return nil, err
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// goFolders are where Go and the modules' sources lie.
var goFolders = sync.OnceValues(func() ([]string, error) {
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	folders := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err == nil && len(folders) != 2 {
		err = fmt.Errorf("go env says %q", out)
	}
	return folders, err
})

// moduleFolder is where a module's sources lie.
func moduleFolder(path, version string) (string, error) {
	folders, err := goFolders()
	if err != nil {
		return "", err
	}
	p, err1 := module.EscapePath(path)
	v, err2 := module.EscapeVersion(version)
	return filepath.Join(folders[1], p+"@"+v), errors.Join(err1, err2)
}

// ofModule reads a module's licence files: all of them, since some have several.
func ofModule(path, version string) (component, error) {
	folder, err := moduleFolder(path, version)
	if err != nil {
		return component{}, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return component{}, err
	}
	var texts []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "UNLICENSE", "NOTICE", "PATENTS"}, func(s string) bool { return strings.HasPrefix(name, s) }) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return component{}, err
		}
		texts = append(texts, string(text))
	}
	text := strings.Join(texts, "\n\n")
	licence, err := recognise(text)
	if err != nil {
		return component{}, fmt.Errorf("module %s: %w", path, err)
	}
	return component{path, version, "golang", licence, text}, nil
}

func (r release) carriedBy(c carried, version string) (component, error) {
	path := filepath.Join(r.programs, "licences", c.elsewise)
	if c.file != "" {
		folder, err := moduleFolder(c.module, version)
		if err != nil {
			return component{}, err
		}
		path = filepath.Join(folder, c.file)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return component{}, fmt.Errorf("the licence of %s: %w", c.name, err)
	}
	return component{c.name, c.version, "generic", c.licence, string(text)}, nil
}

// copyleft is the heading of a GNU licence. Other licences, the Mozilla one for instance, only speak of them.
var copyleft = regexp.MustCompile(`(?i)GNU (LESSER |AFFERO |LIBRARY )?GENERAL PUBLIC LICENSE Version`)

// recognise names the licence of a text by words that only it has.
func recognise(text string) (string, error) {
	plain := strings.Join(strings.Fields(text), " ")
	var found []string
	for _, l := range []struct{ spdx, words string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"BSD-3-Clause", "endorse or promote products derived"},
		{"MIT", "Permission is hereby granted, free of charge"},
		{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
		{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose"},
		{"Unlicense", "This is free and unencumbered software"},
		{"Zlib", "This software is provided 'as-is'"},
		{"MPL-2.0", "Mozilla Public License Version 2.0"},
		{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
	} {
		if strings.Contains(plain, l.words) && !slices.Contains(found, l.spdx) {
			found = append(found, l.spdx)
		}
	}
	if !slices.Contains(found, "BSD-3-Clause") && strings.Contains(plain, "Redistributions in binary form must reproduce") {
		found = append(found, "BSD-2-Clause")
	}
	if title := copyleft.FindString(plain); title != "" {
		return "", fmt.Errorf("its licence is the %s; such code is not linked", title)
	}
	if len(found) == 0 {
		return "", errors.New("no licence was found or recognised")
	}
	slices.Sort(found)
	return strings.Join(found, " AND "), nil
}

// bill is the software bill of materials, CycloneDX 1.5.
func (r release) bill(p part, machine string, parts []component) ([]byte, error) {
	type object = map[string]any
	var list []object
	for _, c := range parts {
		purl := "pkg:" + c.kind + "/" + strings.ReplaceAll(c.name, " ", "-") + "@" + c.version
		list = append(list, object{"type": "library", "bom-ref": purl, "name": c.name, "version": c.version, "purl": purl,
			"licenses": []object{{"expression": c.licence}}})
	}
	for _, name := range p.programs {
		text, err := os.ReadFile(filepath.Join(r.programs, machine, name))
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		if strings.HasPrefix(machine, "linux-") {
			name = "/usr/lib/minglu/" + name
		}
		list = append(list, object{"type": "file", "name": name, "version": r.version,
			"hashes": []object{{"alg": "SHA-256", "content": hex.EncodeToString(sum[:])}}})
	}
	serial := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %v", p.name, r.version, machine, list))
	serial[6], serial[8] = serial[6]&0x0f|0x50, serial[8]&0x3f|0x80 // a UUID made of a name
	id := hex.EncodeToString(serial[:16])
	return json.MarshalIndent(object{
		"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
		"serialNumber": fmt.Sprintf("urn:uuid:%s-%s-%s-%s-%s", id[:8], id[8:12], id[12:16], id[16:20], id[20:]),
		"metadata": object{"timestamp": r.time.Format(time.RFC3339), "component": object{"type": "application", "name": p.name,
			"version": r.version, "licenses": []object{{"expression": "Apache-2.0"}}}},
		"components": list,
	}, "", "  ")
}
