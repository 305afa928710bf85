// Package hall is the screen of a service hall's duty log: the line that takes an entry in seconds, the day as it stands, its closing.
//
// Model works the log in goroutines of its own and knows nothing of windows; View draws its snapshots, Line the
// entry line over every page, Board and Counter are screens for the public.
package hall

import (
	"context"
	"slices"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/sync/outbox"
)

// Ports are what the page asks of the rest of the room. All may be nil.
type Ports struct {
	// Package tells how far a sealed day is on its way to headquarters.
	Package func(ctx context.Context, id string) (outbox.Row, error)
	// Seal asks for the package of a closed day; it answers when it is sealed.
	Seal func(ctx context.Context, day calendar.Day) error
	// Recorder tells what this machine's recorder does.
	Recorder func() Recorder
	// Film begins a recording of an emergency; it may wait until the devices were looked at.
	Film func(context.Context, Film) error
	// Export writes a day or a month into a file and answers its path.
	Export func(ctx context.Context, what Export) (path string, err error)
	// Slip makes the paper of a pre-review.
	Slip func(ctx context.Context, e duty.Entry) (pdf []byte, err error)
}

// Recorder is what this machine's recorder does.
type Recorder struct {
	Running bool
	Busy    bool // it cannot begin another
	ID      string
	Item    string
	Case    string
}

// Answer says what became of something that was asked for.
type Answer struct {
	Key   string // what the call answered
	Entry duty.Entry
	Path  string // of a file that was written
	Paper []byte // to be printed
	Err   error
}

// answersKept bounds the answers in a snapshot: a window draws far more often than people ask.
const answersKept = 32

// Model keeps the page.
type Model struct {
	Today   feed.Feed[Today]
	Typed   feed.Feed[Typed]
	Found   feed.Feed[Found]
	Past    feed.Feed[Past]
	Month   feed.Feed[Month]
	Public  feed.Feed[Public]
	Answers feed.Feed[[]Answer] // newest last
	Log     *duty.Log

	ports Ports

	turn  chan struct{}
	find  chan struct{}
	films chan Film

	seen    int64     // version of the log that was read; Run's alone
	thanked time.Time // of the last rating; Run's alone

	mu      sync.Mutex
	orders  []func(context.Context)
	typed   Typed
	dirty   bool // the typed line is not kept yet
	wanted  wanted
	answers []Answer
	shown   string // month that is shown
	public  Public
}

// NewModel makes the model of a log.
func NewModel(log *duty.Log, ports Ports) *Model {
	m := &Model{Log: log, ports: ports, turn: make(chan struct{}, 1), find: make(chan struct{}, 1), films: make(chan Film, 1), seen: -1}
	m.typed.Kind = log.Rules.Guess("", "")
	m.Typed.Publish(m.typed)
	return m
}

// lookEvery is how often the log is asked whether it changed; the clocks of the matters turn with it.
const lookEvery = time.Second

// Run works the log until ctx ends. What was asked for before is done first.
func (m *Model) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { m.seek(ctx) })
	beside.Go(func() { m.shoot(ctx) })
	m.restore(ctx)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		m.work(ctx)
		m.look(ctx, n)
		m.unthank()
		select {
		case <-ctx.Done():
			m.work(context.WithoutCancel(ctx))
			return
		case <-m.turn:
		case <-tick.C:
		}
	}
}

// order asks the model's goroutine for something; it never waits.
func (m *Model) order(do func(context.Context)) {
	m.mu.Lock()
	m.orders = append(m.orders, do)
	m.mu.Unlock()
	nudge(m.turn)
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// work does what was asked for, in order.
func (m *Model) work(ctx context.Context) {
	for {
		m.mu.Lock()
		orders := m.orders
		m.orders = nil
		m.mu.Unlock()
		for _, do := range orders {
			do(ctx)
		}
		m.keepTyped(ctx)
		if len(orders) == 0 {
			return
		}
	}
}

func (m *Model) answer(a Answer) {
	m.mu.Lock()
	m.answers = append(m.answers, a)
	m.answers = slices.Clone(m.answers[max(0, len(m.answers)-answersKept):])
	answers := m.answers
	m.mu.Unlock()
	m.Answers.Publish(answers)
}

// Add enters entries, in order; the first that is refused ends it. The key of the answer is the first one's id:
// asked again with the same ids, what is there already is not entered twice.
func (m *Model) Add(entries ...duty.Entry) (key string) {
	entries = slices.Clone(entries)
	for i := range entries {
		if entries[i].ID == "" {
			entries[i].ID = duty.NewID()
		}
		m.sign(&entries[i])
	}
	key = entries[0].ID
	m.order(func(ctx context.Context) {
		a := Answer{Key: key}
		for i, e := range entries {
			made, err := m.Log.Add(ctx, e)
			if a.Err = err; err != nil {
				break
			}
			if i == 0 {
				a.Entry = made
			}
			m.paper(ctx, made, &a)
		}
		m.look(ctx, 0)
		m.answer(a)
	})
	return key
}

// paper adds the slip of a pre-review to the answer. The entry stands whether or not its paper could be made.
func (m *Model) paper(ctx context.Context, e duty.Entry, a *Answer) {
	if e.Act == duty.Review && m.ports.Slip != nil {
		a.Paper, a.Err = m.ports.Slip(ctx, e)
	}
}

// sign puts the name of whoever keeps the log under an entry without one.
func (m *Model) sign(e *duty.Entry) {
	if e.Author == "" && e.Act != duty.Rate {
		m.mu.Lock()
		e.Author = m.typed.Author
		m.mu.Unlock()
	}
	e.Text, _ = duty.Clean(e.Text)
}

// Close closes a day and has its package sealed.
func (m *Model) Close(day calendar.Day, by string) (key string) {
	key = duty.NewID()
	m.order(func(ctx context.Context) {
		made, err := m.Log.CloseDay(ctx, day, by)
		if err == nil && m.ports.Seal != nil {
			err = m.ports.Seal(ctx, day)
		}
		m.look(ctx, 0)
		m.reopen(ctx, day)
		m.answer(Answer{Key: key, Entry: made, Err: err})
	})
	return key
}

// Save writes a day or a month into a file.
func (m *Model) Save(what Export) (key string) {
	key = duty.NewID()
	m.order(func(ctx context.Context) {
		a := Answer{Key: key}
		if m.ports.Export != nil {
			a.Path, a.Err = m.ports.Export(ctx, what)
		}
		m.answer(a)
	})
	return key
}

// Export is a day or a month to be written into a file.
type Export struct {
	Day   calendar.Day // or
	Month string       // 2026-11
	Form  string       // pdf, csv
}
