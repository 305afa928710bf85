package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"minglu/app/store"
	"minglu/capture/evidence"
	"minglu/sync/outbox"
)

// Card is what the list shows of a recording. The members of its JSON are short, see Packed.
type Card struct {
	Key   int64        `json:"-"` // a newer recording has a larger one
	State outbox.State `json:"-"`
	Fault Fault        `json:"-"` // why the package cannot be read; "" when it can

	ID          string            `json:"i"`
	Room        string            `json:"r,omitempty"` // its title
	Item        string            `json:"c,omitempty"`
	Title       string            `json:"t,omitempty"` // of the item, as the plan has it
	Case        string            `json:"n,omitempty"`
	Taxpayer    evidence.Taxpayer `json:"h"`
	Persons     []evidence.Person `json:"p,omitempty"`
	Officers    []evidence.Person `json:"o,omitempty"`
	Clerk       string            `json:"k,omitempty"`
	Place       string            `json:"l,omitempty"`
	Retention   string            `json:"e,omitempty"`
	StartMS     int64             `json:"s,omitempty"` // since 1970
	DurationMS  int64             `json:"d,omitempty"`
	Bytes       int64             `json:"b,omitempty"`
	Marks       int               `json:"m,omitempty"`
	Gaps        int               `json:"g,omitempty"`
	Interrupted bool              `json:"x,omitempty"`
	ReceivedMS  int64             `json:"v,omitempty"` // headquarters' time of the receipt
	Why         string            `json:"w,omitempty"` // of the fault, for a technician
}

// Fault says in one word why a package cannot be read. Screens have a sentence for each.
type Fault string

// The faults.
const (
	FaultMissing  Fault = "missing"  // its folder is gone, and nobody ordered that
	FaultUnsealed Fault = "unsealed" // it should be sealed and is not
	FaultUnread   Fault = "unread"   // a file cannot be read
	FaultForm     Fault = "form"     // a file is not what it should be
	FaultID       Fault = "id"       // it calls itself another recording
)

// Start is when the recording began, zero when that is not known.
func (c Card) Start() time.Time {
	if c.StartMS == 0 {
		return time.Time{}
	}
	return time.UnixMilli(c.StartMS).UTC()
}

// Freed reports whether the package is no longer here: headquarters holds it.
func (c Card) Freed() bool { return c.State == outbox.Released }

// keySpread keeps recordings apart that began in the same millisecond.
const keySpread = 1024

// key is the place of a recording in the order of all: by its start, then by its number.
func (c Card) key() int64 {
	_, n, _ := evidence.ParseID(c.ID)
	return c.StartMS*keySpread + n%keySpread
}

// keyAt is the least key of what began at t or later.
func keyAt(t time.Time) int64 { return t.UnixMilli() * keySpread }

// Tie is something recordings have in common, exactly.
type Tie struct {
	Kind string // TieHousehold, TiePerson, TieOfficer or TieCase
	Key  string
}

// Kinds of ties.
const (
	TieHousehold = "household"
	TiePerson    = "person"
	TieOfficer   = "officer"
	TieCase      = "case"
)

// Household ties the recordings of one taxpayer: by the unified social credit code, or by the name where a
// recording has none.
func (c Card) Household() Tie {
	if c.Taxpayer.USCC != "" {
		return Tie{TieHousehold, strings.ToUpper(c.Taxpayer.USCC)}
	}
	return Tie{TieHousehold, c.Taxpayer.Name}
}

// PersonTie ties the recordings of one person who was interviewed: by the number of the paper, or by the name.
func PersonTie(p evidence.Person) Tie { return Tie{TiePerson, identity(p)} }

// OfficerTie ties the recordings of one officer: by the certificate, or by the name.
func OfficerTie(p evidence.Person) Tie { return Tie{TieOfficer, identity(p)} }

func identity(p evidence.Person) string {
	if p.Certificate != "" {
		return p.Certificate
	}
	return p.Name
}

// ties are all of a card.
func (c Card) ties() []Tie {
	ties := []Tie{c.Household(), {TieCase, c.Case}}
	for _, p := range c.Persons {
		ties = append(ties, PersonTie(p))
	}
	for _, p := range c.Officers {
		ties = append(ties, OfficerTie(p))
	}
	return ties
}

// word is a made-up word of a tie. It begins with a letter that is on no keyboard here, so that nobody finds it by
// typing.
func (t Tie) word() string {
	sum := sha256.Sum256([]byte(t.Kind + "\x00" + t.Key))
	return "ꔀ" + hex.EncodeToString(sum[:8])
}

// words are the columns of the full-text index; body is what the package says beside the card.
func (c Card) words(body []string) []any {
	people := func(list []evidence.Person) string {
		var b strings.Builder
		for _, p := range list {
			fmt.Fprintf(&b, "%s %s ", p.Name, p.Certificate)
		}
		return b.String()
	}
	var ties []string
	for _, t := range c.ties() {
		if t.Key != "" {
			ties = append(ties, t.word())
		}
	}
	columns := []any{c.Item + " " + c.Title, c.Taxpayer.Name + " " + c.Taxpayer.USCC, people(c.Persons),
		people(c.Officers) + c.Clerk, c.Case, c.ID + " " + c.Room + " " + c.Place + " " + strings.Join(body, "\n")}
	for i, text := range columns {
		columns[i] = store.Terms(text.(string))
	}
	return append(columns, strings.Join(ties, " "))
}

// Packed is a card as it lies in the index, a third of its size: who keeps all cards keeps them so.
type Packed struct {
	Key                int64
	state, fault, card string
}

// Card unpacks the card. One that cannot be is told as a faulty package; Rebuild makes it anew.
func (p Packed) Card() Card {
	c := Card{Key: p.Key, State: outbox.State(p.state), Fault: Fault(p.fault)}
	if err := json.Unmarshal([]byte(p.card), &c); err != nil {
		c.Fault, c.Why = FaultForm, err.Error()
	}
	return c
}
