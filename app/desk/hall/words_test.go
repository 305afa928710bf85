package hall_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"minglu/app/i18n"
	"minglu/app/office/duty"
)

// Every sentence this page asks for by its key is there.
func TestEverySentenceOfThePageIsThere(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]string{"say": "", "newForm": "", "moving": "move."}
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
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			prefix, ok := before[f.Sel.Name]
			for _, arg := range call.Args {
				literal, isText := arg.(*ast.BasicLit)
				if !ok || !isText || literal.Kind != token.STRING {
					continue
				}
				key, _ := strconv.Unquote(literal.Value)
				seen++
				if _, found := i18n.Find(i18n.ZH, "desk.hall."+prefix+key); !found {
					t.Errorf("%s: no sentence desk.hall.%s%s", name, prefix, key)
				}
				break // what follows fills the sentence
			}
			return true
		})
	}
	if seen < 100 {
		t.Errorf("looked at %d keys only", seen)
	}
}

func TestEveryActAndKindHasAName(t *testing.T) {
	r, err := duty.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, k := range r.KindCodes() {
		keys = append(keys, "kind."+k.Code)
	}
	for _, a := range []duty.Act{duty.Note, duty.Begin, duty.Hand, duty.Pause, duty.Resume, duty.Step, duty.Done, duty.Carry, duty.ShiftStart,
		duty.ShiftOffer, duty.ShiftAccept, duty.ShiftEnd, duty.Patrol, duty.Report, duty.Review, duty.Roster, duty.Posted, duty.Rate, duty.DayClose} {
		keys = append(keys, "act."+string(a))
	}
	for _, s := range []string{"matter", "incident", "offer", "leader"} {
		keys = append(keys, "deal."+s)
	}
	for i := range 7 {
		keys = append(keys, "weekday."+strconv.Itoa(i))
	}
	for _, key := range keys {
		if _, ok := i18n.Find(i18n.EN, "desk.hall."+key); !ok {
			t.Errorf("no sentence desk.hall.%s", key)
		}
	}
}
