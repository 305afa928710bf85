package attach

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// MaxMessage bounds one message, in bytes: a picture for the screen or a whole imported transcript.
const MaxMessage = 32 << 20

// Stream is one request under way.
type Stream struct {
	conn net.Conn
	in   *bufio.Reader
}

// Ask sends a request to the recorder of a home. The caller closes the stream.
func Ask(ctx context.Context, home string, r Request) (*Stream, error) {
	conn, err := dial(ctx, home)
	if err != nil {
		return nil, err
	}
	s := &Stream{conn: conn, in: bufio.NewReader(conn)}
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return nil, errors.Join(fmt.Errorf("ask the recorder to %s: %w", r.Op, err), s.Close())
	}
	return s, nil
}

// Next waits for the next event, io.EOF when the recorder has no more to say, another error when it is gone.
func (s *Stream) Next() (Event, error) {
	raw, err := ReadMessage(s.in)
	if err != nil {
		return Event{}, err
	}
	var e Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return Event{}, fmt.Errorf("read the recorder's event: %w", err)
	}
	return e, nil
}

// Close ends the request; a recording under way goes on.
func (s *Stream) Close() error { return s.conn.Close() }

// Once asks and returns the event that answers; a failed one becomes a *Refused.
func Once(ctx context.Context, home string, r Request) (Event, error) {
	s, err := Ask(ctx, home, r)
	if err != nil {
		return Event{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	e, err := s.Next()
	if err == nil && e.Event == EventFailed {
		err = &Refused{Code: e.Code, Detail: e.Detail}
	}
	if closing := s.Close(); err == nil && ctx.Err() == nil {
		err = closing
	}
	return e, err
}

// Refused is the recorder's no, with a code that the program has words for.
type Refused struct {
	Code   string
	Detail string
}

func (r *Refused) Error() string { return r.Detail }

// ReadMessage reads one line, without its newline, of bounded length.
func ReadMessage(r *bufio.Reader) ([]byte, error) {
	var whole []byte
	for {
		part, err := r.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case len(whole) > MaxMessage:
			return nil, fmt.Errorf("message over the bound of %d bytes", MaxMessage)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(whole) > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		return bytes.TrimSuffix(whole, []byte("\n")), nil
	}
}

// Ensure starts the recorder of a home if none answers, and waits until one does. The recorder outlives
// whoever started it.
func Ensure(ctx context.Context, home, program string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		if alive(ctx, home) {
			return nil
		}
		gone, log, err := launch(home, program)
		if err != nil {
			return fmt.Errorf("start the recorder %s: %w", program, err)
		}
		ended, err := answered(ctx, home, gone)
		switch {
		case err == nil:
			return nil
		case !ended:
			return fmt.Errorf("the recorder does not answer; see %s", log)
		case ctx.Err() != nil || !errors.Is(err, errHomeTaken):
			return fmt.Errorf("the recorder ended at once (%w); see %s", err, log)
		}
		time.Sleep(100 * time.Millisecond) // the one that holds the home is dying, or about to answer
	}
}

// ExitTaken is the exit code of a recorder that finds another one in its home.
const ExitTaken = 3

var errHomeTaken = errors.New("another recorder holds the home")

// launch starts a recorder apart from us; gone tells its end.
func launch(home, program string) (gone <-chan error, logName string, err error) {
	if err := os.MkdirAll(RunDir(home), 0o700); err != nil {
		return nil, "", err
	}
	log, err := os.OpenFile(filepath.Join(RunDir(home), "agent.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, "", err
	}
	cmd := exec.Command(program, "--home", home)
	cmd.Stdout, cmd.Stderr = log, log
	err = startApart(cmd)
	if err = errors.Join(err, log.Close()); err != nil {
		return nil, "", err
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }() // ends with the recorder, or with us
	return end, log.Name(), nil
}

// answered waits until the recorder answers; ended says that it is gone instead.
func answered(ctx context.Context, home string, gone <-chan error) (ended bool, err error) {
	for {
		select {
		case err := <-gone:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == ExitTaken {
				err = errHomeTaken
			}
			return true, errors.Join(err, ctx.Err())
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if alive(ctx, home) {
			return false, nil
		}
	}
}

// alive reports whether a recorder answers. That its socket takes a connection is not enough: that of a
// process which is just dying does.
func alive(ctx context.Context, home string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := Once(ctx, home, Request{Op: OpStatus})
	var refused *Refused
	return err == nil || errors.As(err, &refused)
}
