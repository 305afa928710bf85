package clock_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"minglu/capture/clock"
)

// turned is a machine whose clocks a test turns by hand.
type turned struct {
	wall time.Time
	boot time.Duration
}

func (t *turned) clock() clock.Clock {
	return clock.Clock{Now: func() time.Time { return t.wall }, Boot: func() time.Duration { return t.boot }}
}

func (t *turned) pass(d time.Duration) { t.wall, t.boot = t.wall.Add(d), t.boot+d }

func TestATurnedWallClockIsNoticed(t *testing.T) {
	machine := &turned{time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC), 5 * time.Hour}
	w := clock.NewWatch(machine.clock())
	machine.pass(90 * time.Minute)
	if got := w.Moved(); got != 0 {
		t.Errorf("moved %v although nobody turned it", got)
	}
	machine.wall = machine.wall.Add(-10 * time.Minute)
	machine.pass(time.Minute)
	if got := w.Moved(); got != -10*time.Minute {
		t.Errorf("moved %v; want -10m", got)
	}
	if got := w.Reset(); got != -10*time.Minute {
		t.Errorf("reset %v; want -10m", got)
	}
	machine.wall = machine.wall.AddDate(1, 0, 0) // the year was wrong
	if got := w.Moved(); got != 365*24*time.Hour {
		t.Errorf("moved %v; want a year", got)
	}
}

func TestSleepDoesNotLookLikeATurnedClock(t *testing.T) {
	machine := &turned{time.Now(), time.Minute}
	w := clock.NewWatch(machine.clock())
	machine.pass(8 * time.Hour) // the boot clock counts sleep
	if got := w.Moved(); got != 0 {
		t.Errorf("moved %v over a night's sleep", got)
	}
}

func TestAReadingTornApartIsReadAgain(t *testing.T) {
	machine := &turned{time.Now(), time.Minute}
	c := machine.clock()
	reads := 0
	c.Now = func() time.Time {
		if reads++; reads == 2 { // the scheduler steps in between the two clocks
			machine.pass(40 * time.Millisecond)
		}
		return machine.wall
	}
	w := clock.NewWatch(c)
	if got := w.Moved(); got.Abs() > time.Millisecond {
		t.Errorf("moved %v; want the torn reading thrown away", got)
	}
}

func TestThisMachinesClocksRunTogether(t *testing.T) {
	c := clock.System()
	if c.BootID == "" {
		t.Error("no boot ID")
	}
	w := clock.NewWatch(c)
	before := c.Boot()
	time.Sleep(20 * time.Millisecond)
	if ran := c.Boot() - before; ran < 20*time.Millisecond {
		t.Errorf("the boot clock ran %v in 20 ms", ran)
	}
	if got := w.Moved(); got.Abs() > 10*time.Millisecond {
		t.Errorf("moved %v", got)
	}
}

// timeServer answers SNTP with a clock that is off by ahead; it is not synchronised itself if stratum is 0.
func timeServer(t *testing.T, ahead time.Duration, stratum byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() { // ends when the test closes the socket
		for {
			var ask [256]byte
			n, from, err := conn.ReadFrom(ask[:])
			if err != nil {
				return
			}
			if n < 48 {
				continue
			}
			answer := make([]byte, 48)
			answer[0], answer[1], answer[2], answer[3] = 4<<3|4, stratum, 6, 0xec
			binary.BigEndian.PutUint32(answer[4:], 1<<16/100) // root delay 10 ms
			binary.BigEndian.PutUint32(answer[8:], 1<<16/200) // root dispersion 5 ms
			copy(answer[24:], ask[40:48])
			now := time.Now().Add(ahead)
			for _, at := range []int{16, 32, 40} {
				binary.BigEndian.PutUint32(answer[at:], uint32(now.Unix()+2_208_988_800))
				binary.BigEndian.PutUint32(answer[at+4:], uint32(uint64(now.Nanosecond())<<32/1_000_000_000))
			}
			conn.WriteTo(answer, from) // the asker is waiting, or gone
		}
	}()
	return conn.LocalAddr().String()
}

func TestATimeServerTellsHowFarTheClockIsOff(t *testing.T) {
	server := timeServer(t, 90*time.Second, 2)
	s, err := clock.Ask(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	if (s.Offset-90*time.Second).Abs() > 50*time.Millisecond || !s.Synchronised || s.Source != "ntp:"+server {
		t.Errorf("state %+v; want 90 s ahead of us", s)
	}
	if s.Uncertainty < 9*time.Millisecond || s.Uncertainty > 100*time.Millisecond {
		t.Errorf("uncertainty %v; want half the root delay and the dispersion at least", s.Uncertainty)
	}
}

func TestAServerWithoutTimeIsNotBelieved(t *testing.T) {
	if s, err := clock.Ask(t.Context(), timeServer(t, 0, 0)); err == nil || !strings.Contains(err.Error(), "time server") {
		t.Errorf("state %+v, %v; want an error", s, err)
	}
}

func TestAServerThatIsSilentLeavesTheKernel(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s, err := clock.Look(ctx, conn.LocalAddr().String())
	if !errors.Is(err, context.DeadlineExceeded) || s.Source != "kernel" && s.Source != "none" {
		t.Errorf("state %+v, %v; want the kernel's word and why the server was not asked", s, err)
	}
}
