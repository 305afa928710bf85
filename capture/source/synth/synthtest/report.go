package synthtest

import (
	"slices"
	"time"
)

// Report says how a film came through.
type Report struct {
	Pictures   int           // decoded
	Unreadable int           // of them, whose count could not be read
	Lost       int           // counts missing between the first and the last
	Repeated   int           // pictures shown again or out of order
	BadFlashes int           // pictures whose flash does not fit their count
	Beeps      int           // found
	LostBeeps  int           // missing between the first and the last
	Silence    time.Duration // without hum
	// Deficit is how much shorter the decoded sound is between its first and last beep than the true time:
	// samples lost, or a slow crystal.
	Deficit time.Duration
	// Offsets tell for each beep how much later the film shows that second than it sounds it.
	Offsets []time.Duration
	// FirstCount and LastCount are the counts of the first and last picture that could be read.
	FirstCount, LastCount uint32
}

// Start and End are the offsets at the film's ends; 0 without any.
func (r Report) Start() time.Duration { return edge(r.Offsets, 0) }

// End is the offset at the film's end.
func (r Report) End() time.Duration { return edge(r.Offsets, len(r.Offsets)-1) }

// Worst is the offset furthest from zero.
func (r Report) Worst() time.Duration {
	var worst time.Duration
	for _, o := range r.Offsets {
		if o.Abs() > worst.Abs() {
			worst = o
		}
	}
	return worst
}

func edge(all []time.Duration, i int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[i]
}

// Examine compares the pictures of a camera of fps pictures a second with the sound of the same room.
// Either may be empty.
func Examine(pictures []Picture, fps int, beeps []Beep) Report {
	r := Report{Pictures: len(pictures), Beeps: len(beeps)}
	r.examinePictures(pictures, uint32(fps))
	r.examineBeeps(beeps)
	readable := slices.DeleteFunc(slices.Clone(pictures), func(p Picture) bool { return !p.Read })
	for _, b := range beeps {
		if offset, ok := offsetOf(b, readable, fps); ok {
			r.Offsets = append(r.Offsets, offset)
		}
	}
	return r
}

func (r *Report) examinePictures(pictures []Picture, fps uint32) {
	first := true
	for _, p := range pictures {
		switch {
		case !p.Read:
			r.Unreadable++
			continue
		case first:
			r.FirstCount, r.LastCount, first = p.Count, p.Count, false
		case p.Count <= r.LastCount:
			r.Repeated++
		default:
			r.Lost += int(p.Count - r.LastCount - 1)
			r.LastCount = p.Count
		}
		if flash := p.Count%fps*10 < fps; flash != p.Flash { // a tenth of a second
			r.BadFlashes++
		}
	}
}

func (r *Report) examineBeeps(beeps []Beep) {
	seconds := 0
	for i := 1; i < len(beeps); i++ {
		step := (beeps[i].Second - beeps[i-1].Second + 64) % 64
		seconds += step
		r.LostBeeps += max(0, step-1)
	}
	if len(beeps) > 0 {
		heard := time.Duration(beeps[len(beeps)-1].Sample-beeps[0].Sample) * time.Second / rate
		r.Deficit = time.Duration(seconds)*time.Second - heard
	}
}

// offsetOf finds when the film shows the second a beep tells, from the readable picture next to the beep
// in the film, wherever in its own second that was taken.
func offsetOf(b Beep, pictures []Picture, fps int) (time.Duration, bool) {
	if len(pictures) == 0 {
		return 0, false
	}
	i, _ := slices.BinarySearchFunc(pictures, b.At, func(p Picture, at time.Duration) int { return int(p.At - at) })
	near := pictures[min(i, len(pictures)-1)]
	if i > 0 && b.At-pictures[i-1].At < (near.At-b.At).Abs() {
		near = pictures[i-1]
	}
	taken := time.Duration(near.Count) * time.Second / time.Duration(fps) // on the boot clock
	// The beep's second is the one with its code nearest to the picture's.
	const turn = 64 * time.Second
	ahead := (time.Duration(b.Second)*time.Second - taken) % turn
	switch {
	case ahead > turn/2:
		ahead -= turn
	case ahead < -turn/2:
		ahead += turn
	}
	return near.At + ahead - b.At, true
}
