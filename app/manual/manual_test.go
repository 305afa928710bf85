package manual_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/i18n"
	"minglu/app/manual"
)

// pages are those of the window's rail.
var pages = []string{"record", "archive", "duty", "queue", "doctor", "setup"}

func TestEveryPageHasItsSectionInBothLanguages(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, p := range pages {
			if s, err := manual.About(lang, p); err != nil || s.Title == "" || len(s.Blocks) == 0 {
				t.Errorf("%s %s: %+v, %v", lang, p, s, err)
			}
		}
	}
	if _, err := manual.About(i18n.ZH, "elsewhere"); err == nil {
		t.Error("a page that is not there has a section")
	}
}

func TestBothLanguagesHaveTheSameSections(t *testing.T) {
	for _, role := range manual.Roles() {
		zh, errZH := manual.Load(i18n.ZH, role)
		en, errEN := manual.Load(i18n.EN, role)
		if errZH != nil || errEN != nil || len(zh.Sections) != len(en.Sections) {
			t.Fatalf("%s: %v, %v, %d and %d sections", role, errZH, errEN, len(zh.Sections), len(en.Sections))
		}
		for i := range zh.Sections {
			if zh.Sections[i].Page != en.Sections[i].Page {
				t.Errorf("%s: %q and %q are about different pages", role, zh.Sections[i].Title, en.Sections[i].Title)
			}
		}
	}
}

func TestManualsArePrintedWithPicturesOfTheRealScreens(t *testing.T) {
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, role := range manual.Roles() {
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			m, err := manual.Load(lang, role)
			if err != nil {
				t.Fatal(err)
			}
			one, err := m.PDF(lang, os.DirFS("../desk"), made)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				two, err := m.PDF(lang, os.DirFS("../desk"), made)
				if err != nil || !bytes.Equal(one, two) {
					t.Errorf("%s %s: another print differs, %v", role, lang, err)
				}
			}
			said := readBack(t, one)
			if strings.Contains(said, "〔U+") {
				t.Errorf("%s %s: the font lacks a character", role, lang)
			}
			for _, s := range m.Sections {
				if !strings.Contains(said, strings.ReplaceAll(s.Title, " ", "")) {
					t.Errorf("%s %s: no %q on the paper", role, lang, s.Title)
				}
			}
		}
	}
}

// readBack is a PDF's text without blanks, by a reader of others.
func readBack(t *testing.T, pdf []byte) string {
	t.Helper()
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "manual.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(reader, path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

func TestWhatIsNoManualIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "it has no title",
		"words":                         "line 1: the title comes first",
		"# A\n### deep":                 "line 2",
		"# A\n![x](../../etc/x)":        "line 2",
		"# A\n## S {p}\na\n## T {p}\nb": "line 4",
		"# A\n# B":                      "line 2",
	} {
		if _, err := manual.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# A\n\nlead\n\n## S {record}\n1. step\n- item\n![c](a/b-{lang})\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := manual.Parse(text)
		if err == nil && m.Title == "" {
			t.Error("a manual without a title")
		}
	})
}
