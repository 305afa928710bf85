package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	proofTitle   = "c2sp.org/tlog-proof@v1"
	maxProof     = 64 << 10
	maxInclusion = 63 // hashes: the height of any tree there can be
)

// Proof shows offline that an entry is in a ledger: a C2SP tlog-proof. Until Includes has accepted an entry in
// a tree whose head was opened with a known key, it is a claim.
type Proof struct {
	Extra      []byte // the entry itself; may be left out
	Index      int64
	Hashes     tlog.RecordProof
	Checkpoint []byte // a signed TreeHead
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
	p, err := readProof(text)
	if err == nil && !bytes.Equal(p.Text(), text) {
		err = errors.New("it is not written as the format says")
	}
	if err != nil {
		return Proof{}, fmt.Errorf("read proof: %w", err)
	}
	return p, nil
}

// readProof reads loosely; that the text is in its one form is seen by writing it again.
func readProof(text []byte) (p Proof, err error) {
	if len(text) > maxProof {
		return p, fmt.Errorf("%d bytes are over the bound of %d", len(text), maxProof)
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return p, errors.New("no checkpoint follows")
	}
	p.Checkpoint = checkpoint
	lines := strings.Split(string(head), "\n")[1:] // after the title
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if p.Extra, err = base64.StdEncoding.DecodeString(lines[0][len("extra "):]); err != nil {
			return p, fmt.Errorf("extra data: %w", err)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || len(lines) > 1+maxInclusion {
		return p, fmt.Errorf("an index and up to %d hashes do not make %d lines", maxInclusion, len(lines))
	}
	if p.Index, err = strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64); err != nil || p.Index < 0 {
		return p, errors.New("it names no index")
	}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return p, err
		}
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}

// Includes checks that entry is in tree where the proof says.
func (p Proof) Includes(entry []byte, tree tlog.Tree) error {
	if err := tlog.CheckRecord(p.Hashes, tree.N, tree.Hash, p.Index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("entry %d is not in the tree of its checkpoint: %w", p.Index, err)
	}
	return nil
}
