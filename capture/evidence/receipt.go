package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ReceiptEntry is the ledger entry by which headquarters confirms a package; its bytes are the compact JSON
// of this struct.
type ReceiptEntry struct {
	V      int    `json:"v"`
	Type   string `json:"type"` // receipt
	ID     string `json:"id"`
	Room   string `json:"room"`
	Number int64  `json:"n"`
	Seal   string `json:"seal"` // SHA-256 of META-INF/ASiCManifest001.xml
	Time   string `json:"time"`
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"`
}

// Receipt is a receipt.tlog-proof (C2SP tlog-proof@v1): an entry, and the proof that a ledger holds it.
type Receipt struct {
	Entry      ReceiptEntry
	Raw        []byte // the entry's bytes, hashed as the leaf
	Index      int64
	Proof      tlog.RecordProof
	Checkpoint []byte // signed note
	Head       TreeHead
}

// TreeHead is what a ledger says of itself at a moment: C2SP tlog-checkpoint with the extension line
// `time `. Until its note is opened with a known key it is a claim.
type TreeHead struct {
	Origin string
	Tree   tlog.Tree
	Time   time.Time
}

const (
	proofTitle   = "c2sp.org/tlog-proof@v1"
	maxProof     = 64 << 10
	maxInclusion = 63 // hashes: the height of any tree there can be
)

// ParseReceipt reads a receipt and checks that its entry is in the tree of its checkpoint. Who signed the
// checkpoint is Receipt.Open's question.
func ParseReceipt(text []byte) (Receipt, error) {
	r, err := parseProof(text)
	if err != nil {
		return Receipt{}, fmt.Errorf("read receipt: %w", err)
	}
	if !bytes.Equal(r.marshal(), text) {
		return Receipt{}, errors.New("read receipt: it is not written as the format says")
	}
	if err := unmarshalCanonical(r.Raw, &r.Entry); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: entry: %w", err)
	}
	if r.Head, err = parseTreeHead(r.Checkpoint); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: %w", err)
	}
	if err := tlog.CheckRecord(r.Proof, r.Head.Tree.N, r.Head.Tree.Hash, r.Index, tlog.RecordHash(r.Raw)); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: entry %d is not in the tree of its checkpoint: %w", r.Index, err)
	}
	return r, nil
}

func (r Receipt) marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofTitle, base64.StdEncoding.EncodeToString(r.Raw), r.Index)
	for _, h := range r.Proof {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteString("\n")
	b.Write(r.Checkpoint)
	return b.Bytes()
}

// parseProof reads the outer form loosely; that it is the one form is seen by writing it again.
func parseProof(text []byte) (Receipt, error) {
	if len(text) > maxProof {
		return Receipt{}, fmt.Errorf("%d bytes are over the bound of %d", len(text), maxProof)
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 3 || len(lines) > 3+maxInclusion {
		return Receipt{}, errors.New("it is not a tlog-proof with an entry and a checkpoint")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return Receipt{}, fmt.Errorf("entry: %w", err)
	}
	r := Receipt{Raw: raw, Checkpoint: checkpoint}
	if r.Index, err = strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64); err != nil || r.Index < 0 {
		return Receipt{}, errors.New("it names no index")
	}
	for _, line := range lines[3:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return Receipt{}, err
		}
		r.Proof = append(r.Proof, h)
	}
	return r, nil
}

// parseTreeHead reads the text of a signed note without judging its signatures.
func parseTreeHead(signed []byte) (TreeHead, error) {
	text, _, ok := strings.Cut(string(signed), "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) != 4 {
		return TreeHead{}, errors.New("checkpoint: it is not origin, size, root and time")
	}
	h := TreeHead{Origin: lines[0]}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != lines[1] {
		return TreeHead{}, errors.New("checkpoint: its size is not a number")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return TreeHead{}, fmt.Errorf("checkpoint: %w", err)
	}
	moment, ok := strings.CutPrefix(lines[3], "time ")
	if h.Time, err = ParseTime(moment); err != nil || !ok {
		return TreeHead{}, errors.New("checkpoint: it does not say when")
	}
	h.Tree = tlog.Tree{N: n, Hash: root}
	return h, nil
}

// CheckLedgerKey says what is wrong with a note verifier key, as Options.LedgerKeys takes them.
func CheckLedgerKey(key string) error {
	_, err := note.NewVerifier(key)
	return err
}

// openTreeHead checks that one of the keys signed the note.
func openTreeHead(signed []byte, keys []string) error {
	var known []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return fmt.Errorf("read ledger key: %w", err)
		}
		known = append(known, v)
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return fmt.Errorf("open checkpoint: %w", err)
	}
	h, err := parseTreeHead(signed)
	if err != nil {
		return err
	}
	if n.Sigs[0].Name != h.Origin {
		return fmt.Errorf("open checkpoint: %s signed for %s", n.Sigs[0].Name, h.Origin)
	}
	return nil
}

// Open checks that one of the keys (note verifier keys of headquarters' ledger) signed the checkpoint.
func (r Receipt) Open(keys []string) error { return openTreeHead(r.Checkpoint, keys) }

// Confirms checks that the entry speaks of this package: its id and the digest of its first layer.
func (r Receipt) Confirms(id, seal string) error {
	e := r.Entry
	switch {
	case e.V != 1 || e.Type != "receipt" || e.ID != MakeID(e.Room, e.Number):
		return errors.New("the entry is not a receipt")
	case e.ID != id:
		return fmt.Errorf("the receipt is for %s, not for %s", e.ID, id)
	case e.Seal != seal:
		return errors.New("the receipt is for another seal of this recording")
	}
	if _, err := ParseTime(e.Time); err != nil {
		return err
	}
	return nil
}

// unmarshalCanonical reads compact JSON into v and refuses every byte that MarshalBody would not have written.
func unmarshalCanonical(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	again, err := MarshalBody(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) {
		return errors.New("it is not in canonical form")
	}
	return nil
}
