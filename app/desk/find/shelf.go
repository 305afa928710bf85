package find

import (
	"context"
	"slices"
	"sync"

	"minglu/app/office/archive"
)

// shelf keeps the cards that some list may show, so that a list that is scrolled never waits for the disk. 100,000
// cards are some 40 megabytes.
type shelf struct {
	fetch sync.Mutex // one goroutine fetches at a time: an older card never replaces a newer one

	mu    sync.RWMutex
	cards map[int64]archive.Packed
	edit  int64 // of the archive, up to which the cards are right
}

func newShelf() *shelf { return &shelf{cards: map[int64]archive.Packed{}} }

// stock fetches the cards that lack.
func (s *shelf) stock(ctx context.Context, a *archive.Archive, keys []int64) error {
	s.fetch.Lock()
	defer s.fetch.Unlock()
	var lack []int64
	s.mu.RLock()
	for _, key := range keys {
		if _, ok := s.cards[key]; !ok {
			lack = append(lack, key)
		}
	}
	s.mu.RUnlock()
	for some := range slices.Chunk(lack, 2000) {
		cards, err := a.Cards(ctx, some)
		if err != nil {
			return err
		}
		s.put(cards)
	}
	return nil
}

func (s *shelf) put(cards []archive.Packed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cards {
		s.cards[c.Key] = c
	}
}

// follow brings the shelf to a newer state of the archive and reports whether it is one. A key that nobody has any
// more stays: an older list may still show it.
func (s *shelf) follow(ctx context.Context, a *archive.Archive, edit int64) (moved bool, err error) {
	s.fetch.Lock()
	defer s.fetch.Unlock()
	s.mu.RLock()
	old, empty := s.edit, len(s.cards) == 0
	s.mu.RUnlock()
	if old == edit {
		return false, nil
	}
	if !empty {
		cards, err := a.Edited(ctx, old)
		if err != nil {
			return false, err
		}
		s.put(cards)
	}
	s.mu.Lock()
	s.edit = edit
	s.mu.Unlock()
	return true, nil
}

// Rows is a list of recordings, newest first. It is not changed once it is published.
type Rows struct {
	keys  []int64
	shelf *shelf
}

// Len is how many there are.
func (r Rows) Len() int { return len(r.keys) }

// At gives a row. It is always there, at once.
func (r Rows) At(i int) archive.Card {
	r.shelf.mu.RLock()
	defer r.shelf.mu.RUnlock()
	return r.shelf.cards[r.keys[i]].Card()
}

// extends reports whether r begins as keys do and is longer.
func (r Rows) extends(keys []int64) bool {
	return len(r.keys) > len(keys) && slices.Equal(r.keys[:len(keys)], keys)
}
