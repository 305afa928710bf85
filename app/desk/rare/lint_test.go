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
)

// makers make something of Fyne's that shows its first argument.
var makers = []string{"NewLabel", "NewLabelWithStyle", "NewText", "NewMenuItem", "NewCheck", "NewRichTextWithText", "NewHyperlink"}

// sentences are how a sentence of the catalogues is got: those have no rare characters.
var sentences = []string{"say", "Say", "words"}

func TestNobodyShowsATextWithoutSeeingToItsCharacters(t *testing.T) {
	looked := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
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
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 5 {
		t.Errorf("only %d texts were looked at", looked)
	}
}

// selected is the name behind the last dot of what is called.
func selected(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}
