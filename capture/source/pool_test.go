package source_test

import (
	"testing"

	"minglu/capture/source"
)

func TestAPictureLentOutIsNotLentAgain(t *testing.T) {
	pool := source.NewPool(64, 32, 2)
	first, release := pool.Borrow()
	for range 10 {
		other, back := pool.Borrow()
		if other == first {
			t.Fatal("the pool lent a picture twice")
		}
		back()
	}
	release()
	release() // a second time does nothing: else two borrowers would get the same picture
	a, _ := pool.Borrow()
	b, _ := pool.Borrow()
	if a == b {
		t.Fatal("the pool lent a picture twice after a double release")
	}
}
