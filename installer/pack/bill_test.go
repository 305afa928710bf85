package main

import (
	"strings"
	"testing"
)

func TestLicencesAreRecognised(t *testing.T) {
	for want, text := range map[string]string{
		"MIT":          "Copyright (c) X\n\nPermission is hereby granted, free of\ncharge, to any person",
		"BSD-3-Clause": "Redistributions in binary form must reproduce … may be used to endorse or promote products derived from",
		"BSD-2-Clause": "Redistributions in binary form must reproduce the above",
		"Apache-2.0":   "Apache License\n   Version 2.0, January 2004",
	} {
		if got, err := recognise(text); err != nil || got != want {
			t.Errorf("%s: got %q, %v", want, got, err)
		}
	}
}

func TestWhatMayNotBeLinkedIsRefused(t *testing.T) {
	for _, text := range []string{
		"All rights reserved.", "",
		"                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007",
		"GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999\nPermission is hereby granted, free of charge",
	} {
		if got, err := recognise(text); err == nil {
			t.Errorf("%.30q passed as %s", text, got)
		}
	}
	if _, err := recognise("Mozilla Public License Version 2.0 … means either the GNU General Public License, Version 2.0"); err != nil {
		t.Errorf("a licence that speaks of another: %v", err)
	}
}

func TestEveryPartHasItsFilesAndScripts(t *testing.T) {
	for _, p := range parts() {
		for _, s := range p.scripts {
			text, err := ours.ReadFile("files/" + s)
			if err != nil || strings.Contains(s, "rpm") == strings.HasPrefix(string(text), "#!") {
				t.Errorf("%s: %s: %v", p.name, s, err)
			}
		}
		for _, e := range p.files {
			if _, err := ours.ReadFile("files/" + e.from); err != nil && !strings.HasPrefix(e.from, "icon:") {
				t.Errorf("%s: %v", p.name, err)
			}
		}
	}
}
