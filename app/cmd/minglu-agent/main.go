// Command minglu-agent is the recording process of a room: it opens cameras and microphones, and nothing else does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"minglu/app/room"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/capture/key/pkcs11"
	"minglu/capture/lock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes: done, and could not.
const (
	done     = 0
	couldNot = 2
)

// run serves one home until it is told to stop or nobody needs it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, log io.Writer) int {
	flags := flag.NewFlagSet("minglu-agent", flag.ContinueOnError)
	flags.SetOutput(log)
	home := flags.String("home", "", "the room's home")
	join := flags.Bool("enrol", false, "enrol the room by the ticket on standard input, and end")
	aloud := flags.String("play", "", "for the recorder itself: play the sound ID:FROM:TO, in ms, and end")
	if err := flags.Parse(args); err != nil {
		return couldNot
	}
	if *home == "" || flags.NArg() > 0 {
		fmt.Fprintln(log, "minglu-agent: --home DIR is needed, and nothing else; the window and minglu start this program themselves")
		return couldNot
	}
	if *aloud != "" {
		return playAloud(ctx, *home, *aloud, stdin, stdout)
	}
	if *join {
		return enrolRoom(ctx, *home, stdin, stdout)
	}
	if err := serve(ctx, *home, log); err != nil {
		fmt.Fprintf(log, "minglu-agent: %v\n", err)
		if errors.Is(err, lock.ErrHeld) {
			return attach.ExitTaken
		}
		return couldNot
	}
	return done
}

func serve(ctx context.Context, home string, log io.Writer) (err error) {
	if err := durable.MkdirAll(durable.OS{}, attach.RunDir(home)); err != nil {
		return err
	}
	only, err := lock.Take(filepath.Join(attach.RunDir(home), "agent.lock"))
	if err != nil {
		return fmt.Errorf("serve as this home's only recorder: %w", err)
	}
	defer func() { err = errors.Join(err, only.Close()) }()
	r, err := room.Open(home, pkcs11.Open)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	w, err := newWorks(ctx, r, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	l, err := attach.Listen(home)
	if err != nil {
		return err
	}
	a := agent.New(w.room(), log)
	return a.Serve(ctx, l)
}
