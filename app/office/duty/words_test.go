package duty_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"minglu/app/i18n"
)

// Every code a fault, a lack or a remark is made with in this package has its sentence, in both languages.
func TestEveryRefusalHasWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			literal, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				return true
			}
			text, _ := strconv.Unquote(literal.Value)
			key := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				key = map[string]string{"fault": "error.duty." + text, "need": "duty.field." + text, "look": "duty.field." + text}[f.Name]
			case *ast.SelectorExpr:
				key = map[string]string{"remark": "duty.remark." + text}[f.Sel.Name]
			}
			if key == "" {
				return true
			}
			seen++
			for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
				if _, ok := i18n.Find(lang, key); !ok {
					t.Errorf("%s has no words in %s", key, lang)
				}
			}
			return true
		})
	}
	if seen < 30 {
		t.Errorf("looked at %d codes only", seen)
	}
}
