package upload

import "time"

// Hours are the hours of the day in which media are sent, as time since midnight by the local clock; To may lie
// before From, over midnight. Equal ones are the whole day. Headquarters is told of recordings at any hour.
type Hours struct{ From, To time.Duration }

// Always reports whether there is no hour at which nothing is sent.
func (h Hours) Always() bool { return h.From == h.To }

// Open reports whether now lies within the hours.
func (h Hours) Open(now time.Time) bool {
	local := now.Local()
	hour, minute, second := local.Clock()
	at := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	switch {
	case h.Always():
		return true
	case h.From < h.To:
		return at >= h.From && at < h.To
	}
	return at >= h.From || at < h.To
}
