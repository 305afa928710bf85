package attach

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// slack is how much later than asked the kernel may wake a thread of the recorder or the window. Go's monitor asks for
// 20 µs again and again while any goroutine runs; woken that often it takes a tenth of their processor time. A picture
// lasts forty times as long as this.
const slack = time.Millisecond

// Unhurried lets start start a process that need not be woken to the microsecond: a thread's slack is passed on to the
// child (PR_SET_TIMERSLACK of prctl(2)). A kernel that refuses costs time, nothing else.
func Unhurried(start func() error) error {
	runtime.LockOSThread() // the slack belongs to this thread until it is put back
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(slack), 0, 0, 0) == nil {
		defer unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0: what it was
	}
	return start()
}
