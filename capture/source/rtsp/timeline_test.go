package rtsp_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"minglu/capture/source/rtsp"
)

const frame = time.Second / 25

// jitter is up to 200 ms, rarely none.
func jitter(r *rand.Rand) time.Duration {
	return time.Duration(r.Int64N(int64(200 * time.Millisecond)))
}

func TestArrivalJitterIsNotSeenInTheTimes(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	line := rtsp.NewTimeline(90_000)
	var before time.Duration
	for i := range int64(5000) {
		sent := time.Duration(i) * frame
		ticks := line.Arrive(uint32(4_294_000_000+i*3600), time.Minute+sent+jitter(chance)) // runs over 32 bits
		if i < 13 {
			continue // half a second, before the first picture is given out
		}
		at := line.Stamp(ticks)
		if i > 13 {
			if step := at - before; (step - frame).Abs() > frame/100 {
				t.Fatalf("picture %d: %v after the one before; want %v", i, step, frame)
			}
			if off := at - time.Minute - sent; off < 0 || off > 60*time.Millisecond {
				t.Fatalf("picture %d: %v off its true time", i, off)
			}
		}
		before = at
	}
}

func TestADriftingCameraIsFollowed(t *testing.T) {
	line := rtsp.NewTimeline(48_000)
	for i := range int64(2 * 3600 * 50) { // two hours of packets of 20 ms
		sent := time.Duration(float64(i) * 20e6 * (1 + 200e-6)) // its crystal is 200 ppm slow
		at := line.Stamp(line.Arrive(uint32(i*960), sent))
		if off := (at - sent).Abs(); off > 20*time.Millisecond {
			t.Fatalf("after %v: %v off", sent, off)
		}
	}
}

func TestSenderReportsHoldPictureAndSoundTogether(t *testing.T) {
	picture := rtsp.NewTimeline(90_000)
	sound := picture.Twin(8000)
	wall := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // a camera's clock is seldom right
	var apart time.Duration
	for i := range int64(25 * 60) {
		sent := time.Duration(i) * frame
		// The sound is on its way 150 ms longer; only the reports can tell.
		var p, s int64
		if sent < 5*time.Second {
			p, s = picture.Arrive(uint32(i*3600), sent), sound.Arrive(uint32(i*320), sent+150*time.Millisecond)
		} else {
			p = picture.Report(uint32(i*3600), wall.Add(sent), sent)
			s = sound.Report(uint32(i*320), wall.Add(sent), sent+150*time.Millisecond)
		}
		apart = sound.Stamp(s) - picture.Stamp(p)
	}
	if apart.Abs() > 5*time.Millisecond {
		t.Errorf("sound is %v off its picture after a minute", apart)
	}
}

func TestACameraThatCountsAnewIsFollowedAtOnce(t *testing.T) {
	line := rtsp.NewTimeline(90_000)
	for i := range int64(500) {
		line.Stamp(line.Arrive(uint32(1_000_000+i*3600), time.Duration(i)*frame))
	}
	now := 500 * frame
	at := line.Stamp(line.Arrive(77, now))
	if (at - now).Abs() > time.Millisecond {
		t.Errorf("first picture after the restart at %v; want %v", at, now)
	}
}

func TestShuffledPicturesAreDueInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		depth       int
		taken, want []int64
	}{
		"none":         {0, []int64{0, 10, 20, 30}, []int64{0, 10, 20, 30}},
		"one B":        {1, []int64{0, 20, 10, 40, 30}, []int64{-10, 0, 10, 20, 30}},
		"pyramid":      {2, []int64{0, 40, 20, 10, 30, 80, 60, 50, 70}, []int64{-20, -10, 0, 10, 20, 30, 40, 50, 60}},
		"not declared": {0, []int64{0, 20, 10, 40, 30, 60, 50}, []int64{0, 20, 21, 22, 30, 40, 50}},
	} {
		if got := rtsp.Decode(c.depth, 10, c.taken...); !slices.Equal(got, c.want) {
			t.Errorf("%s: due %v; want %v", name, got, c.want)
		}
	}
}
