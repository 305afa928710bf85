package duty

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"minglu/app/office/calendar"
	"minglu/assets"
	"minglu/capture/strict"
)

// Names of a bureau's own files in its home.
const (
	RulesFile    = "duty-rules.json"
	CalendarFile = "calendar.json"
)

// maxBook bounds such a file, in bytes.
const maxBook = 1 << 20

// loadBooks reads rules and calendar. A file that is right is kept in the database, so that a later faulty one
// leaves the last good one in force; without any the built-in ones hold. faulty lists what is wrong.
func loadBooks(ctx context.Context, db *sql.DB, home string) (r *Rules, faulty, err error) {
	days, faultyDays, err := book(ctx, db, home, CalendarFile, assets.Calendar, calendar.Parse)
	if err != nil {
		return nil, nil, err
	}
	r, faultyRules, err := book(ctx, db, home, RulesFile, assets.DutyRules, func(name string, data []byte) (*Rules, error) {
		return ParseRules(name, data, days)
	})
	return r, join(faultyDays, faultyRules), err
}

// join keeps the lists of faults one list.
func join(a, b error) error {
	var x, y strict.Faults
	if errors.As(a, &x) && errors.As(b, &y) {
		return append(x, y...)
	}
	return errors.Join(a, b)
}

func book[T any](ctx context.Context, db *sql.DB, home, name string, builtin []byte, parse func(string, []byte) (T, error)) (v T, faulty, err error) {
	path := filepath.Join(home, name)
	data, err := readBook(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := db.ExecContext(ctx, `DELETE FROM rulebook WHERE name = $1`, name); err != nil {
			return v, nil, err
		}
		v, err = parse(name, builtin)
		return v, nil, err
	case err != nil:
		faulty = err
	default:
		if v, faulty = parse(path, data); faulty == nil {
			return v, nil, keepBook(ctx, db, name, data)
		}
	}
	var kept string
	err = db.QueryRowContext(ctx, `SELECT data FROM rulebook WHERE name = $1`, name).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		kept, err = string(builtin), nil
	}
	if err != nil {
		return v, nil, err
	}
	v, err = parse(name, []byte(kept))
	return v, faulty, err
}

// keepBook writes only what is new: programs start more often than rules change.
func keepBook(ctx context.Context, db *sql.DB, name string, data []byte) error {
	var kept string
	err := db.QueryRowContext(ctx, `SELECT data FROM rulebook WHERE name = $1`, name).Scan(&kept)
	if err == nil && kept == string(data) {
		return nil
	}
	_, err = db.ExecContext(ctx, `INSERT INTO rulebook (name, data) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET data = excluded.data`, name, string(data))
	return err
}

func readBook(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxBook+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	if len(data) > maxBook {
		return nil, strict.Faults{{File: path, Kind: strict.Size, Want: strict.AtMost(maxBook)}}
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}
