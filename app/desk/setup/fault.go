package setup

import (
	"strings"

	"minglu/app/settings"
	"minglu/capture/attach"
)

// wrong is a setting that cannot be kept, with a code of i18n.
type wrong struct{ code string }

func (w wrong) Error() string     { return w.code }
func (w wrong) FaultCode() string { return w.code }

// faults lists what is wrong with the settings of this screen, each at its field.
func faults(room settings.Room) []Fault {
	var all []Fault
	for _, f := range room.Faults() {
		switch {
		case f.Field == "cameras[1]":
			all = append(all, Fault{Camera2, wrong{"setting.source"}})
		case strings.HasPrefix(f.Field, "cameras"):
			all = append(all, Fault{Camera, wrong{"setting.source"}})
		case f.Field == string(Microphone):
			all = append(all, Fault{Microphone, wrong{"setting.source"}})
		case f.Field == string(NTP):
			all = append(all, Fault{NTP, wrong{"setting.host"}})
		case f.Field == string(Place):
			all = append(all, Fault{Place, wrong{"setting.text"}})
		}
	}
	if len(room.Cameras) == 2 && room.Cameras[0] == room.Cameras[1] {
		all = append(all, Fault{Camera2, wrong{"setting.twice"}})
	}
	return all
}

// blind are the chosen devices that were changed on the screen and were not seen to work: what does not open is
// not kept. A device that is kept already may be unplugged for today. The caller holds the lock.
func (m *Model) blind() []Fault {
	var all []Fault
	kept, chosen := order(m.kept.Now()), order(m.now.Room)
	for i, c := range chosen.Cameras {
		if at(kept.Cameras, i) != c && i < 2 {
			all = append(all, m.unseen([]Field{Camera, Camera2}[i], true, c)...)
		}
	}
	if chosen.Microphone != kept.Microphone {
		all = append(all, m.unseen(Microphone, false, chosen.Microphone)...)
	}
	return all
}

// unseen is the fault of a device that does not work, or was not tried yet.
func (m *Model) unseen(field Field, camera bool, source string) []Fault {
	for _, s := range m.Sight.Newest() {
		switch {
		case s.Camera != camera || s.Source != source:
		case s.Fault != "":
			return []Fault{{field, &attach.Refused{Code: s.Code, Detail: s.Fault}}}
		case s.Title != "":
			return nil
		}
	}
	return []Fault{{field, wrong{"setting.trying"}}}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}
