package desk_test

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"minglu/app/desk"
	"minglu/app/desk/feed"
)

func TestABoundDrawingShowsTheNewestUntilItIsReleased(t *testing.T) {
	test.NewTempApp(t)
	var f feed.Feed[int]
	f.Publish(1)
	var drawn []int
	release := desk.Bind(&f, func(n int) { drawn = append(drawn, n) })
	f.Publish(2)
	release()
	f.Publish(3)
	if len(drawn) != 2 || drawn[0] != 1 || drawn[1] != 2 {
		t.Errorf("drew %v; want 1 and 2", drawn)
	}
}
