package upload_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"minglu/capture/evidence/packtest"
)

// speedVariable is how many megabytes to send for measuring; nothing is measured without it.
const speedVariable = "MINGLU_SPEED_MB"

// TestSendingIsLight says what a gigabyte costs the courier: nothing is hashed at sending, so it is reading,
// encrypting and the kernel. The bound is twice the aim of 0.6 s, for machines that do something else besides.
func TestSendingIsLight(t *testing.T) {
	size, err := strconv.Atoi(os.Getenv(speedVariable))
	if err != nil {
		t.Skip(speedVariable + " says how many megabytes to measure with")
	}
	c := newChaos(t)
	c.line.calm.Store(true)
	c.recordSpec(packtest.Spec{Segments: 40, Padding: size << 20 / 40 / 2 / 12})
	address := *c.line.target.Load()
	began := time.Now()
	c.room = c.courier(address)
	must(t, <-c.room.ended)
	took := time.Since(began)
	use := c.room.cmd.ProcessState
	cpu := use.UserTime() + use.SystemTime()
	each := time.Duration(float64(cpu) * 1e9 / float64(c.bytes))
	t.Logf("%d bytes in %v: courier %v CPU, %v a GB", c.bytes, took.Round(time.Millisecond), cpu, each.Round(time.Millisecond))
	if each > 1200*time.Millisecond {
		t.Errorf("the courier uses %v CPU for a GB; want at most 1.2 s", each)
	}
	c.hq.kill()
	use = c.hq.cmd.ProcessState
	t.Logf("headquarters %v CPU with its verification", use.UserTime()+use.SystemTime())
	c.serve()
}
