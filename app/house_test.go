// Package app_test keeps the walls of the house: who may import whom, and what may lie where.
package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors says which parts of ours a part may import; the longest matching name rules. A part may always
// import what lies inside itself. Evidence and its insides stand on nothing of ours.
var floors = map[string][]string{
	"assets":                {},
	"testdata":              {},
	"capture":               {"capture", "assets"},
	"capture/evidence":      {},
	"capture/clock":         {},
	"capture/durable":       {},
	"capture/lock":          {},
	"capture/source":        {"capture/clock"},
	"capture/device":        {"capture/source", "capture/clock", "capture/codec"},
	"capture/codec":         {},
	"capture/overlay":       {"assets"},
	"capture/picture":       {},
	"capture/watch":         {},
	"capture/catalog":       {"assets", "capture/strict"},
	"capture/key":           {"capture/evidence", "capture/durable"},
	"capture/stamp":         {"capture/evidence"},
	"capture/seal":          {"capture/evidence", "capture/durable", "capture/clock", "capture/stamp"},
	"capture/vault":         {"capture/evidence", "capture/durable", "capture/clock", "capture/seal", "capture/transcript"},
	"capture/strict":        {},
	"capture/paper":         {"assets", "capture/strict"},
	"capture/transcript":    {"capture/evidence", "capture/strict", "capture/paper", "assets"},
	"capture/attach":        {"capture/evidence"},
	"sync":                  {"sync", "capture"},
	"sync/wire":             {},
	"sync/blob":             {"capture/durable"},
	"sync/ledger":           {"capture/evidence", "capture/durable"},
	"sync/facts":            {"sync/wire", "sync/enrol"},
	"app":                   {"app", "sync", "capture", "assets"},
	"app/cmd/minglu-verify": {"capture/evidence", "app/release"},
	"app/release":           {"capture/evidence"}, // the verifier stands on it
	"installer":             {},
	// what signs a release signs like a seal; the packages hold the icon and the manuals
	"installer/pack": {"capture/evidence", "capture/key", "assets", "app/manual", "app/i18n"},
}

// guests says which of our parts alone may import a foreign package.
var guests = map[string][]string{
	"fyne.io/fyne/v2":                 {"app/desk", "app/cmd/minglu-desk"},
	"github.com/godbus/dbus":          {"app/desk/ime"},
	"github.com/jezek/xgb":            {"app/desk/control"},
	"github.com/pion/mediadevices":    {"capture/device", "capture/codec"},
	"github.com/gen2brain/malgo":      {"capture/device"},
	"github.com/blackjack/webcam":     {"capture/device"},
	"github.com/bluenviron/gortsplib": {"capture/source"},
	"github.com/go-pdf/fpdf":          {"capture/paper"},
	"modernc.org/sqlite":              {"app/store", "sync/outbox", "sync/receive", "sync/ledger"},
	"github.com/tus/tusd":             {"sync/receive"},
	"github.com/ThalesGroup/crypto11": {"capture/key/pkcs11"},
	"golang.org/x/mod/sumdb":          {"capture/evidence", "sync/ledger", "sync/receive", "sync/enrol", "capture/key"},
	"github.com/emmansun/gmsm":        {"capture/evidence", "capture/key", "capture/stamp", "sync/enrol"},
	"github.com/rogpeppe/go-internal": {"app"},
	"github.com/goreleaser/nfpm":      {"installer/pack"},
	"github.com/go-gl/gl":             {"app/cmd/minglu-desk"},
}

// pure are the parts that may import, beside the standard library, only what is listed.
var pure = map[string][]string{
	"capture/evidence": {"golang.org/x/mod/sumdb", "github.com/emmansun/gmsm"},
	"sync/wire":        {},
	"installer/dev":    {},
}

var rooms = []string{"app", "capture", "sync", "assets", "installer", "testdata", "go.mod", "go.sum", "README.md", "LICENSE"}

type file struct {
	dir, name string // dir slash-separated below the root
	syntax    *ast.File
}

func parseHouse(t *testing.T) []file {
	t.Helper()
	root := ".."
	var files []file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		files = append(files, file{path.Dir(filepath.ToSlash(rel)), d.Name(), syntax})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// within reports whether part lies in or below room.
func within(part, room string) bool { return part == room || strings.HasPrefix(part, room+"/") }

// longest finds the rule whose name is the longest part of dir.
func longest(rules map[string][]string, dir string) (string, bool) {
	best, found := "", false
	for name := range rules {
		if within(dir, name) && len(name) >= len(best) {
			best, found = name, true
		}
	}
	return best, found
}

func importsOf(f file) []string {
	var paths []string
	for _, spec := range f.syntax.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

func TestImportsPointDown(t *testing.T) {
	used := map[string]bool{}
	for _, f := range parseHouse(t) {
		rule, ok := longest(floors, f.dir)
		if !ok {
			t.Errorf("%s/%s: no rule for this part; add one to floors", f.dir, f.name)
			continue
		}
		used[rule] = true
		if strings.HasSuffix(f.name, "_test.go") {
			continue // a test may stand outside the walls to look at them
		}
		for _, p := range importsOf(f) {
			target, ours := strings.CutPrefix(p, "minglu/")
			allowed := func(room string) bool { return within(target, room) }
			if ours && !within(target, rule) && !slices.ContainsFunc(floors[rule], allowed) {
				t.Errorf("%s/%s imports %s; %s may import %v", f.dir, f.name, target, rule, floors[rule])
			}
		}
	}
}

func TestForeignPackagesStayInTheirRoom(t *testing.T) {
	for _, f := range parseHouse(t) {
		test := strings.HasSuffix(f.name, "_test.go")
		for _, p := range importsOf(f) {
			if hosts, ok := longest(guests, p); ok && !test {
				in := func(room string) bool { return within(f.dir, room) }
				if !slices.ContainsFunc(guests[hosts], in) {
					t.Errorf("%s/%s imports %s, a guest of %v alone", f.dir, f.name, p, guests[hosts])
				}
			}
			if (p == "testing" || strings.HasPrefix(p, "testing/")) && !test && !strings.HasSuffix(f.dir, "test") {
				t.Errorf("%s/%s imports %s outside a test", f.dir, f.name, p)
			}
			room, ok := longest(pure, f.dir)
			if !ok || test || !strings.Contains(strings.Split(p, "/")[0], ".") {
				continue
			}
			if may := func(name string) bool { return within(p, name) }; !slices.ContainsFunc(pure[room], may) {
				t.Errorf("%s/%s imports %s; %s stands on the standard library and %v", f.dir, f.name, p, room, pure[room])
			}
		}
	}
}

func TestEveryPackageSaysOnceWhatItIs(t *testing.T) {
	docs, names := map[string]int{}, map[string]string{}
	for _, f := range parseHouse(t) {
		name := f.syntax.Name.Name
		if strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		if doc := f.syntax.Doc.Text(); doc != "" {
			docs[f.dir]++
			want := "Package " + name
			if name == "main" {
				want = "Command " + path.Base(f.dir)
			}
			if !strings.HasPrefix(doc, want+" ") {
				t.Errorf("%s/%s: package comment begins %.40q; want %q", f.dir, f.name, doc, want)
			}
		} else if docs[f.dir] == 0 {
			docs[f.dir] = 0
		}
		if other, ok := names[name]; ok && other != f.dir && name != "main" {
			t.Errorf("%s and %s share the package name %s", f.dir, other, name)
		}
		names[name] = f.dir
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("%s has %d package comments; want 1", dir, n)
		}
	}
}

func TestNothingNewAtTheTop(t *testing.T) {
	for _, dir := range []string{"..", "../sync"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if dir == "../sync" && strings.HasSuffix(e.Name(), ".go") {
				t.Errorf("sync/%s: the sync street has no package", e.Name())
			}
			if dir == ".." && !strings.HasPrefix(e.Name(), ".") && e.Name() != "bin" && !slices.Contains(rooms, e.Name()) {
				t.Errorf("%s at the top; the house has %v", e.Name(), rooms)
			}
		}
	}
}

func TestNoInitAndNoVagueNames(t *testing.T) {
	vague := []string{"util", "utils", "common", "helpers", "base", "types", "models", "manager", "service", "impl"}
	for _, f := range parseHouse(t) {
		if slices.Contains(vague, path.Base(f.dir)) {
			t.Errorf("%s: the name says nothing", f.dir)
		}
		full, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", filepath.FromSlash(f.dir), f.name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range full.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s/%s has an init", f.dir, f.name)
			}
		}
	}
}
