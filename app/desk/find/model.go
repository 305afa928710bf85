// Package find is the page of the archive: recordings by household, person, officer, case, item and date, and each
// recording's own page.
package find

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"minglu/app/desk/feed"
	"minglu/app/i18n"
	"minglu/app/office/access"
	"minglu/app/office/archive"
	"minglu/capture/catalog"
)

// Actions lead out of the page. Each is called from a goroutine of its own, after the access log holds what is
// done, and its error is shown. Where one is nil, its button is absent.
type Actions struct {
	Play func(id string, atMS int64) error // picture and sound of a recording from a moment on
	Show func(id, file string) error       // a PDF of its package, to be read and printed
}

// Asked is what the fields above the list hold, as typed.
type Asked struct {
	Text, Item, Household, Person, Officer, Case, From, To string
	Tie                                                    archive.Tie // all of one household or one person
	TieName                                                string      // as people know it
	Faulty                                                 bool
}

// Reader is who looks and why: the access log asks for both.
type Reader struct{ Name, Why string }

// Snapshot is what the page shows.
type Snapshot struct {
	Rows    Rows
	Asked   Asked          // what Rows are of
	Items   []catalog.Item // that the typed item means
	More    bool           // rows are still coming
	Filed   int            // recordings in the archive
	Faulty  int            // of them that cannot be read
	Ready   bool           // the archive was compared with the vault once
	Reader  Reader
	Page    *Page // the opened recording; nil shows the list
	Fault   error // of the question, or of an opening
	Trouble error // the archive does not follow the vault
}

// Source opens the archive; it is called once, from Run.
type Source func(context.Context) (*archive.Archive, error)

// Model works the archive. Its methods return at once.
type Model struct {
	Feed    feed.Feed[Snapshot]
	Actions Actions // set before Run, as Folder is
	Folder  string  // where an export is offered to go

	open  Source
	items func(typed string) []catalog.Item
	wait  time.Duration // after the last key before a search
	jobs  chan func(context.Context)
	turn  chan struct{} // another question, or another archive
	cards *shelf
	work  sync.WaitGroup
	order sync.Mutex // of publications; taken before mu

	mu      sync.Mutex
	now     Snapshot
	asked   Asked
	typed   time.Time // when asked changed last
	archive *archive.Archive
	page    context.CancelFunc // ends the work for the opened recording
}

// debounce is how long the search waits for the next key.
const debounce = 150 * time.Millisecond

// NewModel makes the model. items gives the acts that a typed item may mean.
func NewModel(open Source, items func(typed string) []catalog.Item) *Model {
	return &Model{open: open, items: items, wait: debounce, cards: newShelf(), jobs: make(chan func(context.Context), 16),
		turn: make(chan struct{}, 1)}
}

// itemName is the name of an act by its exact code.
func (m *Model) itemName(code string, lang i18n.Lang) string {
	for _, i := range m.items(code) {
		if i.Code == code {
			return i.In(string(lang))
		}
	}
	return ""
}

// Run works until ctx ends.
func (m *Model) Run(ctx context.Context) {
	a, err := m.open(ctx)
	if err != nil {
		m.publish(func(s *Snapshot) { s.Fault = err })
	}
	m.mu.Lock()
	m.archive = a
	m.mu.Unlock()
	if a == nil {
		<-ctx.Done()
		m.work.Wait()
		return
	}
	m.work.Go(func() { a.Follow(ctx, func(filed int, err error) { m.heard(ctx, filed, err) }) })
	m.work.Go(func() { m.serve(ctx) })
	m.search(ctx)
	m.work.Wait()
	if err := a.Close(); err != nil {
		m.publish(func(s *Snapshot) { s.Fault = err })
	}
}

// serve does the jobs, each in its own goroutine: none waits for another.
func (m *Model) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-m.jobs:
			m.work.Go(func() { job(ctx) })
		}
	}
}

// do hands a job to Run. A model that does not run, or is flooded, drops it.
func (m *Model) do(job func(context.Context)) {
	select {
	case m.jobs <- job:
	default:
	}
}

// publish changes the snapshot. One goroutine publishes at a time, so that the newest is published last.
func (m *Model) publish(change func(*Snapshot)) {
	m.order.Lock()
	defer m.order.Unlock()
	m.mu.Lock()
	change(&m.now)
	s := m.now
	m.mu.Unlock()
	m.Feed.Publish(s)
}

// Ask asks another question; the search begins when nothing more is typed for a moment.
func (m *Model) Ask(change func(*Asked)) {
	m.mu.Lock()
	before := m.asked
	change(&m.asked)
	same := before == m.asked
	m.typed = time.Now()
	m.mu.Unlock()
	if !same {
		m.again()
	}
}

// Asked is the question as it stands.
func (m *Model) Asked() Asked {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

func (m *Model) again() {
	select {
	case m.turn <- struct{}{}:
	default:
	}
}

// Read says who looks and why, until it is said again.
func (m *Model) Read(r Reader) {
	m.publish(func(s *Snapshot) { s.Reader = Reader{strings.TrimSpace(r.Name), strings.TrimSpace(r.Why)} })
}

// Known reports whether a reader has said both.
func (r Reader) Known() bool { return r.Name != "" && r.Why != "" }

// heard takes what the follower found.
func (m *Model) heard(ctx context.Context, filed int, err error) {
	state, counting := m.archive.State(ctx)
	if ctx.Err() != nil {
		return
	}
	moved, failed := m.cards.follow(ctx, m.archive, state.Edit)
	for _, other := range []error{counting, failed} {
		if err == nil {
			err = other
		}
	}
	if now := m.Feed.Newest(); err == nil && now.Trouble == nil && now.Ready && !moved {
		return // nothing is new
	}
	m.publish(func(s *Snapshot) {
		moved = moved || !s.Ready
		s.Trouble, s.Ready = err, true
		if counting == nil {
			s.Filed, s.Faulty = state.Recordings, state.Faulty
		}
	})
	if moved || filed > 0 {
		m.again()
	}
}

// query is what a question asks the archive. The items are those that the typed one may mean.
func (m *Model) query(asked Asked) (q archive.Query, items []catalog.Item, err error) {
	q = archive.Query{Text: asked.Text, Household: asked.Household, Person: asked.Person, Officer: asked.Officer, Case: asked.Case,
		Tie: asked.Tie, Faulty: asked.Faulty}
	if typed := strings.TrimSpace(asked.Item); typed != "" {
		items = m.items(typed)
		q.Items = []string{}
		for _, i := range items {
			q.Items = append(q.Items, i.Code)
		}
	}
	if q.From, _, err = archive.ParseDays(asked.From); err != nil {
		return q, items, err
	}
	_, q.To, err = archive.ParseDays(asked.To)
	return q, items, err
}

// search answers the newest question, again whenever it changes or the archive does.
func (m *Model) search(ctx context.Context) {
	for {
		if !m.pause(ctx) {
			return
		}
		run, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			m.answer(run, m.Asked())
		}()
		select {
		case <-ctx.Done():
		case <-m.turn:
			m.again() // seen again by pause
		case <-done:
			select {
			case <-ctx.Done():
			case <-m.turn:
				m.again()
			}
		}
		stop()
		<-done
	}
}

// pause waits until nothing was typed for a moment. It reports false when ctx ended.
func (m *Model) pause(ctx context.Context) bool {
	select {
	case <-m.turn:
	default:
	}
	for {
		m.mu.Lock()
		left := m.wait - time.Since(m.typed)
		m.mu.Unlock()
		if left <= 0 {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(left):
		}
	}
}

// first is how many rows are shown at once; the others follow.
const first = 200

// answer searches and publishes the first rows, then all.
func (m *Model) answer(ctx context.Context, asked Asked) {
	q, items, err := m.query(asked)
	if err != nil {
		m.publish(func(s *Snapshot) { s.Asked, s.Items, s.Fault = asked, items, err })
		return
	}
	keys, err := m.fetch(ctx, q, 0, first)
	if ctx.Err() != nil {
		return
	}
	more := err == nil && len(keys) == first
	m.publish(func(s *Snapshot) {
		s.Asked, s.Items, s.More = asked, items, more
		if err == nil && more && s.Rows.extends(keys) {
			return // the rest comes at once; a list that shrinks and grows would jump
		}
		s.Rows, s.Fault = Rows{keys, m.cards}, err
	})
	if !more {
		return
	}
	rest, err := m.fetch(ctx, q, keys[len(keys)-1], 0)
	if ctx.Err() != nil {
		return
	}
	m.publish(func(s *Snapshot) { s.Rows, s.More, s.Fault = Rows{slices.Concat(keys, rest), m.cards}, false, err })
}

// fetch gives keys whose cards lie on the shelf: no row is shown before it is ready.
func (m *Model) fetch(ctx context.Context, q archive.Query, before int64, n int) ([]int64, error) {
	keys, err := m.archive.Keys(ctx, q, before, n)
	if err != nil {
		return nil, err
	}
	return keys, m.cards.stock(ctx, m.archive, keys)
}

// log writes what a reader does; only then it may be done.
func (m *Model) log(ctx context.Context, act access.Act, id, detail string) error {
	m.mu.Lock()
	r := m.now.Reader
	m.mu.Unlock()
	return m.archive.Log().Add(ctx, access.Entry{Who: r.Name, Act: act, ID: id, Why: r.Why, Detail: detail})
}
