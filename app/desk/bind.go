package desk

import (
	"sync/atomic"

	"fyne.io/fyne/v2"

	"minglu/app/desk/feed"
)

// Bind draws every newest snapshot of a feed until release is called. It is the only way from a model's
// goroutine to the window, and never waits: while one drawing is due, newer snapshots take its place. Call it
// on the window's goroutine.
func Bind[T any](f *feed.Feed[T], draw func(T)) (release func()) {
	var due, released atomic.Bool
	leave := f.Watch(func() {
		if due.Swap(true) {
			return
		}
		fyne.Do(func() {
			due.Store(false)
			if !released.Load() {
				draw(f.Newest())
			}
		})
	})
	draw(f.Newest())
	return func() {
		released.Store(true)
		leave()
	}
}
