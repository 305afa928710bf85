package attach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// RunDir is where the recorder's socket, lock and sign of life lie.
func RunDir(home string) string { return filepath.Join(home, "run") }

const socketName = "agent.sock"

// maxSocket is the longest path a Unix socket address takes.
const maxSocket = 100

// address calls f with a path to the socket that is short enough. A long one is reached through an open
// folder (Linux).
func address(home string, f func(path string) error) error {
	path := filepath.Join(RunDir(home), socketName)
	if len(path) <= maxSocket {
		return f(path)
	}
	if runtime.GOOS != "linux" {
		return fmt.Errorf("the path %s is too long for a socket; choose a shorter home", path)
	}
	dir, err := os.Open(RunDir(home))
	if err != nil {
		return err
	}
	err = f("/proc/self/fd/" + strconv.FormatUint(uint64(dir.Fd()), 10) + "/" + socketName)
	return errors.Join(err, dir.Close())
}

// Listen opens the socket for the recorder, which holds the home's lock: a socket left by a crash is removed.
func Listen(home string) (l net.Listener, err error) {
	err = address(home, func(path string) error {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		l, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the recorder's socket: %w", err)
	}
	return l, nil
}

// ErrNoAgent is returned when no recorder runs in this home.
var ErrNoAgent = errors.New("no recorder runs")

func dial(ctx context.Context, home string) (c net.Conn, err error) {
	err = address(home, func(path string) error {
		var d net.Dialer
		c, err = d.DialContext(ctx, "unix", path)
		return err
	})
	if err != nil {
		return nil, errors.Join(ErrNoAgent, err)
	}
	return c, nil
}
