package control_test

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

// bare are the text fields of Fyne, and what has one inside: none of them can be typed into in Chinese.
var bare = []string{
	"Entry", "NewEntry", "NewMultiLineEntry", "NewPasswordEntry", "NewEntryWithData", "SelectEntry", "NewSelectEntry",
	"DateEntry", "NewDateEntry", "NewEntryDialog", "ShowEntryDialog", "NewFileSave", "ShowFileSave",
}

func TestNoTextFieldOfFyneIsUsed(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := s.X.(*ast.Ident)
			if ok && (from.Name == "widget" || from.Name == "dialog") && slices.Contains(bare, s.Sel.Name) {
				t.Errorf("%s: %s.%s cannot be typed into in Chinese; use app/desk/control", files.Position(s.Pos()), from.Name, s.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
