package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"minglu/capture/durable"
	"minglu/capture/evidence"
)

// Memory is desk.json of a home: whom the window has seen, and the sessions that wait for their time.
type Memory struct {
	People    []evidence.Person   `json:"people"`    // officers and clerks, newest first
	Taxpayers []evidence.Taxpayer `json:"taxpayers"` // newest first
	Waiting   []Draft             `json:"waiting"`
	Last      Draft               `json:"last"` // its people are offered first
	Now       Draft               `json:"now"`  // what is being typed
}

// remembered bounds each list.
const remembered = 300

func memoryPath(home string) string { return filepath.Join(home, "desk.json") }

// loadMemory reads the memory. One that is not there is empty; a faulty one is empty too and told.
func loadMemory(home string) (Memory, error) {
	var m Memory
	raw, err := durable.OS{}.ReadFile(memoryPath(home))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		if err = json.Unmarshal(raw, &m); err != nil { // the next write would take it away: it is laid aside
			err = errors.Join(err, durable.WriteFile(durable.OS{}, memoryPath(home)+".faulty", raw))
		}
	}
	if err != nil {
		return Memory{}, fmt.Errorf("read what the window remembers: %w", err)
	}
	return m, nil
}

func (m Memory) save(home string) error {
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("keep what the window remembers: %w", err)
	}
	return durable.WriteFile(durable.OS{}, memoryPath(home), raw)
}

// learn puts the people and the taxpayer of a draft first.
func (m Memory) learn(d Draft) Memory {
	for _, p := range []evidence.Person{d.Clerk, d.Officers[1], d.Officers[0]} {
		if !certified(p) {
			continue
		}
		p = trimmed(p, "")
		p.Role = ""
		m.People = first(m.People, p, func(o evidence.Person) bool { return o.Certificate == p.Certificate })
	}
	if t := d.Taxpayer; strings.TrimSpace(t.Name) != "" {
		household := func(o evidence.Taxpayer) bool { return o.Name == t.Name || t.USCC != "" && o.USCC == t.USCC }
		m.Taxpayers = first(m.Taxpayers, t, household)
	}
	m.Last = Draft{Officers: d.Officers, Clerk: d.Clerk}
	return m
}

// first is the list with v before all others and without those that are the same.
func first[T any](list []T, v T, same func(T) bool) []T {
	rest := slices.DeleteFunc(slices.Clone(list), same)
	return append([]T{v}, rest[:min(len(rest), remembered-1)]...)
}

// people finds the remembered persons of whom a part was typed: of the name, of its pinyin's initials or of the
// certificate.
func (m Memory) people(typed string) (found []evidence.Person) {
	for _, p := range m.People {
		if meant(typed, p.Name, p.Certificate) {
			found = append(found, p)
		}
	}
	return found
}

// payers finds the remembered taxpayers likewise, by their credit code too.
func (m Memory) payers(typed string) (found []evidence.Taxpayer) {
	for _, t := range m.Taxpayers {
		if meant(typed, t.Name, t.USCC) {
			found = append(found, t)
		}
	}
	return found
}

// meant reports whether what was typed may mean somebody.
func meant(typed, name, number string) bool {
	typed = strings.ToLower(strings.TrimSpace(typed))
	return typed != "" && (strings.Contains(strings.ToLower(name), typed) || strings.HasPrefix(strings.ToLower(number), typed) ||
		strings.HasPrefix(initials(name), typed))
}
