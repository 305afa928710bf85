package i18n_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"minglu/app/i18n"
	"minglu/assets"
	"minglu/capture/strict"
	"minglu/sync/outbox"
)

func catalogue(t *testing.T, data []byte) map[string]string {
	t.Helper()
	list := map[string]string{}
	if doc := json.Unmarshal(data, &list); doc != nil {
		t.Fatal(doc)
	}
	return list
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	zh, en := catalogue(t, assets.SentencesZH), catalogue(t, assets.SentencesEN)
	for key := range zh {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is not in en", key)
		}
	}
	for key, sentence := range en {
		chinese, ok := zh[key]
		if !ok {
			t.Errorf("%s is not in zh", key)
			continue
		}
		a, b := placeholder.FindAllString(chinese, -1), placeholder.FindAllString(sentence, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: zh fills %v, en %v", key, a, b)
		}
		if strings.TrimSpace(chinese) == "" || strings.TrimSpace(sentence) == "" {
			t.Errorf("%s says nothing", key)
		}
	}
}

// A key written twice in a file would silently lose one sentence.
func TestNoKeyIsThereTwice(t *testing.T) {
	line := regexp.MustCompile(`(?m)^\s*"([a-zA-Z0-9_.]+)":`)
	for name, data := range map[string][]byte{"zh": assets.SentencesZH, "en": assets.SentencesEN} {
		seen := map[string]bool{}
		for _, m := range line.FindAllSubmatch(data, -1) {
			if seen[string(m[1])] {
				t.Errorf("%s: %s is there twice", name, m[1])
			}
			seen[string(m[1])] = true
		}
	}
}

// Every key that the programs write out in their code has a sentence.
func TestEveryKeyInTheCodeHasASentence(t *testing.T) {
	used := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if key, ok := keyOf(n); ok {
				used++
				if _, found := i18n.Find(i18n.ZH, key); !found {
					t.Errorf("%s: no sentence for %q", path, key)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || used == 0 {
		t.Errorf("looked at %d keys: %v", used, err)
	}
}

// keyOf finds the key of a call Say(lang, "key", …) or i18n.Say(lang, "key", …).
func keyOf(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return "", false
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		if of, isName := f.X.(*ast.Ident); isName && of.Name == "i18n" {
			name = f.Sel.Name
		}
	}
	literal, ok := call.Args[1].(*ast.BasicLit)
	if name != "Say" || !ok {
		return "", false
	}
	key, err := strconv.Unquote(literal.Value)
	return key, err == nil
}

func TestEveryCodeHasWordsAndAdvice(t *testing.T) {
	keys := []string{}
	for _, code := range append(i18n.Codes(), "enrol.refused", "enrol.address", "enrol.code", "enrol.enrolled", "enrol.stranger") {
		keys = append(keys, "error."+code)
	}
	for _, cause := range []outbox.Cause{outbox.CauseTurn, outbox.CauseInterrupted, outbox.CauseUnreachable, outbox.CauseStranger,
		outbox.CauseBusy, outbox.CauseFull, outbox.CauseServer, outbox.CauseChecksum, outbox.CauseDisk, outbox.CauseReceipt, outbox.CauseToken,
		outbox.CauseForgotten, outbox.CauseCertificate, outbox.CauseForm, outbox.CauseConflict, outbox.CauseContent,
		outbox.CauseDamaged, outbox.CauseMissing} {
		keys = append(keys, "cause."+string(cause))
	}
	for _, key := range keys {
		for _, k := range []string{key, key + ".do"} {
			if _, ok := i18n.Find(i18n.EN, k); !ok {
				t.Errorf("no sentence for %s", k)
			}
		}
	}
	for _, kind := range []strict.Kind{strict.Syntax, strict.Unknown, strict.Double, strict.Missing, strict.Type, strict.Value,
		strict.Encoding, strict.Control, strict.Size, strict.Shape} {
		if _, ok := i18n.Find(i18n.ZH, "strict."+string(kind)); !ok {
			t.Errorf("no sentence for the fault %s", kind)
		}
	}
}

func TestTheLanguageFollowsTheLocaleAndIsElseChinese(t *testing.T) {
	for locale, want := range map[string]i18n.Lang{"": i18n.ZH, "C": i18n.ZH, "C.UTF-8": i18n.ZH, "fr_FR.UTF-8": i18n.ZH,
		"en_GB.UTF-8": i18n.EN, "en": i18n.EN, "zh_CN.UTF-8": i18n.ZH} {
		environment := map[string]string{"LANG": locale}
		if got, err := i18n.ParseLang("", func(k string) string { return environment[k] }); got != want || err != nil {
			t.Errorf("%q: got %s, %v; want %s", locale, got, err, want)
		}
	}
	nothing := func(string) string { return "" }
	if got, err := i18n.ParseLang("en", nothing); got != i18n.EN || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := i18n.ParseLang("de", nothing); err == nil {
		t.Error("de was taken")
	}
}

func TestASentenceIsFilled(t *testing.T) {
	if got := i18n.Say(i18n.EN, "error.file.missing", "path", "/x"); got != "The file /x is not there." {
		t.Errorf("got %q", got)
	}
	if got := i18n.Say(i18n.ZH, "no.such.key"); got != "no.such.key" {
		t.Errorf("got %q", got)
	}
	if got := slices.Sorted(maps.Keys(catalogue(t, assets.SentencesZH))); len(got) < 100 {
		t.Errorf("only %d sentences", len(got))
	}
}
