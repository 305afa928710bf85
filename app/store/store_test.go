package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"minglu/app/store"
)

var first = store.Schema{Name: "shelf", Versions: []string{`CREATE TABLE book (title TEXT PRIMARY KEY)`}}

func later() store.Schema {
	s := first
	s.Versions = append([]string{s.Versions[0]}, `ALTER TABLE book ADD COLUMN author TEXT NOT NULL DEFAULT ''; CREATE INDEX book_author ON book (author)`)
	return s
}

func open(t *testing.T, path string, s ...store.Schema) *sql.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, s...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestCommitsSurviveAPowerCut(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a file with ? and % and 空格.db"), first)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", pragma, got, err, want)
		}
	}
}

func TestAnOldDatabaseIsBroughtUpToDateWithItsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, first)
	if _, err := db.Exec(`INSERT INTO book (title) VALUES ($1)`, "笔录"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second start changes nothing
		var title, author string
		if err := open(t, path, later()).QueryRow(`SELECT title, author FROM book`).Scan(&title, &author); err != nil || title != "笔录" {
			t.Errorf("the row is %q %q, %v", title, author, err)
		}
	}
	if _, err := store.Open(t.Context(), path, first); !errors.Is(err, store.ErrNewer) {
		t.Errorf("an older program gets %v; want ErrNewer", err)
	}
}

func TestABrokenVersionLeavesTheOldTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	open(t, path, first)
	broken := later()
	broken.Versions[1] += `; NOT SQL`
	if _, err := store.Open(t.Context(), path, broken); err == nil {
		t.Fatal("nonsense was run")
	}
	open(t, path, later())
}

func TestSeveralProcessesMayOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			db, err := store.Open(t.Context(), path, later())
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestAnotherEngineIsRefusedWithASentence(t *testing.T) {
	_, err := store.Open(t.Context(), "postgres://user:secret@host/db", first)
	if !errors.Is(err, store.ErrEngine) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v; want ErrEngine without the password", err)
	}
}

func TestAUrlNamesAFileToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	open(t, "sqlite://"+path, first)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsNoDatabaseIsToldFromOtherFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), path, first); !store.Damaged(err) {
		t.Errorf("%v is not told to be damage", err)
	}
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "none", "x.db"), first); err == nil || store.Damaged(err) {
		t.Errorf("%v is told to be damage", err)
	}
}
