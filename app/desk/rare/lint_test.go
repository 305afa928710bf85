package rare_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"

	"minglu/assets"
)

// makers make something of Fyne's that shows its first argument.
var makers = []string{"NewLabel", "NewLabelWithStyle", "NewText", "NewMenuItem", "NewCheck", "NewRichTextWithText", "NewHyperlink"}

// sentences are how a sentence of the catalogues is got: those have no rare characters.
var sentences = []string{"say", "Say", "words"}

func TestNobodyShowsATextWithoutSeeingToItsCharacters(t *testing.T) {
	looked := 0
	eachFile(t, func(files *token.FileSet, syntax *ast.File) {
		sees := slices.ContainsFunc(syntax.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"minglu/app/desk/rare"` })
		ast.Inspect(syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !slices.Contains(makers, selected(call.Fun)) {
				return true
			}
			looked++
			if _, literal := call.Args[0].(*ast.BasicLit); literal || sees {
				return true
			}
			if got, ok := call.Args[0].(*ast.CallExpr); ok && slices.Contains(sentences, selected(got.Fun)) {
				return true
			}
			t.Errorf("%s: shows a text that may hold a rare character; use app/desk/look, or call rare.See", files.Position(call.Pos()))
			return true
		})
	})
	if looked < 5 {
		t.Errorf("only %d texts were looked at", looked)
	}
}

// eachFile parses the window's files.
func eachFile(t *testing.T, do func(*token.FileSet, *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, path, nil, 0)
		if err == nil {
			do(files, syntax)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A sign that our font lacks is looked for in the system's fonts, which takes long, and where none has it there is a box.
func TestEverySignOfTheWindowIsInItsFont(t *testing.T) {
	font, err := sfnt.Parse(assets.Font)
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	demand := func(where, text string) {
		for _, r := range text {
			if i, err := font.GlyphIndex(&b, r); r > '~' && r != '\ufeff' && (i == 0 || err != nil) {
				t.Errorf("%s: the font lacks %c (%U) of %.60q", where, r, r, text)
			}
		}
	}
	eachFile(t, func(files *token.FileSet, syntax *ast.File) {
		ast.Inspect(syntax, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && (l.Kind == token.STRING || l.Kind == token.CHAR) {
				demand(files.Position(l.Pos()).String(), l.Value)
			}
			return true
		})
	})
	for line := range strings.Lines(string(assets.SentencesZH) + string(assets.SentencesEN)) {
		demand("a sentence", line)
	}
}

// selected is the name behind the last dot of what is called.
func selected(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}
