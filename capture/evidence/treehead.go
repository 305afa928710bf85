package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// TreeHead is what a ledger says of itself at a moment: a C2SP tlog-checkpoint with one extension line,
// `time ` and the moment in TimeLayout. Until its note is opened with a known key it is a claim.
type TreeHead struct {
	Origin string
	Tree   tlog.Tree
	Time   time.Time
}

// Text is what a ledger signs, as a note.
func (h TreeHead) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", h.Origin, h.Tree.N, h.Tree.Hash, FormatTime(h.Time))
}

// OpenTreeHead reads a signed tree head and refuses one that none of the keys (note verifier keys) signed in its
// origin's name.
func OpenTreeHead(signed []byte, keys []string) (TreeHead, error) {
	var known []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return TreeHead{}, fmt.Errorf("read ledger key: %w", err)
		}
		known = append(known, v)
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return TreeHead{}, fmt.Errorf("open checkpoint: %w", err)
	}
	h, err := readTreeHead(signed)
	if err != nil {
		return TreeHead{}, fmt.Errorf("open %w", err)
	}
	if !slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return s.Name == h.Origin }) {
		return TreeHead{}, fmt.Errorf("open checkpoint: %s signed for %s", n.Sigs[0].Name, h.Origin)
	}
	return h, nil
}

// readTreeHead reads a signed note without judging who signed it. The note's text and its signatures have one
// spelling each: package note alone would take some changed bits of a signature's last letter.
func readTreeHead(signed []byte) (TreeHead, error) {
	end := bytes.LastIndex(signed, []byte("\n\n")) // as package note divides
	text, signatures := string(signed[:max(0, end)]), string(signed[max(0, end):])
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return TreeHead{}, errors.New("checkpoint: it is not origin, size, root and time")
	}
	h := TreeHead{Origin: lines[0]}
	var err error
	if h.Tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Tree.N < 0 {
		return TreeHead{}, errors.New("checkpoint: its size is not a number")
	}
	if h.Tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return TreeHead{}, fmt.Errorf("checkpoint: %w", err)
	}
	if h.Time, err = ParseTime(strings.TrimPrefix(lines[3], "time ")); err != nil {
		return TreeHead{}, errors.New("checkpoint: it does not say when")
	}
	if h.Text() != text+"\n" {
		return TreeHead{}, errors.New("checkpoint: it is not written as the format says")
	}
	for line := range strings.SplitSeq(signatures, "\n") {
		value := line[strings.LastIndex(line, " ")+1:]
		if _, err := base64.StdEncoding.Strict().DecodeString(value); err != nil {
			return TreeHead{}, fmt.Errorf("checkpoint: a signature is not strict base64: %w", err)
		}
	}
	return h, nil
}

// CheckLedgerKey says what is wrong with a note verifier key, as Options.LedgerKeys takes them.
func CheckLedgerKey(key string) error {
	_, err := note.NewVerifier(key)
	return err
}
