package duty

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Parts of the board, the codes of the entries that change it.
const (
	Guidance = "guidance"
	Notices  = "notices"
)

// Board is what the hall's display says beside who is on duty. "" is nothing.
type Board struct{ Guidance, Notices string }

// parts are the codes of the board's parts, in the order in which they are entered.
func parts() []string { return []string{Guidance, Notices} }

func (b *Board) part(code string) *string {
	if code == Guidance {
		return &b.Guidance
	}
	return &b.Notices
}

// Board is what the board says now: of each part the newest entry of any day, the same on all machines of the hall.
func (l *Log) Board(ctx context.Context) (b Board, err error) {
	for _, code := range parts() {
		if *b.part(code), err = l.board(ctx, code); err != nil {
			return Board{}, fmt.Errorf("read board: %w", err)
		}
	}
	return b, nil
}

func (l *Log) board(ctx context.Context, code string) (string, error) {
	var raw string
	err := l.db.QueryRowContext(ctx, `SELECT raw FROM entry WHERE hall = $1 AND act = 'board' AND json_extract(raw, '$.code') = $2
		ORDER BY ms DESC, n DESC, machine DESC, id DESC LIMIT 1`, l.Hall, code).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return l.Line(ctx, "board."+code) // written before the board was in the log, on this machine alone
	}
	if err != nil {
		return "", err
	}
	e, err := decode(raw, []byte(raw))
	return e.Text, err
}

// Post enters what the board says from now on; a part that says it already is left alone. Once today is closed it is
// entered into the next working day, and shown at once. Nothing is entered when a line of either part must be masked.
func (l *Log) Post(ctx context.Context, author string, b Board) error {
	now, err := l.Board(ctx)
	if err != nil {
		return err
	}
	var changed []Entry
	for _, code := range parts() {
		text, _ := Clean(strings.TrimSpace(*b.part(code)))
		if err := maskless(text); err != nil {
			return err
		}
		if text != *now.part(code) {
			changed = append(changed, Entry{Act: Posted, Author: author, Code: code, Text: text})
		}
	}
	for _, e := range changed {
		_, err := l.Add(ctx, e)
		var closed *Fault
		if errors.As(err, &closed) && closed.Code == "duty.day_closed" {
			e.Day = l.Rules.calendar.After(l.Today(), 1)
			_, err = l.Add(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// admitBoard demands a part of the board, and nothing in it that must be masked.
func admitBoard(e *Entry) error {
	if e.Code != Guidance && e.Code != Notices {
		return fault("board", "", e.Code)
	}
	return maskless(e.Text)
}

// maskless refuses a text for the public with a line in it that must be masked.
func maskless(text string) error {
	for line := range strings.SplitSeq(text, "\n") {
		if private(line) {
			return fault("masked", "", strings.TrimSpace(line))
		}
	}
	return nil
}

// privateDigits is how long a number is that can be a mobile phone, an account, an identity or a taxpayer's code.
const privateDigits = 11

// private reports whether a line holds such a number, spaces and hyphens in it or not. Office telephones are shorter.
func private(line string) bool {
	n, letters := 0, 0
	for _, r := range line {
		switch {
		case unicode.IsDigit(r):
			n++
		case r < 128 && unicode.IsLetter(r) && n > 0:
			letters++ // a taxpayer's code has some
		case r == ' ' && n > 0 || r == '-' && n > 4:
			continue
		default:
			n, letters = 0, 0
		}
		if n+letters >= privateDigits && n > letters {
			return true
		}
	}
	return false
}
