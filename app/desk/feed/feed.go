// Package feed hands the newest snapshot of a model to whoever draws it.
package feed

import "sync"

// Feed holds the newest snapshot of a model. Snapshots are never changed once published. The zero Feed holds
// the zero snapshot.
type Feed[T any] struct {
	mu       sync.Mutex
	newest   T
	watchers map[int]func()
	joined   int
}

// Publish replaces the newest snapshot and tells the watchers.
func (f *Feed[T]) Publish(v T) {
	f.mu.Lock()
	f.newest = v
	var tell []func()
	for _, w := range f.watchers {
		tell = append(tell, w)
	}
	f.mu.Unlock()
	for _, t := range tell {
		t()
	}
}

// Newest is the snapshot published last.
func (f *Feed[T]) Newest() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.newest
}

// Watch calls tell after each publication, from the publisher's goroutine, until leave is called. tell must
// not wait for anything.
func (f *Feed[T]) Watch(tell func()) (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers == nil {
		f.watchers = map[int]func(){}
	}
	f.joined++
	key := f.joined
	f.watchers[key] = tell
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, key)
	}
}
