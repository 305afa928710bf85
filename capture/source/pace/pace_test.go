package pace_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"minglu/capture/clock"
	"minglu/capture/source/pace"
)

// bubble is a clock that runs with the fake time of synctest.
func bubble() clock.Clock {
	start := time.Now()
	return clock.Clock{Now: time.Now, Boot: func() time.Duration { return time.Since(start) }}
}

func TestAReaderInTimeGetsEveryPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.Pictures{Clock: bubble(), Rate: pace.Rate{Num: 30_000, Den: 1001}}
		for want := range int64(300) {
			n, at, err := p.Next(t.Context(), nil)
			if err != nil || n != want {
				t.Fatalf("picture %d, %v; want %d", n, err, want)
			}
			if now := p.Clock.Boot(); now < at || now-at > time.Microsecond {
				t.Fatalf("picture %d of %v came at %v", n, at, now)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
}

func TestASlowReaderKeepsTheOldestPicturesAndLosesTheNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.Pictures{Clock: bubble(), Rate: pace.Rate{Num: 25, Den: 1}}
		var got []int64
		read := func() {
			n, _, err := p.Next(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		read()
		time.Sleep(time.Second + time.Millisecond)
		for range 6 {
			read()
		}
		want := []int64{0, 1, 2, 3, 4, 26, 27}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("pictures %v; want %v", got, want)
			}
		}
	})
}

func TestSoundWaitsAndWhatIsLostIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pace.Samples{Clock: bubble(), Rate: 48_000, Chunk: 480, Keep: 5 * time.Second}
		time.Sleep(5 * time.Second)
		if first, lost, err := s.Next(t.Context(), nil); first != 0 || lost != 0 || err != nil {
			t.Fatalf("after 5 s: sample %d, %d lost, %v; want everything", first, lost, err)
		}
		time.Sleep(3 * time.Second)
		first, lost, err := s.Next(t.Context(), nil)
		if err != nil || lost == 0 || first != 480+lost || lost%480 != 0 {
			t.Fatalf("after 8 s: sample %d, %d lost, %v; want what does not fit 5 s lost", first, lost, err)
		}
	})
}

func TestAWaitEndsWithItsContextAndWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.Pictures{Clock: bubble(), Start: time.Hour, Rate: pace.Rate{Num: 25, Den: 1}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := p.Next(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v; want %v", err, context.DeadlineExceeded)
		}
		done := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(done) })
		if _, _, err := p.Next(t.Context(), done); !errors.Is(err, os.ErrClosed) {
			t.Errorf("closed: %v; want %v", err, os.ErrClosed)
		}
	})
}

func TestRatesAreReducedAndBounded(t *testing.T) {
	for in, want := range map[[2]int64]pace.Rate{
		{50, 2}:            {Num: 25, Den: 1},
		{30_000, 1001}:     {Num: 30_000, Den: 1001},
		{1_000_000, 33367}: {Num: 29970, Den: 1000},
	} {
		if got, ok := pace.NewRate(in[0], in[1]); got != want || !ok {
			t.Errorf("NewRate(%v) = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range [][2]int64{{0, 1}, {1, 0}, {-25, 1}, {1000, 1}, {1, 60}} {
		if _, ok := pace.NewRate(in[0], in[1]); ok {
			t.Errorf("NewRate(%v) was taken", in)
		}
	}
}

func TestTimesDoNotDriftOverADay(t *testing.T) {
	p := pace.Pictures{Rate: pace.Rate{Num: 30_000, Den: 1001}}
	day := 24 * time.Hour
	n := int64(day/time.Second) * 30_000 / 1001
	if off := (day - p.Time(n)).Abs(); off > 40*time.Millisecond {
		t.Errorf("picture %d is %v off after a day", n, off)
	}
}
