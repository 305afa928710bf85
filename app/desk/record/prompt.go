package record

import "minglu/capture/catalog"

// prompts are the markers an act must have, in the order in which they come. Each becomes a line on the screen
// that one key turns into a marker.
func prompts(item catalog.Item) []string {
	switch item.Class {
	case "I":
		return []string{"notice", "certificate", "rights", "evidence", "read", "signing", "end"}
	case "H":
		return []string{"notice", "certificate", "rights", "evidence", "signing", "end"}
	case "D":
		return []string{"notice", "certificate", "evidence", "end"}
	}
	return []string{"notice", "certificate", "service", "end"}
}

// next is the first prompt that has no marker yet, "" when all have.
func (l Live) next(prompts []string) string {
	for _, kind := range prompts {
		if _, done := l.Marked(kind); !done {
			return kind
		}
	}
	return ""
}
