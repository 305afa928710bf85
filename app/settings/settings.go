// Package settings is the one file of a room, and of headquarters, that people write by hand.
//
// A file is read whole or refused whole: every fault is listed with its line, unknown keys are faults, and
// nothing of a faulty file is used. Where a command needs a setting, this is the only reader.
package settings

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/capture/strict"
)

// Version is the form of the files this program reads and writes.
const Version = 1

// maxFile bounds a settings file.
const maxFile = 1 << 20

// RoomFile and HQFile are the files' names in a room's home and in headquarters' data.
const (
	RoomFile = "room.json"
	HQFile   = "hq.json"
)

// Room is room.json. A key marked omitempty may be left out.
type Room struct {
	V          int      `json:"v"`
	Room       string   `json:"room"`                 // room code, evidence.RoomForm
	Title      string   `json:"title"`                // what people call the room
	Org        string   `json:"org"`                  // the bureau, as the head of its papers says it
	HQ         string   `json:"hq"`                   // https://host:port
	Language   string   `json:"language,omitempty"`   // zh or en
	Use        string   `json:"use,omitempty"`        // what the machine is for: room or hall; the window opens there
	Place      string   `json:"place,omitempty"`      // address of the room, for its papers
	Cameras    []string `json:"cameras,omitempty"`    // sources, the room view first
	Microphone string   `json:"microphone,omitempty"` // source
	TSA        string   `json:"tsa,omitempty"`        // an outside time-stamping authority instead of headquarters'
	NTP        string   `json:"ntp,omitempty"`        // host of a time server
	UploadMax  int64    `json:"upload_max,omitempty"` // bytes a second; 0: as fast as it goes
	Hall       string   `json:"hall,omitempty"`       // code of the service hall whose duty log is kept here; several machines may share it
	HallTitle  string   `json:"hall_title,omitempty"` // what people call the hall
	// UploadFrom and UploadTo are the hours of the day, as 20:00 and 06:30 of this machine's clock, in which media
	// are sent; both empty: at any time.
	UploadFrom string `json:"upload_from,omitempty"`
	UploadTo   string `json:"upload_to,omitempty"`
}

// HallCode is the hall whose duty log is kept here: the one named, or the room itself.
func (r Room) HallCode() string { return cmp.Or(r.Hall, r.Room) }

// HallName is what people call it.
func (r Room) HallName() string { return cmp.Or(r.HallTitle, r.Title) }

// HQ is hq.json.
type HQ struct {
	V      int    `json:"v"`
	Name   string `json:"name"`             // the organisation
	Listen string `json:"listen,omitempty"` // host:port
	Store  string `json:"store,omitempty"`  // directory or s3 URL
	DB     string `json:"db,omitempty"`     // file or postgres URL
}

// What a machine is for.
const (
	UseRoom = "room" // an interview room; also where nothing is said
	UseHall = "hall" // a counter of a service hall
)

// FirstFound is the first device of the machine.
const FirstFound = "device:"

// Sources are the devices of a room: those of its settings, else the first of the machine. An IP camera brings its
// sound.
func (r Room) Sources() (cameras []string, microphone string) {
	cameras, microphone = slices.Clone(r.Cameras), r.Microphone
	if len(cameras) == 0 {
		cameras = []string{FirstFound}
	}
	if microphone == "" {
		microphone = FirstFound
		if strings.HasPrefix(cameras[0], "rtsp") {
			microphone = cameras[0]
		}
	}
	return cameras, microphone
}

// LoadRoom reads room.json in a home. A file that is not there answers fs.ErrNotExist; a faulty one strict.Faults.
func LoadRoom(home string) (Room, error) { return load(filepath.Join(home, RoomFile), ParseRoom) }

// LoadHQ reads hq.json in headquarters' data.
func LoadHQ(data string) (HQ, error) { return load(filepath.Join(data, HQFile), ParseHQ) }

func load[T any](path string, parse func(string, []byte) (T, error)) (none T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return none, fmt.Errorf("read settings: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return none, fmt.Errorf("read settings: %w", err)
	}
	if len(data) > maxFile {
		return none, strict.Faults{{File: path, Kind: strict.Size, Want: strict.AtMost(maxFile)}}
	}
	return parse(path, bytes.TrimPrefix(data, []byte("\ufeff")))
}

// ParseRoom reads the text of a room's settings; the error is strict.Faults.
func ParseRoom(file string, data []byte) (Room, error) {
	var r Room
	doc := strict.Decode(file, data, &r)
	if len(doc.Faults) == 0 {
		r.Check(doc)
	}
	if doc.Err() != nil {
		return Room{}, doc.Err()
	}
	return r, nil
}

// ParseHQ reads the text of headquarters' settings; the error is strict.Faults.
func ParseHQ(file string, data []byte) (HQ, error) {
	var q HQ
	doc := strict.Decode(file, data, &q)
	if len(doc.Faults) == 0 {
		checkVersion(doc, q.V)
		checkTitle(doc, "name", q.Name, true)
	}
	if doc.Err() != nil {
		return HQ{}, doc.Err()
	}
	return q, nil
}

// Save checks r and writes room.json in home, whole or not at all.
func (r Room) Save(fsys durable.FS, home string) error {
	return save(fsys, filepath.Join(home, RoomFile), r, ParseRoom)
}

// Save checks q and writes hq.json in data, whole or not at all.
func (q HQ) Save(fsys durable.FS, data string) error {
	return save(fsys, filepath.Join(data, HQFile), q, ParseHQ)
}

// save writes a file for people: one key a line.
func save[T any](fsys durable.FS, path string, v T, parse func(string, []byte) (T, error)) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	if err == nil {
		_, err = parse(path, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return durable.WriteFile(fsys, path, b.Bytes())
}

// Check adds what is wrong with r to the faults of doc.
func (r Room) Check(doc *strict.Doc) {
	checkVersion(doc, r.V)
	if !evidence.IsRoom(r.Room) {
		doc.Refuse("room", strict.Value, r.Room, evidence.RoomForm)
	}
	if r.Hall != "" && !evidence.IsRoom(r.Hall) {
		doc.Refuse("hall", strict.Value, r.Hall, evidence.RoomForm)
	}
	checkTitle(doc, "hall_title", r.HallTitle, false)
	checkTitle(doc, "title", r.Title, true)
	checkTitle(doc, "org", r.Org, false)
	checkTitle(doc, "place", r.Place, false)
	checkURL(doc, "hq", r.HQ, "https")
	if r.TSA != "" {
		checkURL(doc, "tsa", r.TSA, "https", "http")
	}
	if r.Language != "" && r.Language != "zh" && r.Language != "en" {
		doc.Refuse("language", strict.Value, r.Language, strict.OneOf("zh", "en"))
	}
	if r.Use != "" && r.Use != UseRoom && r.Use != UseHall {
		doc.Refuse("use", strict.Value, r.Use, strict.OneOf(UseRoom, UseHall))
	}
	for i, spec := range r.Cameras {
		checkSource(doc, fmt.Sprintf("cameras[%d]", i), spec)
	}
	if len(r.Cameras) > 2 {
		doc.Refuse("cameras", strict.Size, len(r.Cameras), strict.AtMost(2))
	}
	if r.Microphone != "" {
		checkSource(doc, "microphone", r.Microphone)
	}
	if strings.ContainsAny(r.NTP, "/ @") {
		doc.Refuse("ntp", strict.Value, r.NTP, "HOST")
	}
	if r.UploadMax < 0 {
		doc.Refuse("upload_max", strict.Value, r.UploadMax, "≥ 0")
	}
	r.checkHours(doc)
}

func checkVersion(doc *strict.Doc, v int) {
	if v != Version {
		doc.Refuse("v", strict.Value, v, strconv.Itoa(Version))
	}
}

// maxTitle bounds a name in characters.
const maxTitle = 1000

func checkTitle(doc *strict.Doc, field, title string, must bool) {
	switch {
	case must && strings.TrimSpace(title) == "":
		doc.Refuse(field, strict.Missing, nil, "")
	case utf8.RuneCountInString(title) > maxTitle:
		doc.Refuse(field, strict.Size, utf8.RuneCountInString(title), strict.AtMost(maxTitle))
	case strings.ContainsFunc(title, strict.Unprintable):
		doc.Refuse(field, strict.Control, nil, "")
	}
}

func checkURL(doc *strict.Doc, field, text string, schemes ...string) {
	u, err := url.Parse(text)
	for _, scheme := range schemes {
		if err == nil && u.Scheme == scheme && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
			return
		}
	}
	want := strings.Join(schemes, "://HOST | ") + "://HOST"
	doc.Refuse(field, strict.Value, nil, want) // the text may hold a password: it is not repeated
}

// sources are the ways to write a source.
const sources = "device: | device:NAME | synth: | file:PATH | rtsp://HOST/PATH"

func checkSource(doc *strict.Doc, field, spec string) {
	if _, err := source.ParseSpec(spec); err != nil {
		doc.Refuse(field, strict.Value, nil, sources)
	}
}
