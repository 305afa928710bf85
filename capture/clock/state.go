package clock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/beevik/ntp"
)

// State is what is known of the wall clock's error at one moment.
type State struct {
	Source       string // kernel, ntp:HOST or none
	Synchronised bool
	Offset       time.Duration // to be added to the wall clock; 0 from the kernel, which corrects it itself
	Uncertainty  time.Duration // the true time lies within Offset ± this
}

// Look asks the time server if there is one, else and on its failure the kernel. The state holds also when
// there is an error, which only tells why the server could not be asked.
func Look(ctx context.Context, server string) (State, error) {
	var err error
	if server != "" {
		var s State
		if s, err = Ask(ctx, server); err == nil {
			return s, nil
		}
	}
	synchronised, off := Kernel()
	if !synchronised {
		return State{Source: "none"}, err
	}
	return State{Source: "kernel", Synchronised: true, Uncertainty: off}, err
}

const (
	asks    = 3 // of which the one that travelled fastest counts
	askTime = 2 * time.Second
)

// Ask asks a time server (SNTP, RFC 5905) how far this machine's wall clock is off. The server is a host with
// or without a port.
func Ask(ctx context.Context, server string) (State, error) {
	var best *ntp.Response
	var faults []error
	for range asks {
		answer, err := askOnce(ctx, server)
		if err != nil {
			faults = append(faults, err)
			if best == nil && errors.Is(err, context.DeadlineExceeded) {
				break // a server that is not there would cost the same again
			}
			continue
		}
		if best == nil || answer.RTT < best.RTT {
			best = answer
		}
	}
	if best == nil {
		return State{}, fmt.Errorf("ask time server %s: %w", server, faults[0])
	}
	return State{
		Source: "ntp:" + server, Synchronised: true,
		Offset: best.ClockOffset, Uncertainty: best.RootDistance,
	}, nil
}

// askOnce asks in a goroutine, since the library knows no context; it ends within askTime.
func askOnce(ctx context.Context, server string) (*ntp.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	type reply struct {
		answer *ntp.Response
		err    error
	}
	replies := make(chan reply, 1)
	go func() {
		answer, err := ntp.QueryWithOptions(server, ntp.QueryOptions{Timeout: askTime})
		if err == nil {
			err = answer.Validate()
		}
		replies <- reply{answer, err}
	}()
	select {
	case r := <-replies:
		return r.answer, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
