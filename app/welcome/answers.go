// Package welcome prepares a new room: it asks headquarters in, chooses devices and tries them. With answers
// from a file it does so without a window, and as often as it is called: what is done is not done again.
package welcome

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/strict"
)

// Answers are what a person would answer in the window. A key marked omitempty may be left out.
type Answers struct {
	V           int      `json:"v"`
	Language    string   `json:"language"`       // zh or en
	Use         string   `json:"use,omitempty"`  // room or hall
	HQ          string   `json:"hq"`             // https://host:port
	Code        string   `json:"code"`           // of the invitation
	Fingerprint string   `json:"ca_fingerprint"` // sha256:HEX of headquarters' authority
	Key         string   `json:"key,omitempty"`  // where the seal key lies: file, or pkcs11:…
	Org         string   `json:"org,omitempty"`
	Place       string   `json:"place,omitempty"`
	Cameras     []string `json:"cameras,omitempty"`
	Microphone  string   `json:"microphone,omitempty"`
	NTP         string   `json:"ntp,omitempty"`
	TSA         string   `json:"tsa,omitempty"`
	UploadMax   int64    `json:"upload_max,omitempty"`
	Trial       bool     `json:"trial,omitempty"` // try the devices
}

// maxAnswers bounds the file.
const maxAnswers = 1 << 20

var fingerprint = regexp.MustCompile(`^sha256:[0-9a-fA-F]{64}$`)

// LoadAnswers reads a file of answers; a faulty one answers strict.Faults, all of them.
func LoadAnswers(path string) (Answers, error) {
	f, err := os.Open(path)
	if err != nil {
		return Answers{}, fmt.Errorf("read answers: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAnswers+1))
	if err != nil {
		return Answers{}, fmt.Errorf("read answers: %w", err)
	}
	if len(text) > maxAnswers {
		return Answers{}, strict.Faults{{File: path, Kind: strict.Size, Want: strict.AtMost(maxAnswers)}}
	}
	return ParseAnswers(path, bytes.TrimPrefix(text, []byte("\ufeff")))
}

// ParseAnswers reads the text of a file of answers; the error is strict.Faults.
func ParseAnswers(file string, text []byte) (Answers, error) {
	var a Answers
	doc := strict.Decode(file, text, &a)
	if len(doc.Faults) == 0 {
		a.check(doc)
	}
	if doc.Err() != nil {
		return Answers{}, doc.Err()
	}
	return a, nil
}

// check judges the enrolment's answers; the others are judged as the settings they become.
func (a Answers) check(doc *strict.Doc) {
	if strings.TrimSpace(a.Code) == "" {
		doc.Refuse("code", strict.Missing, nil, "")
	}
	if !fingerprint.MatchString(a.Fingerprint) {
		doc.Refuse("ca_fingerprint", strict.Value, a.Fingerprint, "sha256:HEX")
	}
	if a.Key != "" && a.Key != "file" && !strings.HasPrefix(a.Key, "pkcs11:") {
		doc.Refuse("key", strict.Value, nil, strict.OneOf("file", "pkcs11:…"))
	}
	// The room's code and title come from headquarters; any that fit stand in for them.
	a.into(settings.Room{V: a.V, Room: "A1", Title: "-", HQ: a.HQ}).Check(doc)
}

// into puts the answers into a room's settings. What was left out stays as it is.
func (a Answers) into(s settings.Room) settings.Room {
	for _, p := range []struct {
		to   *string
		from string
	}{{&s.Language, a.Language}, {&s.Use, a.Use}, {&s.Org, a.Org}, {&s.Place, a.Place}, {&s.Microphone, a.Microphone}, {&s.NTP, a.NTP}, {&s.TSA, a.TSA}} {
		if p.from != "" {
			*p.to = p.from
		}
	}
	if len(a.Cameras) > 0 {
		s.Cameras = a.Cameras
	}
	if a.UploadMax != 0 {
		s.UploadMax = a.UploadMax
	}
	return s
}

// ticket is what the enrolment needs of the answers.
func (a Answers) ticket() room.Ticket {
	store := a.Key
	if store == "" {
		store = "file"
	}
	return room.Ticket{URL: a.HQ, Code: a.Code, Fingerprint: a.Fingerprint, Store: store, Org: a.Org, Language: a.Language, Use: a.Use}
}
