package main

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imported are the foreign packages that the sources import.
func imported(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range syntax.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			if host, _, _ := strings.Cut(p, "/"); strings.Contains(host, ".") {
				found[p] = path
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// required are the modules of go.mod.
func required(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") {
			modules = append(modules, fields[0])
		}
	}
	return modules
}

func TestTheReadmeExplainsEveryModuleThatIsImported(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	modules := required(t)
	for p, where := range imported(t) {
		i := slices.IndexFunc(modules, func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") })
		if i < 0 {
			t.Errorf("%s imports %s, which go.mod does not require", where, p)
		} else if !bytes.Contains(readme, []byte("| "+modules[i]+" |")) {
			t.Errorf("%s imports %s; the table in README says nothing of it", where, modules[i])
		}
	}
}

func TestTheReadmeMapNamesEveryPackage(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("../../*/*.go")
	for _, depth := range []string{"*/*/*.go", "*/*/*/*.go", "*/*/*/*/*.go"} {
		more, bad := filepath.Glob("../../" + depth)
		sources, err = append(sources, more...), errors.Join(err, bad)
	}
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d sources: %v", len(sources), err)
	}
	seen := map[string]bool{}
	for _, path := range sources {
		dir, _ := filepath.Rel("../..", filepath.Dir(path))
		dir = filepath.ToSlash(dir)
		helps := strings.HasSuffix(dir, "test") || strings.Contains(dir, "testdata") || strings.HasSuffix(path, "_test.go")
		if helps || seen[dir] {
			continue
		}
		seen[dir] = true
		above := strings.Join(strings.SplitN(dir+"//", "/", 3)[:2], "/") // the map may stop at a street's house
		if !bytes.Contains(readme, []byte("`"+dir+"`")) && !bytes.Contains(readme, []byte("`"+above+"`")) {
			t.Errorf("%s is not on the map in README", dir)
		}
	}
}
