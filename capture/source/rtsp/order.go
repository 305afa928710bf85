package rtsp

import (
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
)

// mostReordered is the most pictures H.264 lets an encoder shuffle (MaxDpbFrames, table A-1).
const mostReordered = 16

// order works out when pictures that come in decoding order are due at a decoder: the camera's own times,
// sorted, as many pictures late as it shuffles them.
type order struct {
	waiting []int64 // times not yet given away, sorted
	last    int64
}

// newOrder begins with the first key picture. depth is how many pictures are shuffled, step the ticks from
// picture to picture.
func newOrder(taken int64, depth int, step int64) *order {
	o := &order{last: taken - int64(depth)*step - 1}
	for i := depth; i > 0; i-- {
		o.waiting = append(o.waiting, taken-int64(i)*step)
	}
	return o
}

// next takes when a picture was taken and returns when it is due, always later than the one before.
func (o *order) next(taken int64) int64 {
	at, _ := slices.BinarySearch(o.waiting, taken)
	o.waiting = slices.Insert(o.waiting, at, taken)
	due := o.last + 1
	if taken >= due || len(o.waiting) > mostReordered {
		due = max(due, o.waiting[0])
		o.waiting = slices.Delete(o.waiting, 0, 1)
	} // else the camera shuffles more than it said: from here on one picture later
	o.last = due
	return due
}

// reordering is how many pictures a stream may be shuffled by, as its parameter set says; cameras that do
// not say do not shuffle.
func reordering(sps h264.SPS) int {
	if sps.PicOrderCntType == 2 || sps.VUI == nil || sps.VUI.BitstreamRestriction == nil {
		return 0
	}
	return int(min(sps.VUI.BitstreamRestriction.MaxNumReorderFrames, mostReordered))
}
