package enrol

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/key"
	"minglu/sync/wire"
)

// Invitation is what a technician was given, and where the room lives.
type Invitation struct {
	URL         string // headquarters, https://host:port
	Code        string
	Fingerprint string // sha256:HEX of headquarters' root
	Home        string // H; keys go to H/keys, roots to H/root.pem
	Store       string // file, or pkcs11:…
	SM2         bool
	Open        key.Opener // for pkcs11; else nil
}

// Joined is an enrolled room.
type Joined struct {
	Room        string
	Title       string
	Hall        string // "" for a room alone
	HallTitle   string
	Certificate string // SHA-256 of the seal's certificate, hex
	Expires     time.Time
}

// Join enrols the room: it makes the keys, proves the code, has headquarters prove it too, and installs the
// certificates. After a crash or a lost answer the same call with the same code goes on and ends the same.
func Join(ctx context.Context, inv Invitation) (Joined, error) {
	j, err := join(ctx, inv)
	if err != nil {
		return Joined{}, fmt.Errorf("enrol at %s: %w", inv.URL, err)
	}
	return j, nil
}

func join(ctx context.Context, inv Invitation) (Joined, error) {
	code, err := parseCode(inv.Code)
	if err != nil {
		return Joined{}, &fault{faultCode, err}
	}
	secret, err := secretOf(code)
	if err != nil {
		return Joined{}, err
	}
	keys := filepath.Join(inv.Home, "keys")
	if _, err := os.Stat(filepath.Join(keys, "sign.pem")); err == nil {
		return Joined{}, &fault{faultEnrolled, fmt.Errorf("this room is enrolled already; to enrol it anew, move %s aside first", keys)}
	}
	line, err := newCall(inv.URL, inv.Fingerprint, nil)
	if err != nil {
		return Joined{}, err
	}
	defer line.close()
	ask := func(r wire.EnrolRequest) (wire.EnrolAnswer, error) { return line.enrol(ctx, code, secret, r) }
	who, err := ask(wire.EnrolRequest{})
	if err != nil {
		return Joined{}, err
	}
	if err := key.Create(keys, key.Plan{Room: who.Room, Store: inv.Store, SM2: inv.SM2, Open: inv.Open}); err != nil {
		return Joined{}, err
	}
	request, err := key.Request(keys, who.Room, inv.Open)
	if err != nil {
		return Joined{}, err
	}
	answer, err := ask(wire.EnrolRequest{
		Room: who.Room, SignCSR: request.Sign, SM2CSR: request.SM2, TLSCSR: request.TLS, LedgerKey: request.Ledger,
	})
	if err != nil {
		return Joined{}, err
	}
	return install(inv, who.Room, answer)
}

// install checks what headquarters issued and stores it: roots first, the seal's certificate last.
func install(inv Invitation, room string, a wire.EnrolAnswer) (Joined, error) {
	if answered, err := pinned([]byte(a.Roots), inv.Fingerprint); err != nil || !answered {
		return Joined{}, &fault{faultStranger, errors.Join(errors.New("the roots it sends are not those of the fingerprint"), err)}
	}
	leaf, err := checkIssued(room, a)
	if err != nil {
		return Joined{}, err
	}
	if err := durable.WriteFile(durable.OS{}, filepath.Join(inv.Home, "root.pem"), []byte(a.Roots)); err != nil {
		return Joined{}, err
	}
	issued := key.Issued{Sign: a.SignChain, SM2: a.SM2Chain, TLS: a.TLSChain, HQ: a.HQKey}
	if err := key.Install(filepath.Join(inv.Home, "keys"), issued, inv.Open); err != nil {
		return Joined{}, err
	}
	return Joined{Room: room, Title: a.Title, Hall: a.Hall, HallTitle: a.HallTitle, Certificate: leaf.Fingerprint(), Expires: leaf.NotAfter}, nil
}

// checkIssued checks that the seals are below the roots and for this room.
func checkIssued(room string, a wire.EnrolAnswer) (*evidence.Certificate, error) {
	roots, err := evidence.ParseRoots([]byte(a.Roots))
	if err != nil {
		return nil, err
	}
	var seal *evidence.Certificate
	for _, text := range []string{a.SignChain, a.SM2Chain} {
		if text == "" && seal != nil {
			continue // no SM2
		}
		chain, err := evidence.ParseCertificates([]byte(text))
		if err != nil {
			return nil, err
		}
		// Judged at its own time: this machine's clock may be wrong, and says nothing about the certificate.
		if err := roots.Trust(chain, chain[0].NotBefore, evidence.UseSeal); err != nil {
			return nil, err
		}
		if chain[0].Room != room {
			return nil, fmt.Errorf("the certificate is for room %q, not %s", chain[0].Room, room)
		}
		if seal == nil {
			seal = chain[0]
		}
	}
	return seal, nil
}

// Renew asks for new certificates for the same keys and installs them.
func Renew(ctx context.Context, inv Invitation) (Joined, error) {
	dir := filepath.Join(inv.Home, "keys")
	k, err := key.Open(dir, inv.Open)
	if err != nil {
		return Joined{}, fmt.Errorf("renew certificates: %w", err)
	}
	room, client := k.Sign.Chain()[0], k.TLS
	if err := k.Close(); err != nil {
		return Joined{}, fmt.Errorf("renew certificates: %w", err)
	}
	leaf, err := evidence.ParseCertificate(room)
	if err != nil {
		return Joined{}, fmt.Errorf("renew certificates: %w", err)
	}
	request, err := key.Request(dir, leaf.Room, inv.Open)
	if err != nil {
		return Joined{}, fmt.Errorf("renew certificates: %w", err)
	}
	line, err := newCall(inv.URL, inv.Fingerprint, &client)
	if err != nil {
		return Joined{}, fmt.Errorf("renew certificates: %w", err)
	}
	defer line.close()
	answer, _, err := line.post(ctx, "/v1/renew", wire.EnrolRequest{
		Room: leaf.Room, SignCSR: request.Sign, SM2CSR: request.SM2, TLSCSR: request.TLS, LedgerKey: request.Ledger,
	})
	if err != nil {
		return Joined{}, fmt.Errorf("renew certificates at %s: %w", inv.URL, err)
	}
	return install(inv, leaf.Room, answer)
}
