package record

import (
	"strings"

	"minglu/app/settings"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

// Draft is a recording being prepared.
type Draft struct {
	Item     string             `json:"item"`
	Case     string             `json:"case"`
	Taxpayer evidence.Taxpayer  `json:"taxpayer"`
	Person   string             `json:"person"` // who is questioned; several are parted by commas
	Officers [2]evidence.Person `json:"officers"`
	Clerk    evidence.Person    `json:"clerk"`
	Override string             `json:"override"` // why it begins without something mandatory
	When     string             `json:"when"`     // for when a waiting one is planned, in people's words
}

// begun reports whether more was typed than the people who are there each time.
func (d Draft) begun() bool {
	return strings.TrimSpace(d.Item+d.Case+d.Taxpayer.Name+d.Taxpayer.USCC+d.Person) != ""
}

// Lack is something a draft lacks.
type Lack string

// The lacks; the words for them are keyed by these codes.
const (
	LackItem     Lack = "item"
	LackTaxpayer Lack = "taxpayer"
	LackPerson   Lack = "person"
	LackOfficers Lack = "officers" // two with certificates
	LackSame     Lack = "same"     // the two are one person
)

// Lacks lists what the rules ask for and the draft does not have. The item cannot be overridden.
func (d Draft) Lacks(item catalog.Item) (lacks []Lack) {
	if item.Code == "" {
		lacks = append(lacks, LackItem)
	}
	if strings.TrimSpace(d.Taxpayer.Name) == "" {
		lacks = append(lacks, LackTaxpayer)
	}
	if item.Class == "I" && len(d.persons()) == 0 {
		lacks = append(lacks, LackPerson)
	}
	a, b := d.Officers[0], d.Officers[1]
	switch {
	case !certified(a) || !certified(b):
		lacks = append(lacks, LackOfficers)
	case a.Certificate == b.Certificate:
		lacks = append(lacks, LackSame)
	}
	return lacks
}

func certified(p evidence.Person) bool {
	return strings.TrimSpace(p.Name) != "" && strings.TrimSpace(p.Certificate) != ""
}

// Plan is the draft as the recorder takes it.
func (d Draft) Plan(item catalog.Item, room settings.Room, lang string) evidence.Plan {
	place := room.Place
	if place == "" {
		place = room.Title
	}
	plan := evidence.Plan{
		V: 1, Item: item.Code, ItemTitle: item.ZH, Case: strings.TrimSpace(d.Case), Taxpayer: d.Taxpayer, Place: place,
		Retention: item.Retention, Language: lang, Overrides: []string{}, Relates: []string{},
		Persons: d.persons(), Officers: []evidence.Person{}, Clerk: trimmed(d.Clerk, "clerk"),
	}
	for _, o := range d.Officers {
		if o = trimmed(o, "interviewer"); o.Name != "" {
			plan.Officers = append(plan.Officers, o)
		}
	}
	if reason := strings.TrimSpace(d.Override); reason != "" {
		plan.Overrides = append(plan.Overrides, reason)
	}
	return plan
}

func trimmed(p evidence.Person, role string) evidence.Person {
	p.Name, p.Certificate = strings.TrimSpace(p.Name), strings.TrimSpace(p.Certificate)
	if p.Name == "" {
		return evidence.Person{}
	}
	p.Role = role
	return p
}

func (d Draft) persons() []evidence.Person {
	persons := []evidence.Person{}
	for _, name := range strings.FieldsFunc(d.Person, func(r rune) bool { return strings.ContainsRune(",，、;；", r) }) {
		if name = strings.TrimSpace(name); name != "" {
			persons = append(persons, evidence.Person{Name: name, Role: "interviewee"})
		}
	}
	return persons
}
