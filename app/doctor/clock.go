package doctor

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/beevik/ntp"
)

// clockSure is how far a synchronised clock may be off.
const clockSure = time.Second

// earliest is before any of these programs were made: a clock that says less has lost its battery.
var earliest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (v *visit) clock(context.Context) Finding {
	if now := v.Now(); now.Before(earliest) {
		return fail("clock.absurd", "now", now.Format(time.DateTime))
	}
	k, err := v.Kernel()
	switch {
	case err != nil:
		return broken(err)
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

// askNTP asks a time server how far this machine's clock is behind it.
func askNTP(ctx context.Context, host string) (time.Duration, error) {
	limit := 5 * time.Second
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end))
	}
	answer, err := ntp.QueryWithOptions(host, ntp.QueryOptions{Timeout: limit})
	if err == nil {
		err = answer.Validate()
	}
	if err != nil {
		return 0, fmt.Errorf("ask time server %s: %w", host, err)
	}
	return answer.ClockOffset, nil
}
