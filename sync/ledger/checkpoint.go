package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"minglu/capture/evidence"
)

// Checkpoint is what a ledger says about itself at a moment: C2SP tlog-checkpoint with one extension line,
// `time ` and a moment as the evidence package writes it.
type Checkpoint struct {
	Origin string
	Tree   tlog.Tree
	Time   time.Time
	Note   []byte // the whole, signed
}

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", c.Origin, c.Tree.N, c.Tree.Hash, evidence.FormatTime(c.Time))
}

// ParseCheckpoint reads a signed checkpoint and refuses one that the known key did not sign.
func ParseCheckpoint(signed []byte, known note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(known))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	for _, s := range append(n.Sigs, n.UnverifiedSigs...) {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("open checkpoint: a signature is not strict base64: %w", err)
		}
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != known.Name() || lines[4] != "" {
		return Checkpoint{}, fmt.Errorf("open checkpoint: it is not one of %s", known.Name())
	}
	c := Checkpoint{Origin: lines[0], Note: signed}
	c.Tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || c.Tree.N < 0 || strconv.FormatInt(c.Tree.N, 10) != lines[1] {
		return Checkpoint{}, errors.New("open checkpoint: its size is not a number")
	}
	if c.Tree.Hash, err = parseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	moment, ok := strings.CutPrefix(lines[3], "time ")
	if c.Time, err = evidence.ParseTime(moment); err != nil || !ok {
		return Checkpoint{}, errors.New("open checkpoint: it does not say when")
	}
	return c, nil
}

func parseHash(text string) (tlog.Hash, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("%.80q is not a hash", text)
	}
	return tlog.Hash(raw), nil
}
