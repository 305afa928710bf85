package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// papers are what an administrator and a lawyer look for in /usr/share/doc and in man.
func (r release) papers(p part, processor string) ([]content, error) {
	parts, err := r.components(p, "linux-"+processor)
	if err != nil {
		return nil, err
	}
	changes, err := r.changelog(p)
	if err != nil {
		return nil, err
	}
	bill, err := r.bill(p, "linux-"+processor, parts)
	if err != nil {
		return nil, err
	}
	doc := "/usr/share/doc/" + p.name + "/"
	list := []paper{
		{"", doc + "copyright", []byte(copyright(parts)), false},
		{"deb", doc + "changelog.gz", []byte(changes), true},
		{"", doc + "THIRD-PARTY.gz", []byte(thirdParty(parts)), true},
		{"", doc + "sbom.cdx.json", bill, false},
	}
	for _, name := range p.manuals {
		text, err := ours.ReadFile("files/" + name)
		if err != nil {
			return nil, err
		}
		list = append(list, paper{"", "/usr/share/man/man1/" + name + ".gz", text, true})
	}
	if len(p.programs) > 0 {
		list = append(list, paper{"deb", "/usr/share/lintian/overrides/" + p.name, []byte(overrides(p)), false})
	}
	var made []content
	for _, l := range list {
		if l.packed {
			if l.text, err = packed(l.text); err != nil {
				return nil, err
			}
		}
		path, err := r.write(p.name+"-"+processor, l.to, l.text, 0o644)
		if err != nil {
			return nil, err
		}
		made = append(made, content{source: path, to: l.to, mode: 0o644, only: l.only})
	}
	return made, nil
}

type paper struct {
	only, to string
	text     []byte
	packed   bool
}

// copyright is in Debian's machine-readable form.
func copyright(parts []component) string {
	var b strings.Builder
	b.WriteString(`Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Minglu

Files: *
Copyright: 2026 Minglu contributors
License: Apache-2.0

License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.

Comment: The programs also hold the parts below. The whole text of every licence is in
 THIRD-PARTY.gz beside this file, and all parts with their digests are in sbom.cdx.json.
 None is under the GPL, LGPL or AGPL; what the compiler adds is under the GPL with the
 GCC Runtime Library Exception, which asks nothing of programs built with it.
 .
`)
	for _, c := range parts {
		fmt.Fprintf(&b, " %s %s: %s\n", c.name, c.version, c.licence)
	}
	return b.String()
}

func thirdParty(parts []component) string {
	var b strings.Builder
	for _, c := range parts {
		fmt.Fprintf(&b, "%s\n%s %s (%s)\n%[1]s\n\n%s\n\n", strings.Repeat("=", 80), c.name, c.version, c.licence, strings.TrimSpace(c.text))
	}
	return b.String()
}

// changelog is in Debian's form.
func (r release) changelog(p part) (string, error) {
	lines := "Release"
	if r.changes != "" {
		text, err := os.ReadFile(r.changes)
		if err != nil {
			return "", err
		}
		lines = strings.TrimSpace(string(text))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) stable; urgency=medium\n\n", p.name, r.version)
	for line := range strings.Lines(lines) {
		fmt.Fprintf(&b, "  * %s\n", strings.Join(folded(line), "\n    "))
	}
	fmt.Fprintf(&b, "\n -- %s  %s\n", r.maintainer, r.time.Format(time.RFC1123Z))
	return b.String(), nil
}

// changeWidth is how wide a changelog's line may be, behind its margin.
const changeWidth = 74

// folded breaks a line between words.
func folded(line string) []string {
	var lines []string
	for _, word := range strings.Fields(line) {
		if last := len(lines) - 1; last >= 0 && len(lines[last])+1+len(word) <= changeWidth {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// overrides say what lintian need not tell: programs without C parts are static by intent, and the recorder
// brings its own libjpeg-turbo, since the old desktops have none that it could share.
func overrides(p part) string {
	var b strings.Builder
	for _, name := range p.programs {
		if name == "minglu-agent" {
			fmt.Fprintf(&b, "%s: embedded-library *libjpeg*\n", p.name)
		} else if name != "minglu-desk" {
			fmt.Fprintf(&b, "%s: statically-linked-binary *usr/lib/minglu/%s*\n", p.name, name)
		}
	}
	return b.String()
}
