package look

import "minglu/app/doctor"

// Sign is the mark of what a check found, which is read without its colour. One that was not looked at yet has a state
// of its own, "".
func Sign(s doctor.State) (string, Colour) {
	switch s {
	case doctor.OK:
		return "✓", Green
	case doctor.Warn:
		return "!", Amber
	case doctor.Fail:
		return "×", Red
	case doctor.Skipped:
		return "–", Faint
	}
	return "…", Faint
}
