package store_test

import (
	"path/filepath"
	"testing"

	"minglu/app/store"
)

func TestTermsPartsHanCharactersAndKeepsOtherWordsWhole(t *testing.T) {
	for text, want := range map[string]string{
		"王芳到场":           "王 芳 到 场",
		"案2026-118号 I03": "案 2026 118 号 I03",
		"𬭎某、Zoë":         "𬭎 某 Zoë",
		"  \x00\"'*（）":   "",
		"abc明录abc":       "abc 明 录 abc",
		"一a二b":           "一 a 二 b",
	} {
		if got := store.Terms(text); got != want {
			t.Errorf("Terms(%q) = %q; want %q", text, got, want)
		}
	}
}

func TestMatchFindsChineseWordsOfAnyLength(t *testing.T) {
	schema := store.Schema{Name: "words", Versions: []string{
		`CREATE VIRTUAL TABLE words USING fts5(body, tokenize = "unicode61 remove_diacritics 0")`}}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "words.db"), schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range []string{"被询问人王芳到场，陈述申辩", "王小芳未到场", "Invoice 2026-118 checked", "𬭎某签名"} {
		if _, err := db.Exec(`INSERT INTO words (body) VALUES ($1)`, store.Terms(text)); err != nil {
			t.Fatal(err)
		}
	}
	for typed, want := range map[string]int{
		"王": 2, "王芳": 1, "到场": 2, "陈述申辩": 1, "芳王": 0, "王 未到": 1, "invo": 1, "2026-118": 1, "𬭎": 1, "118": 1, `王" OR "芳`: 0,
	} {
		var got int
		if err := db.QueryRow(`SELECT count(*) FROM words WHERE words MATCH $1`, store.Match(typed)).Scan(&got); err != nil {
			t.Fatalf("search %q: %v", typed, err)
		}
		if got != want {
			t.Errorf("%q is found %d times; want %d", typed, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add(`王芳 "a* OR`)
	schema := store.Schema{Name: "words", Versions: []string{`CREATE VIRTUAL TABLE words USING fts5(body, tokenize = "unicode61 remove_diacritics 0")`}}
	db, err := store.Open(f.Context(), filepath.Join(f.TempDir(), "words.db"), schema)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	f.Fuzz(func(t *testing.T, typed string) {
		query := store.Match(typed)
		if query == "" {
			return
		}
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM words WHERE words MATCH $1`, query).Scan(&n); err != nil {
			t.Fatalf("%q became %q: %v", typed, query, err)
		}
	})
}
