// Package ledger keeps an append-only list that nobody, its owner included, can change unnoticed.
//
// The list is the Merkle tree of RFC 6962 over SHA-256. A signed checkpoint names the tree's size and root;
// a proof shows that an entry is in it; a consistency proof shows that a later tree only added to an earlier
// one. Headquarters keeps its receipts in one, a room its recordings in another, and each holds the other to
// the checkpoints it has seen. How checkpoints and proofs are written and read is evidence's, since they lie in
// packages.
package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"minglu/capture/evidence"
)

// MaxEntry is the longest entry in bytes. An entry is one line of JSON without its newline.
const MaxEntry = 16 << 10

// Storage keeps a ledger's entries and the hashes of its complete subtrees, both only ever added to.
type Storage interface {
	tlog.HashReader
	// Size is the number of entries.
	Size() (int64, error)
	// Entry is the n-th entry, counted from 0.
	Entry(n int64) ([]byte, error)
	// Append adds entry n with the hashes that belong at tlog.StoredHashIndex(0, n) and after. It is durable
	// when Append returns, or when the transaction that the storage writes into is committed.
	Append(n int64, entry []byte, hashes []tlog.Hash) error
}

// Ledger is a list with its owner's key. It is safe for concurrent use.
type Ledger struct {
	storage Storage
	signer  note.Signer
	now     func() time.Time
	mu      sync.Mutex
}

// New makes a ledger of what lies in storage. The signer's name is the ledger's origin.
func New(storage Storage, signer note.Signer, now func() time.Time) *Ledger {
	return &Ledger{storage: storage, signer: signer, now: now}
}

// Append adds an entry and answers its index.
func (l *Ledger) Append(entry []byte) (int64, error) {
	if len(entry) == 0 || len(entry) > MaxEntry || bytes.ContainsAny(entry, "\r\n") {
		return 0, errors.New("append to ledger: an entry is one line that is neither empty nor over 16 KiB")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.storage.Size()
	if err != nil {
		return 0, fmt.Errorf("append to ledger: %w", err)
	}
	hashes, err := tlog.StoredHashes(n, entry, l.storage)
	if err != nil {
		return 0, fmt.Errorf("append to ledger: %w", err)
	}
	if err := l.storage.Append(n, entry, hashes); err != nil {
		return 0, fmt.Errorf("append to ledger: %w", err)
	}
	return n, nil
}

// Entry is the n-th entry, counted from 0.
func (l *Ledger) Entry(n int64) ([]byte, error) { return l.storage.Entry(n) }

// Tree is the ledger's present size and root.
func (l *Ledger) Tree() (tlog.Tree, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.storage.Size()
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("read ledger: %w", err)
	}
	return l.treeAt(n)
}

func (l *Ledger) treeAt(n int64) (tlog.Tree, error) {
	root, err := tlog.TreeHash(n, l.storage)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("read ledger: %w", err)
	}
	return tlog.Tree{N: n, Hash: root}, nil
}

// Checkpoint is a signed tree head.
type Checkpoint struct {
	evidence.TreeHead
	Note []byte // the whole, signed
}

// Checkpoint signs the ledger's present state.
func (l *Ledger) Checkpoint() (Checkpoint, error) {
	tree, err := l.Tree()
	if err != nil {
		return Checkpoint{}, err
	}
	return l.sign(tree)
}

func (l *Ledger) sign(tree tlog.Tree) (Checkpoint, error) {
	c := Checkpoint{TreeHead: evidence.TreeHead{Origin: l.signer.Name(), Tree: tree, Time: l.now()}}
	var err error
	if c.Note, err = note.Sign(&note.Note{Text: c.Text()}, l.signer); err != nil {
		return Checkpoint{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	return c, nil
}

// Prove shows that entry n is in the present tree. The proof carries the entry as its extra data.
func (l *Ledger) Prove(n int64) (evidence.Proof, error) {
	tree, err := l.Tree()
	if err != nil {
		return evidence.Proof{}, err
	}
	entry, err := l.storage.Entry(n)
	if err != nil {
		return evidence.Proof{}, fmt.Errorf("prove entry %d: %w", n, err)
	}
	hashes, err := tlog.ProveRecord(tree.N, n, l.storage)
	if err != nil {
		return evidence.Proof{}, fmt.Errorf("prove entry %d: %w", n, err)
	}
	checkpoint, err := l.sign(tree)
	return evidence.Proof{Extra: entry, Index: n, Hashes: hashes, Checkpoint: checkpoint.Note}, err
}

// Consistent shows that the tree of size later only added to the tree of size earlier.
func (l *Ledger) Consistent(earlier, later int64) (tlog.TreeProof, error) {
	n, err := l.storage.Size()
	if err != nil {
		return nil, fmt.Errorf("prove consistency: %w", err)
	}
	if earlier < 1 || earlier > later || later > n {
		return nil, fmt.Errorf("prove consistency: sizes %d and %d are not within 1 and %d", earlier, later, n)
	}
	return tlog.ProveTree(later, earlier, l.storage)
}

// Check reads every entry and compares the tree it makes with the stored hashes.
func (l *Ledger) Check() error {
	want, err := l.Tree()
	if err != nil {
		return err
	}
	var hashes memory
	for n := range want.N {
		entry, err := l.storage.Entry(n)
		if err != nil {
			return fmt.Errorf("check ledger entry %d: %w", n, err)
		}
		more, err := tlog.StoredHashes(n, entry, hashes)
		if err != nil {
			return fmt.Errorf("check ledger entry %d: %w", n, err)
		}
		hashes = append(hashes, more...)
	}
	got, err := tlog.TreeHash(want.N, hashes)
	if err == nil && got != want.Hash {
		err = errors.New("the entries do not make the stored tree")
	}
	if err != nil {
		return fmt.Errorf("check ledger: %w", err)
	}
	return nil
}

// memory is the stored hashes of a tree, in their order.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(m)) {
			return nil, fmt.Errorf("ledger has no hash %d", index)
		}
		found[i] = m[index]
	}
	return found, nil
}
