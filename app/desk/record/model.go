package record

import (
	"context"
	"slices"
	"strings"
	"sync"

	"minglu/app/desk/feed"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// Prepare is what the screen shows before a recording.
type Prepare struct {
	Draft    Draft
	Rev      int // counts when the draft was replaced by something else than typing
	Item     catalog.Item
	Lacks    []Lack
	Checks   []Check
	Checking bool
	Waiting  []Draft
	People   []evidence.Person
	Payers   []evidence.Taxpayer
	Fault    error // of the memory
}

// Blocked reports whether something mandatory is missing.
func (p Prepare) Blocked() bool { return len(p.Lacks) > 0 || slices.ContainsFunc(p.Checks, Check.Bad) }

// CanStart reports whether the button may be pressed: all is there, or a reason says why not. Without an act
// there is nothing to record.
func (p Prepare) CanStart() bool {
	reasoned := strings.TrimSpace(p.Draft.Override) != ""
	return p.Item.Code != "" && !p.Checking && (!p.Blocked() || reasoned)
}

// Model prepares recordings and begins them.
type Model struct {
	Link *Link
	Feed feed.Feed[Prepare]

	home    string
	items   []catalog.Item
	words   *catalog.Words
	doctor  doctor.Room
	recheck chan struct{}

	mu   sync.Mutex
	room settings.Room
	lang i18n.Lang
	mem  Memory
	now  Prepare
}

// NewModel makes the model of a home. room is how the doctor looks at it; its device questions are filled in.
func NewModel(home string, room settings.Room, look doctor.Room, lang i18n.Lang, link *Link) (*Model, error) {
	items, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	words, err := catalog.LoadWords()
	if err != nil {
		return nil, err
	}
	m := &Model{Link: link, home: home, items: items.Items, words: words, doctor: look, room: room, lang: lang,
		recheck: make(chan struct{}, 1)}
	link.Sources = func() ([]string, string) { return sources(m.Room()) }
	m.mem, m.now.Fault = loadMemory(home)
	m.now.Draft = m.mem.Last
	m.publish(func(*Prepare) {})
	return m, nil
}

// Room is the settings in use.
func (m *Model) Room() settings.Room {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.room
}

// Use takes new settings or another language, and looks at everything again.
func (m *Model) Use(room settings.Room, lang i18n.Lang) {
	m.mu.Lock()
	m.room, m.lang = room, lang
	m.mu.Unlock()
	m.Recheck()
}

// Words are the coded words of the catalogue.
func (m *Model) Words() *catalog.Words { return m.words }

// Search lists the acts that what was typed may mean.
func (m *Model) Search(typed string) []catalog.Item { return search(m.items, typed) }

// Item finds an act.
func (m *Model) Item(code string) catalog.Item {
	i := slices.IndexFunc(m.items, func(i catalog.Item) bool { return i.Code == code })
	if i < 0 {
		return catalog.Item{}
	}
	return m.items[i]
}

// Run looks at the room when asked to and after each recording, until ctx ends. While a recording uses the
// devices it waits.
func (m *Model) Run(ctx context.Context) {
	turned := make(chan struct{}, 1)
	leave := m.Link.Feed.Watch(func() {
		select {
		case turned <- struct{}{}:
		default:
		}
	})
	defer leave()
	for due := true; ; {
		if m.Link.Feed.Newest().Phase != Idle {
			due = true
		} else if due {
			due = false
			m.look(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.recheck:
			due = true
		case <-turned:
		}
	}
}

// Recheck asks for a new look at the room.
func (m *Model) Recheck() {
	select {
	case m.recheck <- struct{}{}:
	default:
	}
}

// Patient is the room as a doctor sees it now, with its devices as the recorder tries them.
func (m *Model) Patient() doctor.Room {
	m.mu.Lock()
	room, look := m.room, m.doctor
	m.mu.Unlock()
	cameras, microphone := sources(room)
	if len(cameras) > 0 {
		look.Camera = probes(m.Link, attach.Order{Cameras: cameras})
	}
	if microphone != "none" {
		look.Microphone = probes(m.Link, attach.Order{Microphone: microphone})
	}
	return look
}

func (m *Model) look(ctx context.Context) {
	look := m.Patient()
	m.mu.Lock()
	lang := m.lang
	m.mu.Unlock()
	m.publish(func(p *Prepare) { p.Checks, p.Checking = nil, true })
	checks(ctx, look, lang, func(c Check) {
		m.publish(func(p *Prepare) {
			p.Checks = append(slices.Clone(p.Checks), c)
			slices.SortStableFunc(p.Checks, func(a, b Check) int {
				return slices.Index(lines(), a.Name) - slices.Index(lines(), b.Name)
			})
		})
	})
	m.publish(func(p *Prepare) { p.Checking = false })
}

// publish changes the snapshot and what follows from it.
func (m *Model) publish(f func(*Prepare)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.now)
	m.now.Item = m.Item(m.now.Draft.Item)
	m.now.Lacks = m.now.Draft.Lacks(m.now.Item)
	m.now.Waiting, m.now.People, m.now.Payers = m.mem.Waiting, m.mem.People, m.mem.Taxpayers
	m.Feed.Publish(m.now)
}

// Edit changes the draft as a person types.
func (m *Model) Edit(f func(*Draft)) {
	m.publish(func(p *Prepare) { f(&p.Draft) })
}

// Known completes a person of whom the name was typed: it answers the certificate, if it is known.
func (m *Model) Known(name string) (evidence.Person, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mem.person(strings.TrimSpace(name))
}

// Put replaces the draft.
func (m *Model) Put(d Draft) {
	m.publish(func(p *Prepare) { p.Draft, p.Rev = d, p.Rev+1 })
}

// Keep lets the draft wait for its time and begins a new one with the same officers.
func (m *Model) Keep() {
	m.remember(func(mem Memory, d Draft) Memory {
		mem = mem.learn(d)
		mem.Waiting = append(slices.Clone(mem.Waiting), d)
		return mem
	})
	m.Put(m.last())
}

// Take takes a waiting draft up.
func (m *Model) Take(i int) {
	var taken Draft
	m.remember(func(mem Memory, _ Draft) Memory {
		if i < len(mem.Waiting) {
			taken = mem.Waiting[i]
			mem.Waiting = slices.Delete(slices.Clone(mem.Waiting), i, i+1)
		}
		return mem
	})
	m.Put(taken)
}

func (m *Model) last() Draft {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mem.Last
}

// remember changes the memory and keeps it.
func (m *Model) remember(f func(Memory, Draft) Memory) {
	m.mu.Lock()
	m.mem = f(m.mem, m.now.Draft)
	err := m.mem.save(m.home)
	m.mu.Unlock()
	m.publish(func(p *Prepare) { p.Fault = err })
}

// Start begins the recording that is prepared. A device that was found broken is left out if a reason was
// given: a recording of sound alone is better than none.
func (m *Model) Start() {
	now := m.Feed.Newest()
	if !now.CanStart() || m.Link.Feed.Newest().Phase != Idle {
		return
	}
	room := m.Room()
	order := attach.Order{Plan: now.Draft.Plan(now.Item, room, "zh")}
	order.Cameras, order.Microphone = sources(room)
	broken := func(name string) bool {
		return slices.ContainsFunc(now.Checks, func(c Check) bool { return c.Name == name && c.Bad() })
	}
	if broken("camera") {
		order.Cameras = nil
	}
	if broken("microphone") || order.Microphone == "none" {
		order.Microphone = ""
	}
	m.remember(func(mem Memory, d Draft) Memory { return mem.learn(d) })
	m.Link.Record(order)
	m.Put(m.last())
}

// By is who does what the window asks for in a recording: its clerk, else its first officer.
func (l Live) By() string {
	switch {
	case l.Plan.Clerk.Name != "":
		return l.Plan.Clerk.Name
	case len(l.Plan.Officers) > 0:
		return l.Plan.Officers[0].Name
	}
	return ""
}

// Mark sets a marker.
func (m *Model) Mark(kind, text string) {
	m.Link.Act(attach.Request{Op: attach.OpMark, Kind: kind, By: m.Link.Feed.Newest().By(), Text: text})
}

// Next turns the next prompt of the act into its marker.
func (m *Model) Next() {
	live := m.Link.Feed.Newest()
	if kind := live.next(prompts(m.Item(live.Plan.Item))); kind != "" && live.Phase == Running {
		m.Mark(kind, "")
	}
}

// Break interrupts the recording for a reason of the catalogue.
func (m *Model) Break(reason, text string) {
	m.Link.Act(attach.Request{Op: attach.OpPause, Kind: reason, By: m.Link.Feed.Newest().By(), Text: text})
}

// Resume goes on after a break with its explanation.
func (m *Model) Resume(text string) {
	m.Link.Act(attach.Request{Op: attach.OpResume, By: m.Link.Feed.Newest().By(), Text: text})
}

// Stop ends the recording.
func (m *Model) Stop() { m.Link.Act(attach.Request{Op: attach.OpStop}) }
