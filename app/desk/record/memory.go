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
		err = json.Unmarshal(raw, &m)
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
		m.Taxpayers = first(m.Taxpayers, t, func(o evidence.Taxpayer) bool { return o.Name == t.Name })
	}
	m.Last = Draft{Officers: d.Officers, Clerk: d.Clerk}
	return m
}

// first is the list with v before all others and without those that are the same.
func first[T any](list []T, v T, same func(T) bool) []T {
	rest := slices.DeleteFunc(slices.Clone(list), same)
	return append([]T{v}, rest[:min(len(rest), remembered-1)]...)
}

// person finds a remembered person by the exact name, if there is one only.
func (m Memory) person(name string) (found evidence.Person, ok bool) {
	for _, p := range m.People {
		if p.Name == name {
			if ok {
				return evidence.Person{}, false
			}
			found, ok = p, true
		}
	}
	return found, ok
}
