// Package first is the screen of a machine's first start: the language, what the machine is for, and the invitation
// by which headquarters admits it. The steps after that, which need a room, are in package guide.
//
// What was chosen and typed is kept, but for the code, so that one can go on after whatever came between.
package first

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"minglu/app/desk/feed"
	"minglu/app/desk/guide"
	"minglu/app/i18n"
	"minglu/app/room"
	"minglu/capture/durable"
)

// Invitation is what headquarters told the room's technician.
type Invitation struct {
	HQ          string `json:"hq"`
	Code        string `json:"-"` // works once: not written down
	Fingerprint string `json:"ca_fingerprint"`
}

// Snapshot is what the screen shows.
type Snapshot struct {
	guide.Progress
	Invitation
	Lacks []Lack
	Busy  bool
	Fault error
	Done  *room.Enrolled
}

// Lack is what cannot be right yet: the end of a sentence's key.
type Lack string

// The lacks.
const (
	LackHQ          Lack = "hq"
	LackCode        Lack = "code"
	LackFingerprint Lack = "fingerprint"
)

// Model keeps what is chosen and typed, and enrols.
type Model struct {
	Feed feed.Feed[Snapshot]

	home  string
	enrol func(context.Context, room.Ticket) (room.Enrolled, error)
	jobs  chan func(context.Context)

	mu  sync.Mutex
	now Snapshot
}

// draftFile holds what was typed, in the home.
const draftFile = "first.json"

// NewModel makes the model of a home that is not enrolled. A set-up that was begun goes on where it was, in its
// language; a new one begins in lang.
func NewModel(home string, lang i18n.Lang, enrol func(context.Context, room.Ticket) (room.Enrolled, error)) *Model {
	m := &Model{home: home, enrol: enrol, jobs: make(chan func(context.Context), 4)}
	p, _, err := guide.Load(home)
	if p.Language == "" {
		p.Language = string(lang)
	}
	if slices.Index(guide.Steps(), p.Step) > slices.Index(guide.Steps(), guide.Invitation) {
		p.Step = guide.Invitation // whatever came later, there is no room
	}
	typed, fault := loadDraft(home)
	m.change(func(s *Snapshot) { s.Progress, s.Invitation, s.Fault = p, typed, errors.Join(err, fault) })
	return m
}

// loadDraft reads what was typed; nothing when nothing was.
func loadDraft(home string) (typed Invitation, err error) {
	text, err := os.ReadFile(filepath.Join(home, draftFile))
	if err == nil {
		err = json.Unmarshal(text, &typed)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return typed, err
}

// Lang is the language of the set-up.
func (m *Model) Lang() i18n.Lang { return i18n.Lang(m.Feed.Newest().Language) }

func (m *Model) change(f func(*Snapshot)) Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.now)
	m.now.Lacks = lacks(m.now.Invitation)
	m.Feed.Publish(m.now)
	return m.now
}

var (
	fingerprintForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	codeForm        = regexp.MustCompile(`^[0-9A-Za-z]{20}$`)
)

func lacks(i Invitation) (list []Lack) {
	if !strings.HasPrefix(i.HQ, "https://") || len(i.HQ) == len("https://") {
		list = append(list, LackHQ)
	}
	if !codeForm.MatchString(strings.NewReplacer("-", "", " ", "").Replace(i.Code)) {
		list = append(list, LackCode)
	}
	if !fingerprintForm.MatchString(i.Fingerprint) {
		list = append(list, LackFingerprint)
	}
	return list
}

// Type takes in what a person typed or pasted into a field. A whole invitation, as headquarters' command prints
// it, fills what it knows whichever field it is put into; Type says whether it was one.
func (m *Model) Type(set func(*Invitation)) (whole bool) {
	m.change(func(s *Snapshot) {
		set(&s.Invitation)
		for _, text := range []string{s.HQ, s.Code, s.Fingerprint} {
			if found, ok := parseInvited(text); ok {
				s.Code, s.Fingerprint, whole = found.Code, found.Fingerprint, true
				if found.HQ != "" || text == s.HQ {
					s.HQ = found.HQ
				}
				return
			}
		}
		s.HQ, s.Fingerprint = address(s.HQ), fingerprint(s.Fingerprint)
	})
	return whole
}

// parseInvited reads the line that "minglu-hq invite" prints.
func parseInvited(text string) (Invitation, bool) {
	var line struct {
		Event       string `json:"event"`
		URL         string `json:"url"`
		Code        string `json:"code"`
		Fingerprint string `json:"ca_fingerprint"`
	}
	if json.Unmarshal([]byte(text), &line) != nil || line.Event != "invited" {
		return Invitation{}, false
	}
	return Invitation{line.URL, line.Code, line.Fingerprint}, true
}

// address lets people leave https:// away.
func address(typed string) string {
	typed = strings.TrimRight(strings.TrimSpace(typed), "/")
	if typed == "" || strings.Contains(typed, "://") || strings.HasPrefix("https://", typed) {
		return typed
	}
	return "https://" + typed
}

// fingerprint takes it in any case and grouping, with or without its beginning.
func fingerprint(typed string) string {
	hex := strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(strings.TrimSpace(typed)))
	hex = strings.TrimPrefix(hex, "sha256")
	if hex == "" {
		return ""
	}
	return "sha256:" + hex
}

// Speak turns to a language at once; it is written down with the next step.
func (m *Model) Speak(lang i18n.Lang) { m.change(func(s *Snapshot) { s.Language = string(lang) }) }

// Choose takes the answer of the step, written into the progress by answer, and goes on to the next.
func (m *Model) Choose(answer func(*guide.Progress)) { m.turn(1, answer) }

// Back returns to the step before.
func (m *Model) Back() { m.turn(-1, func(*guide.Progress) {}) }

// turn writes the progress of the step so many places on down, and then shows it.
func (m *Model) turn(by int, answer func(*guide.Progress)) {
	m.queue(func(context.Context) {
		p := m.Feed.Newest().Progress
		answer(&p)
		p.Step = p.Step.At(by)
		err := p.Save(m.home)
		m.change(func(s *Snapshot) {
			if s.Fault = err; err == nil {
				s.Progress = p
			}
		})
	})
}

func (m *Model) queue(job func(context.Context)) {
	select {
	case m.jobs <- job:
	default: // the same was asked for a moment ago
	}
}

// Join asks headquarters to admit the machine.
func (m *Model) Join() {
	s := m.change(func(s *Snapshot) {
		if len(s.Lacks) == 0 {
			s.Busy, s.Fault = true, nil
		}
	})
	if len(s.Lacks) > 0 {
		return
	}
	t := room.Ticket{URL: s.HQ, Code: s.Code, Fingerprint: s.Fingerprint, Store: "file", Language: s.Language, Use: s.Use}
	m.queue(func(ctx context.Context) { m.join(ctx, t) })
}

// Run does what is asked for, one after the other, until ctx ends.
func (m *Model) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-m.jobs:
			job(ctx)
		}
	}
}

func (m *Model) join(ctx context.Context, t room.Ticket) {
	err := errors.Join(m.keep(), m.Feed.Newest().Progress.Save(m.home))
	var done room.Enrolled
	if err == nil {
		done, err = m.enrol(ctx, t)
	}
	if err == nil {
		// the draft has served; that it could not be removed harms nobody
		_ = os.Remove(filepath.Join(m.home, draftFile))
	}
	m.change(func(s *Snapshot) {
		if s.Busy, s.Fault = false, err; err == nil {
			s.Done = &done
		}
	})
}

// keep writes down what was typed.
func (m *Model) keep() error {
	if err := durable.MkdirAll(durable.OS{}, m.home); err != nil {
		return err
	}
	text, err := json.Marshal(m.Feed.Newest().Invitation)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(m.home, draftFile), text)
}
