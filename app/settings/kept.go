package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"minglu/capture/durable"
	"minglu/capture/strict"
)

// Kept is the settings file of a room in use: whoever changes something changes the newest of it, and nobody
// undoes what another changed.
type Kept struct {
	fsys durable.FS
	home string

	mu    sync.Mutex // held while the file is written: changes go one after the other
	now   Room
	heard []func(Room)
}

// Keep takes the settings r that were read from home.
func Keep(fsys durable.FS, home string, r Room) *Kept { return &Kept{fsys: fsys, home: home, now: r} }

// Now is what the file holds. The caller does not change its lists.
func (k *Kept) Now() Room {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

// Watch calls f after each change, from the goroutine that made it. f must not wait for the settings.
func (k *Kept) Watch(f func(Room)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard = append(k.heard, f)
}

// Change lets f change the settings and writes them, whole or not at all. The error may be strict.Faults.
func (k *Kept) Change(f func(*Room)) error {
	k.mu.Lock()
	next := k.now
	next.Cameras = slices.Clone(next.Cameras)
	f(&next)
	err := next.Save(k.fsys, k.home)
	if err == nil {
		k.now = next
	}
	heard := slices.Clone(k.heard)
	k.mu.Unlock()
	if err != nil {
		return err
	}
	for _, tell := range heard {
		tell(next)
	}
	return nil
}

// Faults lists what would keep r from being saved.
func (r Room) Faults() strict.Faults {
	raw, err := json.Marshal(r)
	if err == nil {
		_, err = ParseRoom(RoomFile, bytes.TrimSpace(raw))
	}
	var faults strict.Faults
	errors.As(err, &faults)
	return faults
}
