package enrol

import (
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"minglu/capture/durable"
)

// revoked is one entry of D/ca/revoked.json.
type revoked struct {
	Room   string    `json:"room"`
	Serial string    `json:"serial"` // hex
	Issuer string    `json:"issuer"` // sign, sm2, tls
	From   time.Time `json:"from"`
	Why    string    `json:"why"`
}

// Revoke takes all certificates of a room back from a time on: what it sealed before, by a trusted time, stays
// good. To come back the room needs a new code and new keys.
func (a *Authority) Revoke(room string, from time.Time, why string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, err := a.Member(room)
	if err != nil {
		return fmt.Errorf("revoke room: %w", err)
	}
	list, err := a.revokedEntries()
	if err != nil {
		return fmt.Errorf("revoke room: %w", err)
	}
	known := map[string]bool{}
	for _, e := range list {
		known[e.Serial] = true
	}
	for _, i := range m.Issued {
		for issuer, serial := range map[string]string{"sign": i.Sign, "sm2": i.SM2, "tls": i.TLS} {
			if serial != "" && !known[serial] {
				list = append(list, revoked{room, serial, issuer, from.UTC().Truncate(time.Second), why})
			}
		}
	}
	text, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return fmt.Errorf("revoke room: %w", err)
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(a.dir, "revoked.json"), text)
}

// refuseRevoked keeps keys out whose certificates were revoked: whoever stole them has them still.
func (a *Authority) refuseRevoked(room string, w wanted) error {
	m, err := a.Member(room)
	var unknown *Refused
	if errors.As(err, &unknown) || err == nil && m.Keys != w.keys {
		return nil // a new room, or new keys
	}
	if err != nil {
		return err
	}
	list, err := a.revokedEntries()
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Room == room && e.Serial == m.Issued[len(m.Issued)-1].Sign {
			return refuse("the certificates of these keys were revoked; move the room's keys folder aside and enrol again")
		}
	}
	return nil
}

func (a *Authority) revokedEntries() ([]revoked, error) {
	text, err := os.ReadFile(filepath.Join(a.dir, "revoked.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []revoked
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read revoked.json: %w", err)
	}
	return list, nil
}

// RevocationLists are the signed lists of the rooms CA, the SM2 rooms CA and the TLS CA, PEM.
func (a *Authority) RevocationLists() ([]byte, error) {
	entries, err := a.revokedEntries()
	if err != nil {
		return nil, fmt.Errorf("sign revocation lists: %w", err)
	}
	var lists []byte
	for _, by := range []struct {
		issuer string
		pair
	}{{"sign", a.rooms}, {"sm2", a.roomsSM2}, {"tls", a.line}} {
		now := a.Now().UTC()
		list := &smx509.RevocationList{Number: big.NewInt(now.UnixMilli()), ThisUpdate: now, NextUpdate: now.AddDate(0, 0, 30)}
		for _, e := range entries {
			serial, ok := new(big.Int).SetString(e.Serial, 16)
			if e.Issuer == by.issuer && ok {
				list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, smx509.RevocationListEntry{SerialNumber: serial, RevocationTime: e.From})
			}
		}
		der, err := smx509.CreateRevocationList(rand.Reader, list, by.cert, by.key)
		if err != nil {
			return nil, fmt.Errorf("sign revocation lists: %w", err)
		}
		lists = append(lists, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	return lists, nil
}
