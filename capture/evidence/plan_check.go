package evidence

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// MaxName is the longest name, number or title in a plan, in characters.
const MaxName = 500

// Check lists what is wrong with the plan's words: not UTF-8, control characters, over MaxName. It does not
// judge whether a rule asks for more people.
func (p Plan) Check() (faults []error) {
	check := func(what, s string) {
		switch {
		case !utf8.ValidString(s):
			faults = append(faults, fmt.Errorf("%s is not UTF-8 text", what))
		case utf8.RuneCountInString(s) > MaxName:
			faults = append(faults, fmt.Errorf("%s has %d characters; at most %d are taken", what, utf8.RuneCountInString(s), MaxName))
		default:
			for _, r := range s {
				if unicode.IsControl(r) {
					faults = append(faults, fmt.Errorf("%s holds the control character %U", what, r))
					return
				}
			}
		}
	}
	for what, s := range map[string]string{
		"case": p.Case, "taxpayer": p.Taxpayer.Name, "USCC": p.Taxpayer.USCC, "place": p.Place, "room title": p.RoomTitle,
	} {
		check(what, s)
	}
	for what, group := range map[string][]Person{
		"officer": p.Officers, "person": p.Persons, "operator": {p.Operator}, "clerk": {p.Clerk},
	} {
		for _, one := range group {
			check(what+"'s name", one.Name)
			check(what+"'s certificate", one.Certificate)
		}
	}
	if d := p.Duty; d != nil {
		for what, s := range map[string]string{"hall": d.Title, "leader": d.Leader, "closed by": d.ClosedBy} {
			check(what, s)
		}
	}
	for what, list := range map[string][]string{"override": p.Overrides, "relates-to": p.Relates} {
		for _, s := range list {
			check(what, s)
		}
	}
	return faults
}
