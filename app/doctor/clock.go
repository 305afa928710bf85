package doctor

import (
	"context"
	"runtime"
	"strconv"
	"time"

	"minglu/capture/clock"
)

// clockSure is how far a synchronised clock may be off.
const clockSure = time.Second

// earliest is before any of these programs were made: a clock that says less has lost its battery.
var earliest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (v *visit) clock(context.Context) Finding {
	if now := v.Now(); now.Before(earliest) {
		return fail("clock.absurd", "now", now.Format(time.DateTime))
	}
	k := v.Kernel()
	switch {
	case !k.Known:
		return warn("clock.unknown")
	case !k.Synchronised:
		return warn("clock.unsynchronised")
	}
	return ok("clock.ok", "error", strconv.FormatInt(k.MaxError.Milliseconds(), 10))
}

func (v *visit) ntp(ctx context.Context) Finding {
	host := v.settings.NTP
	if host == "" {
		return ok("ntp.none")
	}
	offset, err := v.NTP(ctx, host)
	if err != nil {
		return Finding{State: Warn, Err: err}
	}
	values := []string{"host", host, "offset", strconv.FormatInt(offset.Milliseconds(), 10)}
	if offset.Abs() > clockSure {
		return warn("ntp.off", values...)
	}
	return ok("ntp.ok", values...)
}

// askKernel knows on Linux alone: Windows says it only through its service's own tool.
func askKernel() Kernel {
	synchronised, off := clock.Kernel()
	return Kernel{Known: runtime.GOOS == "linux", Synchronised: synchronised, MaxError: off}
}

func askNTP(ctx context.Context, host string) (time.Duration, error) {
	s, err := clock.Ask(ctx, host)
	return s.Offset, err
}
