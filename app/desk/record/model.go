package record

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

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
	learnt  chan struct{} // the memory is to be kept

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
		recheck: make(chan struct{}, 1), learnt: make(chan struct{}, 1)}
	link.Sources = func() ([]string, string) { return m.Room().Sources() }
	if m.mem, err = loadMemory(home); err != nil {
		link.Tell(err) // the window works without it, and begins a new one
	}
	m.now.Draft = m.mem.Now
	if m.mem.Now == (Draft{}) {
		m.now.Draft = m.mem.Last
	}
	m.publish(func(*Prepare) {})
	return m, nil
}

// Room is the settings in use.
func (m *Model) Room() settings.Room {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.room
}

// UseRoom takes new settings; if the devices or headquarters are others, everything is looked at again.
func (m *Model) UseRoom(room settings.Room) {
	m.mu.Lock()
	before := m.room
	m.room = room
	m.mu.Unlock()
	if before.HQ != room.HQ || before.Microphone != room.Microphone || before.NTP != room.NTP || !slices.Equal(before.Cameras, room.Cameras) {
		m.Recheck()
	}
}

// Speak takes another language, in which everything is looked at again.
func (m *Model) Speak(lang i18n.Lang) {
	m.mu.Lock()
	m.lang = lang
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
	var hands sync.WaitGroup
	defer hands.Wait()
	hands.Go(func() { m.keepMemory(ctx) })
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
	cameras, microphone := room.Sources()
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
	if m.mem.Now != m.now.Draft {
		m.mem.Now = m.now.Draft
		m.learn()
	}
	m.Feed.Publish(m.now)
}

// Edit changes the draft as a person types.
func (m *Model) Edit(f func(*Draft)) {
	m.publish(func(p *Prepare) { f(&p.Draft) })
}

// Persons are the remembered ones that what was typed may mean, newest first.
func (m *Model) Persons(typed string) []evidence.Person {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mem.people(typed)
}

// Households are the remembered taxpayers that what was typed may mean, newest first.
func (m *Model) Households(typed string) []evidence.Taxpayer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mem.payers(typed)
}

// Put replaces the draft.
func (m *Model) Put(d Draft) {
	m.publish(func(p *Prepare) { p.Draft, p.Rev = d, p.Rev+1 })
}

// Keep lets the draft wait for its time and begins a new one with the same officers.
func (m *Model) Keep(when string) {
	m.remember(func(mem Memory, d Draft) Memory {
		mem = mem.learn(d)
		d.When = strings.TrimSpace(when)
		mem.Waiting = append(slices.Clone(mem.Waiting), d)
		return mem
	})
	m.Put(m.last())
}

// Take takes a waiting draft up. What was being typed waits in its place.
func (m *Model) Take(i int) {
	var taken *Draft
	m.remember(func(mem Memory, d Draft) Memory {
		if i >= len(mem.Waiting) {
			return mem
		}
		taken = &mem.Waiting[i]
		mem.Waiting = slices.Delete(slices.Clone(mem.Waiting), i, i+1)
		if d.begun() {
			mem.Waiting = append(mem.Waiting, d)
		}
		return mem
	})
	if taken != nil {
		m.Put(*taken)
	}
}

// Drop forgets a waiting draft.
func (m *Model) Drop(i int) {
	m.remember(func(mem Memory, _ Draft) Memory {
		if i < len(mem.Waiting) {
			mem.Waiting = slices.Delete(slices.Clone(mem.Waiting), i, i+1)
		}
		return mem
	})
	m.publish(func(*Prepare) {})
}

func (m *Model) last() Draft {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mem.Last
}

// remember changes the memory, which is kept soon.
func (m *Model) remember(f func(Memory, Draft) Memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mem = f(m.mem, m.now.Draft)
	m.learn()
}

func (m *Model) learn() {
	select {
	case m.learnt <- struct{}{}:
	default:
	}
}

// keepSoon is how long changes of the memory are gathered.
const keepSoon = 300 * time.Millisecond

// keepMemory writes the memory until ctx ends, and then once more: nothing waits for the disk.
func (m *Model) keepMemory(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			select {
			case <-m.learnt:
				m.saveMemory()
			default:
			}
			return
		case <-m.learnt:
			pause(ctx, keepSoon)
			m.saveMemory()
		}
	}
}

func (m *Model) saveMemory() {
	m.mu.Lock()
	mem := m.mem
	m.mu.Unlock()
	if err := mem.save(m.home); err != nil {
		m.Link.Tell(err)
	}
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
	order.Cameras, order.Microphone = room.Sources()
	broken := func(name string) bool {
		return slices.ContainsFunc(now.Checks, func(c Check) bool { return c.Name == name && c.Bad() })
	}
	if broken("camera") {
		order.Cameras = nil
	}
	if broken("microphone") {
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

// Swap shows the next camera.
func (m *Model) Swap() {
	live := m.Link.Feed.Newest()
	if n := len(live.Tracks); n > 1 {
		m.Link.Look(live.Tracks[(slices.Index(live.Tracks, live.Track)+1)%n])
	}
}

// Stop ends the recording.
func (m *Model) Stop() { m.Link.Act(attach.Request{Op: attach.OpStop}) }
