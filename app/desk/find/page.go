package find

import (
	"context"
	"errors"

	"minglu/app/office/access"
	"minglu/app/office/archive"
	"minglu/capture/evidence"
)

// Page is the page of one recording.
type Page struct {
	Card     archive.Card
	Story    *archive.Story // nil while it is read, and for one whose package is not here
	Checking bool
	Checked  int64 // bytes of Media
	Media    int64
	Report   *evidence.Report // nil before the first verification
	Giving   bool             // an export is under way
	Given    *archive.Exported
	Fault    error
}

// Open opens a recording's page once the access log has it.
func (m *Model) Open(id string) {
	m.do(func(ctx context.Context) {
		if err := m.show(ctx, id); err != nil && ctx.Err() == nil {
			m.publish(func(s *Snapshot) { s.Fault = err })
		}
	})
}

func (m *Model) show(ctx context.Context, id string) error {
	card, err := m.archive.Card(ctx, id)
	if err != nil {
		return err
	}
	if err := m.log(ctx, access.Opened, id, ""); err != nil {
		return err
	}
	m.Back()
	m.publish(func(s *Snapshot) { s.Page, s.Fault = &Page{Card: card}, nil })
	if card.Freed() {
		return nil
	}
	story, err := m.archive.Story(ctx, id)
	m.turnPage(id, func(p *Page) {
		p.Story, p.Fault = story, err
		if story != nil {
			for _, t := range story.Record.Tracks {
				p.Media += t.Bytes
			}
		}
	})
	return nil
}

// turnPage changes the opened page, if it is still that recording's.
func (m *Model) turnPage(id string, change func(*Page)) {
	m.publish(func(s *Snapshot) {
		if s.Page == nil || s.Page.Card.ID != id {
			return
		}
		p := *s.Page
		change(&p)
		s.Page = &p
	})
}

// Back leaves the page for the list, and ends what was done for it.
func (m *Model) Back() {
	m.mu.Lock()
	stop := m.page
	m.page = nil
	m.mu.Unlock()
	if stop != nil {
		stop()
	}
	m.publish(func(s *Snapshot) { s.Page = nil })
}

// onPage does a job for the opened page; it ends when the page is left.
func (m *Model) onPage(job func(ctx context.Context, id string)) {
	p := m.Feed.Newest().Page
	if p == nil {
		return
	}
	m.do(func(ctx context.Context) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		m.mu.Lock()
		before := m.page
		m.page = func() {
			if before != nil {
				before()
			}
			stop()
		}
		m.mu.Unlock()
		job(ctx, p.Card.ID)
	})
}

// Verify checks every byte of the opened recording.
func (m *Model) Verify() {
	if p := m.Feed.Newest().Page; p == nil || p.Checking {
		return
	}
	m.onPage(func(ctx context.Context, id string) {
		m.turnPage(id, func(p *Page) { p.Checking, p.Checked, p.Report, p.Fault = true, 0, nil, nil })
		var told int64
		report, err := m.archive.Verify(ctx, id, func(done int64) {
			const step = 8 << 20 // an eye sees no more
			if done-told >= step {
				told = done
				m.turnPage(id, func(p *Page) { p.Checked = done })
			}
		})
		if errors.Is(err, context.Canceled) {
			return
		}
		m.turnPage(id, func(p *Page) { p.Checking, p.Report, p.Fault = false, report, err })
	})
}

// Export gives the opened recording away as a zip.
func (m *Model) Export(by, reason, out string) {
	if p := m.Feed.Newest().Page; p == nil || p.Giving {
		return
	}
	m.onPage(func(ctx context.Context, id string) {
		m.turnPage(id, func(p *Page) { p.Giving, p.Given, p.Fault = true, nil, nil })
		done, err := m.archive.Export(ctx, archive.Order{ID: id, By: by, Reason: reason, Out: out})
		m.turnPage(id, func(p *Page) {
			p.Giving, p.Fault = false, err
			if err == nil {
				p.Given = &done
			}
		})
	})
}

// Play plays the opened recording from a moment on.
func (m *Model) Play(atMS int64) {
	if m.Actions.Play == nil {
		return
	}
	m.act(access.Played, Clock(atMS), func(id string) error { return m.Actions.Play(id, atMS) })
}

// Show opens a paper of the opened recording; file is its place in the package.
func (m *Model) Show(file string) {
	if m.Actions.Show == nil {
		return
	}
	m.act(access.Printed, file, func(id string) error { return m.Actions.Show(id, file) })
}

// act does something that leads out of the page, after the log has it.
func (m *Model) act(what access.Act, detail string, do func(id string) error) {
	m.onPage(func(ctx context.Context, id string) {
		err := m.log(ctx, what, id, detail)
		if err == nil {
			err = do(id)
		}
		m.turnPage(id, func(p *Page) { p.Fault = err })
	})
}

// Tie shows all recordings that have something in common with the opened one: one household, one person.
func (m *Model) Tie(t archive.Tie, name string) {
	m.Back()
	m.Ask(func(a *Asked) { *a = Asked{Tie: t, TieName: name} })
}
