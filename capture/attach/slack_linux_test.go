package attach

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTheRecorderIsWokenWithSlackAndItsStarterIsNot(t *testing.T) {
	if os.Getenv("MINGLU_TELL_SLACK") != "" {
		os.Stdout.WriteString("slack " + ownSlack(t).String())
		return
	}
	before := ownSlack(t)
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "MINGLU_TELL_SLACK=1")
	var said strings.Builder
	cmd.Stdout = &said
	if err := startApart(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := "slack " + slack.String(); !strings.Contains(said.String(), want) {
		t.Errorf("the child says %q; want %q", said.String(), want)
	}
	if after := ownSlack(t); after != before || after == slack {
		t.Errorf("slack of the starter %v, was %v", after, before)
	}
}

// ownSlack is that of the thread the test runs on now.
func ownSlack(t *testing.T) time.Duration {
	n, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		t.Skipf("this kernel has no timer slack: %v", err)
	}
	return time.Duration(n)
}
