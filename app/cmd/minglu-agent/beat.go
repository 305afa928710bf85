package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// beat is the recorder's sign of life: the recording and how far it had come, written over many times a
// second and never synced. It outlives a killed process, and says after it how much was lost.
type beat struct {
	mu  sync.Mutex
	f   *os.File
	was pulse // what the last run left
}

type pulse struct {
	ID string        `json:"id"`
	At time.Duration `json:"at_ns"`
}

// pulseSize is the fixed length of the file, so that a shorter number leaves no rest of a longer one.
const pulseSize = 128

func openBeat(dir string) (*beat, error) {
	f, err := os.OpenFile(filepath.Join(dir, "alive"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	b := &beat{f: f}
	raw := make([]byte, pulseSize)
	if n, _ := f.ReadAt(raw, 0); n > 0 {
		_ = json.Unmarshal(raw[:n], &b.was) // nothing known is no fault: the loss is then not stated
	}
	return b, nil
}

func (b *beat) alive(id string, at time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := json.Marshal(pulse{id, at})
	if err != nil || len(raw) > pulseSize {
		return
	}
	for len(raw) < pulseSize {
		raw = append(raw, ' ')
	}
	_, _ = b.f.WriteAt(raw, 0) // a sign of life that fails is none
}

// last is how far recording id had come when the last run ended, 0 if that is not known.
func (b *beat) last(id string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.was.ID != id {
		return 0
	}
	return b.was.At
}

func (b *beat) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return errors.Join(b.f.Close())
}
