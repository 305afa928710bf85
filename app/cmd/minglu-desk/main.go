// Command minglu-desk is the window of a room.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"fyne.io/fyne/v2/app"

	"minglu/app/desk"
	"minglu/app/desk/check"
	"minglu/app/desk/find"
	"minglu/app/desk/first"
	"minglu/app/desk/guide"
	"minglu/app/desk/queue"
	"minglu/app/desk/record"
	"minglu/app/desk/setup"
	"minglu/app/desk/write"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/office/archive"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/capture/key/pkcs11"
	"minglu/capture/lock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes: done; could not; and start me again, for minglu.
const (
	done     = 0
	couldNot = 2
	again    = 3
)

// run shows the window of a home until it is closed.
func run(ctx context.Context, args []string, log io.Writer) int {
	lang := i18n.FromLocale(os.Getenv)
	err := open(ctx, args, &lang)
	switch {
	case err == nil:
		return done
	case errors.Is(err, errAgain):
		return again
	}
	fmt.Fprintln(log, i18n.Explain(err, lang))
	return couldNot
}

// coded is an error with a code of i18n.
type coded struct{ code, what string }

func (e *coded) Error() string     { return e.what }
func (e *coded) FaultCode() string { return e.code }

// open reads the command line, takes the home's lock and shows the window.
func open(ctx context.Context, args []string, lang *i18n.Lang) (err error) {
	flags := flag.NewFlagSet("minglu-desk", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	home := flags.String("home", "", "the room's home")
	word := flags.String("lang", "", "zh or en")
	asked := flags.Bool("renderer", false, "say what draws the window, and end")
	if err := flags.Parse(args); err == nil && *asked {
		return sayRenderer(os.Stdout)
	} else if err != nil || *home == "" || flags.NArg() > 0 {
		return &coded{"cli.usage", "minglu-desk --home DIR [--lang zh|en]; minglu starts this program itself"}
	}
	if *lang, err = i18n.ParseLang(*word, os.Getenv); err != nil {
		return &coded{"cli.usage", err.Error()}
	}
	if *home, err = filepath.Abs(*home); err != nil {
		return err
	}
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" {
		return &coded{"window.no_display", "DISPLAY is not set"}
	}
	if _, err := settings.LoadRoom(*home); errors.Is(err, fs.ErrNotExist) {
		return firstStart(ctx, *home, *lang)
	}
	r, err := room.Open(*home, pkcs11.Open)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err := durable.MkdirAll(durable.OS{}, attach.RunDir(*home)); err != nil {
		return err
	}
	only, err := lock.TakeWithin(letGo, filepath.Join(attach.RunDir(*home), "desk.lock"))
	if err != nil {
		return &coded{"window.second", err.Error()}
	}
	defer func() { err = errors.Join(err, only.Close()) }()
	if *word == "" && r.Settings.Language != "" {
		*lang = i18n.Lang(r.Settings.Language)
	}
	return show(ctx, r, *lang)
}

// letGo is how long a window that was closed or killed a moment ago may still hold the home.
const letGo = 2 * time.Second

// errAgain ends the first start: the program is to be started again, now with a room.
var errAgain = errors.New("enrolled; start again")

// firstStart shows the window of a machine without a room.
func firstStart(ctx context.Context, home string, lang i18n.Lang) error {
	size, err := windowSize()
	if err != nil {
		return err
	}
	m := first.NewModel(home, lang, func(ctx context.Context, t room.Ticket) (room.Enrolled, error) {
		return room.Enrol(ctx, home, t, pkcs11.Open)
	})
	enrolled, err := desk.Welcome(ctx, app.NewWithID("minglu.desk"), m, size)
	if err == nil && enrolled {
		return errAgain
	}
	return err
}

// show makes the models and the window of a room, and waits until it is closed.
func show(ctx context.Context, r *room.Room, lang i18n.Lang) (err error) {
	size, err := windowSize()
	if err != nil {
		return err
	}
	services, keep, shown, err := models(ctx, r, lang)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shown.server.Close()) }()
	log, err := room.OpenDuty(ctx, r.Home, r.Settings)
	if services.NoHall = err; err == nil { // a window without its duty log can still record
		services.Hall = (&dutyPage{room: r, log: log, record: services.Record}).model()
		defer func() { err = errors.Join(err, log.Close()) }()
	}
	return desk.New(app.NewWithID("minglu.desk"), services, lang, size, keep).Run(ctx)
}

// models joins the pages to the room.
func models(ctx context.Context, r *room.Room, lang i18n.Lang) (s desk.Services, keep func(i18n.Lang), shown *playing, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, nil, nil, fmt.Errorf("find this program's folder: %w", err)
	}
	programs := filepath.Dir(self)
	agent := filepath.Join(programs, "minglu-agent")
	if runtime.GOOS == "windows" {
		agent += ".exe"
	}
	link := record.NewLink(r.Home, func(ctx context.Context) error { return attach.Ensure(ctx, r.Home, agent) })
	look := doctor.NewRoom(r.Home, programs)
	look.Open = pkcs11.Open
	if s.Record, err = record.NewModel(r.Home, r.Settings, look, lang, link); err != nil {
		return s, nil, nil, err
	}
	kept := settings.Keep(durable.OS{}, r.Home, r.Settings)
	s.Queue, err = queue.NewModel(r, kept, func(ctx context.Context, id string) error {
		_, err := link.Ask(ctx, attach.Request{Op: attach.OpStamp, ID: id})
		return err
	})
	if err != nil {
		return s, nil, nil, err
	}
	s.Write = write.NewModel(write.Attached(r.Home, func() int64 { return link.Feed.Newest().Status.AtMS }))
	kept.Watch(s.Record.UseRoom)
	s.Find = find.NewModel(func(ctx context.Context) (*archive.Archive, error) { return archive.Open(ctx, r) }, s.Record.Search)
	if s.Find.Folder, err = os.UserHomeDir(); err != nil {
		s.Find.Folder = r.Home
	}
	s.Free = func() (int64, error) { return look.Free(r.Home) }
	// The archive's page has logged each opening, with who and why, before it asks for it.
	shown = newPlaying(r, link.Ask, lang, func(context.Context, string) error { return nil })
	s.Player = shown.hands(ctx)
	s.Setup = setup.NewModel(kept, setup.Recorder{Ask: link.Ask, Open: link.Open, Play: s.Player.Trial}, look.Checks)
	s.Find.Actions = find.Actions{Play: s.Player.Play, Show: s.Player.Paper}
	examined := func() doctor.Room { return patient(s.Record, r) }
	if p, under, err := guide.Load(r.Home); under {
		s.Guide = guide.NewModel(r.Home, p, err, lang, s.Setup, func() []doctor.Check { return examined().Checks() })
	}
	// the set-up shows the devices itself: the day's examination waits for its end
	s.Check = check.NewModel(r.Home, lang, examined, func() bool { return link.Feed.Newest().Recording() || s.Guide.Open() })
	keep = func(l i18n.Lang) { shown.speak(l); s.Setup.Language(l); s.Check.Use(l); s.Guide.Use(l) }
	return s, keep, shown, nil
}

// patient is the room with what only the window can find out about it.
func patient(m *record.Model, r *room.Room) doctor.Room {
	look := m.Patient()
	look.Thorough = true
	look.Waiting = func(ctx context.Context) (n int64, err error) {
		rows, err := r.Box.Waiting(ctx)
		for _, row := range rows {
			n += max(0, row.Bytes-row.Acked)
		}
		return n, err
	}
	return look
}
