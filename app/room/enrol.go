package room

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"time"

	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/capture/key"
	"minglu/sync/enrol"
)

// Ticket is what an enrolment needs; it travels as JSON to the program that can reach the keys' token.
type Ticket struct {
	URL         string `json:"hq"`
	Code        string `json:"code"`
	Fingerprint string `json:"ca_fingerprint"`
	Store       string `json:"key"` // file, or pkcs11:…
	Org         string `json:"org"` // names the bureau on papers; "" takes headquarters' name
	Language    string `json:"language"`
	Use         string `json:"use"` // room or hall; "" is a room
}

// Enrolled is the contract's answer to an enrolment.
type Enrolled struct {
	Event       string `json:"event"`
	Room        string `json:"room"`
	Title       string `json:"title"`
	Certificate string `json:"certificate"`
	Expires     string `json:"expires"`
}

// Enrol makes the room's keys, gets its certificates from headquarters and writes its settings last: a home
// with settings is enrolled.
func Enrol(ctx context.Context, home string, t Ticket, token key.Opener) (Enrolled, error) {
	if err := durable.MkdirAll(durable.OS{}, home); err != nil {
		return Enrolled{}, err
	}
	j, err := enrol.Join(ctx, enrol.Invitation{
		URL: t.URL, Code: t.Code, Fingerprint: t.Fingerprint, Home: home, Store: t.Store, SM2: true, Open: token,
	})
	if err != nil {
		return Enrolled{}, err
	}
	s := settings.Room{V: settings.Version, Room: j.Room, Title: j.Title, Org: t.Org, HQ: t.URL, Language: t.Language, Use: t.Use, Hall: j.Hall, HallTitle: j.HallTitle}
	if s.Org == "" {
		s.Org = bureau(home)
	}
	if s.Org == "" {
		s.Org = j.Title
	}
	if err := s.Save(durable.OS{}, home); err != nil {
		return Enrolled{}, err
	}
	return Enrolled{"enrolled", j.Room, j.Title, j.Certificate, j.Expires.UTC().Format(time.RFC3339)}, nil
}

// bureau is the organisation that the room's certificate names, "" if it names none.
func bureau(home string) string {
	raw, err := os.ReadFile(filepath.Join(home, "keys", "sign.pem"))
	if err != nil {
		return ""
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return ""
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil || len(c.Subject.Organization) == 0 {
		return ""
	}
	return c.Subject.Organization[0]
}
