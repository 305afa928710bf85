// Package duty keeps a service hall's duty log: entries that are never changed, the matters they move, the days they make up.
//
// Everything shown is a pure function of the entries in the order of their stamps, so that two machines which hold
// the same entries show the same log, whatever way the entries came. A Log keeps them in the home's duty.db.
package duty

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"minglu/app/office/calendar"
	"minglu/capture/evidence"
	"minglu/capture/strict"
)

// Act is what an entry does beside being there. The words are constants of the package format.
type Act string

// The acts. Those on a matter name it in Entry.Matter.
const (
	Note   Act = "note"   // something happened
	Begin  Act = "open"   // opens a matter, or an emergency when Kind is INCIDENT: Owner, Tier, Limit, Due, Code
	Hand   Act = "hand"   // hands a matter to Owner
	Pause  Act = "pause"  // stops its clock: Reason
	Resume Act = "resume" // lets the clock go on
	Step   Act = "step"   // a step in it: Text, People
	Done   Act = "done"   // ends it: Outcome
	Carry  Act = "carry"  // leaves it open over night: Reason, Owner

	ShiftStart  Act = "shift_start"  // Author leads from here on
	ShiftOffer  Act = "shift_offer"  // the leader hands over to Owner, who must accept
	ShiftAccept Act = "shift_accept" // Author takes over and accepts what is open
	ShiftEnd    Act = "shift_end"

	Patrol   Act = "patrol"    // Code: what was looked at
	Report   Act = "report"    // a department's daily report: Desk is the department
	Review   Act = "prereview" // Code: accepted or supplement, then Lacks
	Roster   Act = "roster"    // expert seats: People, Zone
	Posted   Act = "board"     // what the board says from here on: Code guidance or notices, Text or nothing
	Rate     Act = "rate"      // Code 1 … 5, Desk; 1 and 2 open a follow-up
	DayClose Act = "day_close" // the day is closed: nothing more is entered into it here
)

// Outcomes of a pre-review.
const (
	Accepted   = "accepted"
	Supplement = "supplement"
)

// System is the author of what comes by itself.
const System = "system"

// MaxText is the longest text of an entry, in characters; MaxWord that of a name, reason or outcome.
const (
	MaxText = 20_000
	MaxWord = 500
	maxList = 100
	// MaxRaw bounds one entry as JSON: a longest text of four bytes a character, each written as an escape of six.
	MaxRaw = 256 << 10
)

// Stamp orders entries: a hybrid logical clock. It is the wall clock as long as that runs forward, and never less
// than any stamp this machine has seen.
type Stamp struct {
	MS int64 `json:"ms"` // milliseconds since 1970
	N  int64 `json:"n"`  // among equal milliseconds
}

// Entry is one line of the log. It is written once; Raw, its JSON, is what travels and is sealed.
type Entry struct {
	V        int               `json:"v"`
	ID       string            `json:"id"` // 32 hex digits
	Hall     string            `json:"hall"`
	Day      calendar.Day      `json:"day"`
	Machine  string            `json:"machine"` // room code of the machine it was made on
	Stamp    Stamp             `json:"stamp"`
	Recorded string            `json:"recorded"` // the machine's wall clock, UTC: a claim
	BootMS   int64             `json:"boot_ms"`  // its boot clock, which never jumps
	BootID   string            `json:"boot_id"`
	Author   string            `json:"author"`
	Stated   string            `json:"stated,omitempty"` // when it happened, if not now; UTC
	Zone     string            `json:"zone,omitempty"`
	Desk     string            `json:"desk,omitempty"`
	Kind     string            `json:"kind"`
	Act      Act               `json:"act"`
	Text     string            `json:"text,omitempty"`
	Corrects string            `json:"corrects,omitempty"` // id of the entry this one puts right
	Taxpayer evidence.Taxpayer `json:"taxpayer,omitzero"`
	// Recording is the id of a recording, Incident that of an emergency's opening entry, Matter that of a matter's.
	Recording string   `json:"recording,omitempty"`
	Matter    string   `json:"matter,omitempty"`
	Incident  string   `json:"incident,omitempty"`
	Owner     string   `json:"owner,omitempty"`
	Tier      string   `json:"tier,omitempty"`
	Limit     string   `json:"limit,omitempty"`
	Due       string   `json:"due,omitempty"` // stated by the leader, UTC; where a limit has no length
	Code      string   `json:"code,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Outcome   string   `json:"outcome,omitempty"`
	Lacks     []string `json:"lacks,omitempty"`
	People    []string `json:"people,omitempty"`
	Count     int64    `json:"count,omitempty"` // of the entries that a closing of the day covers

	Raw []byte `json:"-"`
}

// Parse reads an entry's JSON; only the one spelling that Marshal gives is taken.
func Parse(raw []byte) (Entry, error) {
	if len(raw) > MaxRaw {
		return Entry{}, fmt.Errorf("read entry: %d bytes are over the bound of %d", len(raw), MaxRaw)
	}
	var e Entry
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	again, err := evidence.MarshalBody(e)
	if err != nil || !bytes.Equal(again, raw) {
		return Entry{}, errors.New("read entry: it is not written in its one form")
	}
	if err := e.check(); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	e.Raw = bytes.Clone(raw)
	return e, nil
}

// check demands what every entry has, whoever made it.
func (e Entry) check() error {
	day, err := calendar.ParseDay(string(e.Day))
	switch {
	case err != nil || day != e.Day:
		return fmt.Errorf("day %.20q", e.Day)
	case e.V != 1:
		return fmt.Errorf("version %d; this program knows 1", e.V)
	case !IsID(e.ID):
		return fmt.Errorf("id %.60q", e.ID)
	case !evidence.IsRoom(e.Hall) || !evidence.IsRoom(e.Machine):
		return fmt.Errorf("hall %.20q or machine %.20q", e.Hall, e.Machine)
	case e.Stamp.MS < 0 || e.Stamp.N < 0:
		return errors.New("a stamp below zero")
	}
	for _, at := range []string{e.Recorded, e.Stated, e.Due} {
		if _, err := evidence.ParseTime(at); at != "" && err != nil || at == "" && e.Recorded == "" {
			return fmt.Errorf("time %.40q", at)
		}
	}
	for _, id := range []string{e.Corrects, e.Matter, e.Incident} {
		if id != "" && !IsID(id) {
			return fmt.Errorf("it names %.60q, which is no entry", id)
		}
	}
	if faults := e.words(); len(faults) > 0 {
		return faults[0]
	}
	return nil
}

// words lists what is wrong with what people typed.
func (e Entry) words() (faults []error) {
	look := func(field, text string, most int) {
		switch n := utf8.RuneCountInString(text); {
		case !utf8.ValidString(text):
			faults = append(faults, &Fault{Code: "duty.encoding", Field: field})
		case n > most:
			faults = append(faults, &Fault{Code: "duty.long", Field: field, Got: fmt.Sprint(n), Want: fmt.Sprint(most)})
		case strings.ContainsFunc(text, strict.Unprintable):
			faults = append(faults, &Fault{Code: "duty.control", Field: field})
		}
	}
	look("text", e.Text, MaxText)
	for field, text := range map[string]string{
		"author": e.Author, "zone": e.Zone, "desk": e.Desk, "kind": e.Kind, "act": string(e.Act), "taxpayer": e.Taxpayer.Name,
		"uscc": e.Taxpayer.USCC, "recording": e.Recording, "owner": e.Owner, "tier": e.Tier, "limit": e.Limit,
		"code": e.Code, "reason": e.Reason, "outcome": e.Outcome, "boot_id": e.BootID,
	} {
		look(field, text, MaxWord)
	}
	for field, list := range map[string][]string{"lacks": e.Lacks, "people": e.People} {
		if len(list) > maxList {
			faults = append(faults, &Fault{Code: "duty.long", Field: field, Got: fmt.Sprint(len(list)), Want: fmt.Sprint(maxList)})
		}
		for _, text := range list {
			look(field, text, MaxWord)
		}
	}
	return faults
}

// IsID reports whether text can be an entry's id: 32 lower-case hexadecimal digits.
func IsID(text string) bool {
	odd := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }
	return len(text) == 32 && !strings.ContainsFunc(text, odd)
}

// Less orders entries the same on every machine.
func (e Entry) Less(o Entry) bool { return e.order(o) < 0 }

func (e Entry) order(o Entry) int {
	switch {
	case e.Stamp.MS != o.Stamp.MS:
		return sign(e.Stamp.MS - o.Stamp.MS)
	case e.Stamp.N != o.Stamp.N:
		return sign(e.Stamp.N - o.Stamp.N)
	case e.Machine != o.Machine:
		return strings.Compare(e.Machine, o.Machine)
	}
	return strings.Compare(e.ID, o.ID)
}

func sign(n int64) int {
	if n < 0 {
		return -1
	}
	return 1
}

// When is the moment an entry speaks of: the stated time, else the recorded one.
func (e Entry) When() string {
	if e.Stated != "" {
		return e.Stated
	}
	return e.Recorded
}

// Fault is a refusal in a code that app/i18n has words for; Field, Got and Want fill them.
type Fault struct {
	Code  string
	Field string
	Got   string
	Want  string
}

func (f *Fault) Error() string {
	text := f.Code
	for _, part := range []string{f.Field, f.Got} {
		if part != "" {
			text += ": " + part
		}
	}
	if f.Want != "" {
		text += "; want " + f.Want
	}
	return text
}

// FaultCode is the key of the sentence.
func (f *Fault) FaultCode() string { return f.Code }

// Pairs fill the sentence; a field is named by the key of its word.
func (f *Fault) Pairs() []string {
	return []string{"field", "duty.field." + f.Field, "got", f.Got, "want", f.Want}
}
