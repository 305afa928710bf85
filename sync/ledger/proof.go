package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxProof bounds the text of a proof; maxHashes is the height of any tree that can be.
const (
	maxProof   = 64 << 10
	maxHashes  = 63
	proofTitle = "c2sp.org/tlog-proof@v1"
)

// Proof shows that an entry is in a ledger, offline: C2SP tlog-proof. Extra is the entry itself; what Check
// has not accepted is only a claim.
type Proof struct {
	Extra      []byte
	Index      int64
	Hashes     tlog.RecordProof
	Checkpoint []byte // a signed note
}

// Text writes the proof as a tlog-proof file.
func (p Proof) Text() []byte {
	var b bytes.Buffer
	b.WriteString(proofTitle + "\n")
	if len(p.Extra) > 0 {
		fmt.Fprintf(&b, "extra %s\n", base64.StdEncoding.EncodeToString(p.Extra))
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteString("\n")
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads a tlog-proof file and refuses every spelling that Text would not write.
func ParseProof(text []byte) (Proof, error) {
	if len(text) > maxProof {
		return Proof{}, fmt.Errorf("read proof: %d bytes are over the bound of %d", len(text), maxProof)
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return Proof{}, errors.New("read proof: no checkpoint follows")
	}
	lines := strings.Split(string(head), "\n")
	p := Proof{Checkpoint: checkpoint}
	if len(lines) > 1 {
		if extra, ok := strings.CutPrefix(lines[1], "extra "); ok {
			raw, err := base64.StdEncoding.Strict().DecodeString(extra)
			if err != nil {
				return Proof{}, fmt.Errorf("read proof: extra data: %w", err)
			}
			p.Extra, lines = raw, append(lines[:1:1], lines[2:]...)
		}
	}
	if len(lines) < 2 || len(lines) > 2+maxHashes {
		return Proof{}, fmt.Errorf("read proof: %d lines", len(lines))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil || index < 0 {
		return Proof{}, errors.New("read proof: it names no index")
	}
	p.Index = index
	for _, line := range lines[2:] {
		h, err := parseHash(line)
		if err != nil {
			return Proof{}, fmt.Errorf("read proof: %w", err)
		}
		p.Hashes = append(p.Hashes, h)
	}
	if !bytes.Equal(p.Text(), text) {
		return Proof{}, errors.New("read proof: not in its one form")
	}
	return p, nil
}

// Check answers the checkpoint that known signed, if entry is in its tree where the proof says.
func (p Proof) Check(entry []byte, known note.Verifier) (Checkpoint, error) {
	c, err := ParseCheckpoint(p.Checkpoint, known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("check proof: %w", err)
	}
	if err := tlog.CheckRecord(p.Hashes, c.Tree.N, c.Tree.Hash, p.Index, tlog.RecordHash(entry)); err != nil {
		return Checkpoint{}, fmt.Errorf("check proof of entry %d: %w", p.Index, err)
	}
	return c, nil
}
