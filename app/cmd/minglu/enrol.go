package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/sync/enrol"
)

// notEnrolled says what to do about a home without settings; a faulty file keeps its own faults.
func notEnrolled(home string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open room %s: %w", home, room.ErrNoRoom)
	}
	return err
}

// enrolRoom makes the room's keys and gets its certificates from headquarters.
func enrolRoom(ctx context.Context, c *call) error {
	inv := enrol.Invitation{SM2: true}
	var org string
	flags := c.flags("minglu enrol")
	flags.StringVar(&inv.URL, "hq", "", "address of headquarters, https://HOST:PORT")
	flags.StringVar(&inv.Code, "code", "", "code of the invitation")
	flags.StringVar(&inv.Fingerprint, "ca-fingerprint", "", "sha256:HEX of headquarters' authority")
	flags.StringVar(&inv.Store, "key", "file", "where the seal key lies: file, tpm or pkcs11:…")
	flags.StringVar(&org, "org", "", "name of the bureau on its papers, if headquarters' is not wanted")
	if err := c.parse(flags, c.args); err != nil {
		return err
	}
	var lacks []string
	for name, value := range map[string]string{"--hq": inv.URL, "--code": inv.Code, "--ca-fingerprint": inv.Fingerprint} {
		if value == "" {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) > 0 {
		return usage("enrol needs %s", strings.Join(lacks, ", "))
	}
	inv.Home, inv.Open = c.home, tokenOpener(c.home)
	if err := durable.MkdirAll(durable.OS{}, c.home); err != nil {
		return err
	}
	j, err := enrol.Join(ctx, inv)
	if err != nil {
		return err
	}
	s := settings.Room{V: settings.Version, Room: j.Room, Title: j.Title, Org: first(org, bureau(c.home), j.Title), HQ: inv.URL, Language: string(c.lang)}
	if err := s.Save(durable.OS{}, c.home); err != nil {
		return err
	}
	c.say("enrol.done", "title", j.Title, "room", j.Room, "until", j.Expires.Format("2006-01-02"))
	return c.out.event(struct {
		Event       string `json:"event"`
		Room        string `json:"room"`
		Title       string `json:"title"`
		Certificate string `json:"certificate"`
		Expires     string `json:"expires"`
	}{"enrolled", j.Room, j.Title, j.Certificate, j.Expires.UTC().Format("2006-01-02T15:04:05Z")})
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
