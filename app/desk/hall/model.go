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
	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/sync/outbox"
)

// Ports are what the page asks of the rest of the room. Each may be left out.
type Ports struct {
	// Heading is the head of papers; Folder is where they are written.
	Heading duty.Heading
	Folder  string
	// Package tells how far a sealed day is on its way to headquarters.
	Package func(ctx context.Context, id string) (outbox.Row, error)
	// Seal asks for the package of a closed day; it answers when it is sealed.
	Seal func(ctx context.Context, day calendar.Day) error
	// Tend does what a log needs without anybody: it meets the hall's other machines, enters facts, closes days.
	Tend func(ctx context.Context, lang i18n.Lang) error
	// Recorder tells what this machine's recorder does.
	Recorder func() Recorder
	// InUse names the hall's other rooms that are recording, as headquarters told last.
	InUse func() []string
	// Film begins a recording of an emergency; it may wait until the devices were looked at.
	Film func(ctx context.Context, f Film) error
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
	N     int    // counts the answers: one asked for again under its old key is answered anew
	Key   string // what the call answered
	Entry duty.Entry
	Path  string // of a file that was written, to be read or printed
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

	writes *queue // what changes the log; Run's own
	reads  *queue // what may take its time: a day, a month, a paper
	find   chan struct{}
	films  chan Film

	seen    int64     // version of the log that was read; Run's alone
	thanked time.Time // of the last rating; Run's alone
	tended  error     // Run's alone

	mu       sync.Mutex
	lang     i18n.Lang
	typed    Typed
	dirty    bool // the typed line is not kept yet
	wanted   wanted
	answers  []Answer
	answered int
	shown    string // month that is shown
	public   Public
}

// NewModel makes the model of a log.
func NewModel(log *duty.Log, ports Ports) *Model {
	m := &Model{Log: log, ports: ports, writes: newQueue(), reads: newQueue(), find: make(chan struct{}, 1), films: make(chan Film, 1), seen: -1}
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
	beside.Go(func() { m.reads.run(ctx) })
	beside.Go(func() { m.seek(ctx) })
	beside.Go(func() { m.shoot(ctx) })
	beside.Go(func() { m.tend(ctx) })
	whole := context.WithoutCancel(ctx) // what was begun is done, whatever becomes of the window
	m.restore(whole)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		m.work(whole)
		m.look(ctx, false)
		m.unthank()
		select {
		case <-ctx.Done():
			m.work(whole)
			return
		case <-m.writes.turn:
		case <-tick.C:
		}
	}
}

// work does what was asked for, in order.
func (m *Model) work(ctx context.Context) {
	for {
		orders := m.writes.take()
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
	m.answered++
	a.N = m.answered
	m.answers = append(m.answers, a)
	m.answers = slices.Clone(m.answers[max(0, len(m.answers)-answersKept):])
	m.Answers.Publish(m.answers)
	m.mu.Unlock()
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
	m.writes.put(func(ctx context.Context) {
		a := Answer{Key: key}
		for i, e := range entries {
			made, err := m.Log.Add(ctx, e)
			if a.Err = err; err != nil {
				break
			}
			if i == 0 {
				a.Entry = made
			}
			m.paper(made, &a)
		}
		m.look(ctx, true)
		m.answer(a)
	})
	return key
}

// paper writes the slip of a pre-review. The entry stands whether or not its paper could be made.
func (m *Model) paper(e duty.Entry, a *Answer) {
	if e.Act != duty.Review {
		return
	}
	raw, err := m.Log.Rules.PrintSlip(m.heading(), e)
	if err == nil {
		a.Path, err = m.keepPaper("slip-"+e.ID[:8]+".pdf", raw)
	}
	a.Err = err
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
	m.writes.put(func(ctx context.Context) {
		made, err := m.Log.CloseDay(ctx, day, by)
		m.look(ctx, true)
		m.reads.put(func(ctx context.Context) { // entries need not wait for the sealing
			if err == nil && m.ports.Seal != nil {
				err = m.seal(ctx, day)
			}
			m.reopen(day)
			m.writes.put(func(ctx context.Context) {
				m.seen = -1 // the package is no entry: look again
				m.look(ctx, true)
				m.answer(Answer{Key: key, Entry: made, Err: err})
			})
		})
	})
	return key
}

// sealWait bounds the wait for the recorder; what it could not seal is sealed when the log is tended.
const sealWait = 2 * time.Minute

func (m *Model) seal(ctx context.Context, day calendar.Day) error {
	ctx, stop := context.WithTimeout(ctx, sealWait)
	defer stop()
	return m.ports.Seal(ctx, day)
}

// tendEvery is how often the log is tended.
const tendEvery = time.Minute

// tend tends the log until ctx ends. Its faults are told with the day.
func (m *Model) tend(ctx context.Context) {
	if m.ports.Tend == nil {
		return
	}
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		err := m.ports.Tend(ctx, m.language())
		if ctx.Err() != nil {
			return
		}
		m.writes.put(func(ctx context.Context) {
			m.tended = err
			m.look(ctx, true)
		})
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Speak says in which language papers are written.
func (m *Model) Speak(lang i18n.Lang) {
	m.mu.Lock()
	m.lang = lang
	m.mu.Unlock()
}

func (m *Model) language() i18n.Lang {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lang
}

func (m *Model) heading() duty.Heading {
	h := m.ports.Heading
	h.Language = string(m.language())
	return h
}
