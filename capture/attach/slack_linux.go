package attach

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// slack is how much later than asked the kernel may wake a thread of the recorder. Go's monitor asks for 20 µs
// again and again while any goroutine runs; woken that often it takes a tenth of a recording's processor time. A
// picture lasts forty times as long as this.
const slack = time.Millisecond

// unhurried lets start start a process with this slack; it is passed on to a child (PR_SET_TIMERSLACK of prctl(2)).
// A kernel that refuses costs time, nothing else.
func unhurried(start func() error) error {
	runtime.LockOSThread() // the slack belongs to this thread until it is put back
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(slack), 0, 0, 0) == nil {
		defer unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0: what it was
	}
	return start()
}
