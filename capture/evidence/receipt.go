package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// Receipt is a receipt.tlog-proof: an entry, and the proof that a ledger holds it.
type Receipt struct {
	Proof // Extra is the entry's bytes
	Entry ReceiptEntry
	Head  TreeHead // of the proof's checkpoint
}

// ParseReceipt reads a receipt and checks that its entry is in the tree of its checkpoint. Who signed the
// checkpoint is Receipt.Open's question.
func ParseReceipt(text []byte) (r Receipt, err error) {
	if r.Proof, err = ParseProof(text); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: %w", err)
	}
	if err := unmarshalCanonical(r.Extra, &r.Entry); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: entry: %w", err)
	}
	if r.Head, err = readTreeHead(r.Checkpoint); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: %w", err)
	}
	if err := r.Includes(r.Extra, r.Head.Tree); err != nil {
		return Receipt{}, fmt.Errorf("read receipt: %w", err)
	}
	return r, nil
}

// Open checks that one of the keys (note verifier keys of headquarters' ledger) signed the checkpoint.
func (r Receipt) Open(keys []string) error {
	_, err := OpenTreeHead(r.Checkpoint, keys)
	return err
}

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
