package enrol

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/mod/sumdb/note"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/key"
	"minglu/sync/wire"
)

// Member is an admitted room, D/ca/rooms/CODE.json.
type Member struct {
	V int `json:"v"`
	Seat
	LedgerKey string    `json:"ledger_key"` // note verifier key of the room's ledger
	Admitted  time.Time `json:"admitted"`
	Issued    []Issued  `json:"issued"` // oldest first
	// Keys and Answer serve a repeated renewal.
	Keys   string           `json:"keys"`
	Answer wire.EnrolAnswer `json:"answer"`
}

// Issued names the certificates of one issue by their serial numbers, hex.
type Issued struct {
	At   time.Time `json:"at"`
	Sign string    `json:"sign"`
	SM2  string    `json:"sm2"`
	TLS  string    `json:"tls"`
}

// wanted are the checked requests of a room.
type wanted struct {
	sign, sm2, tls crypto.PublicKey // sm2 may be nil
	keys           string           // digest of all its keys
	ledger         string
}

// Enrol answers a request. server is the DER certificate that the connection showed the room.
func (a *Authority) Enrol(r wire.EnrolRequest, server []byte) (wire.EnrolAnswer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	inv, err := a.admit(r, server)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	answer := wire.EnrolAnswer{Room: inv.Room, Title: inv.Title, Hall: inv.Hall, HallTitle: inv.HallTitle}
	if len(r.SignCSR) > 0 {
		if answer, err = a.use(r, inv); err != nil {
			return wire.EnrolAnswer{}, err
		}
	}
	answer.Proof, err = proveAnswer(inv.Secret, server, r.Proof, answer)
	return answer, err
}

// use issues for an invitation, once; the same keys get the same answer again.
func (a *Authority) use(r wire.EnrolRequest, inv invitation) (wire.EnrolAnswer, error) {
	if r.Room != inv.Room {
		return wire.EnrolAnswer{}, refuse(fmt.Sprintf("the code is for room %s, not %.40q", inv.Room, r.Room))
	}
	want, err := readRequests(r)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	if inv.Answer != nil {
		if inv.Keys != want.keys {
			return wire.EnrolAnswer{}, refuse("this code was used already; ask headquarters for a new one")
		}
		return *inv.Answer, nil
	}
	if err := a.refuseRevoked(inv.Room, want); err != nil {
		return wire.EnrolAnswer{}, err
	}
	answer, err := a.issue(inv.Seat, want)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	inv.Keys, inv.Answer = want.keys, &answer
	return answer, a.saveInvite(r.Invitation, inv)
}

// Renew issues anew for the keys a room has. The room is the one its TLS certificate names.
func (a *Authority) Renew(room string, r wire.EnrolRequest) (wire.EnrolAnswer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, err := a.Member(room)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	want, err := readRequests(r)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	if want.keys != m.Keys {
		return wire.EnrolAnswer{}, refuse("a renewal is for the keys headquarters knows; new keys need a new code")
	}
	if a.Now().Before(m.Issued[len(m.Issued)-1].At.Add(24 * time.Hour)) {
		return m.Answer, nil // asked again: the answer was lost
	}
	return a.issue(m.Seat, want)
}

// issue makes the certificates and enters them into the room's file before anybody sees them.
func (a *Authority) issue(seat Seat, w wanted) (wire.EnrolAnswer, error) {
	room := seat.Room
	m, err := a.Member(room)
	var unknown *Refused
	if errors.As(err, &unknown) {
		m = Member{V: 1, Seat: seat, Admitted: a.Now().UTC()}
	} else if err != nil {
		return wire.EnrolAnswer{}, err
	}
	uri := roomURI(room)
	seal := func(t *smx509.Certificate) { asSeal(t, uri) }
	answer := wire.EnrolAnswer{Room: room, Title: seat.Title, Roots: string(a.RootsPEM()), HQKey: a.LedgerKey, Hall: seat.Hall, HallTitle: seat.HallTitle}
	entry := Issued{At: a.Now().UTC()}
	for _, c := range []struct {
		from   pair
		shape  func(*smx509.Certificate)
		public crypto.PublicKey
		serial *string
		chain  *string
	}{
		{a.rooms, seal, w.sign, &entry.Sign, &answer.SignChain},
		{a.roomsSM2, seal, w.sm2, &entry.SM2, &answer.SM2Chain},
		{a.line, func(t *smx509.Certificate) { asClient(t, uri) }, w.tls, &entry.TLS, &answer.TLSChain},
	} {
		if c.public == nil {
			continue
		}
		if *c.serial, *c.chain, err = a.leaf(c.from, room, c.shape, c.public); err != nil {
			return wire.EnrolAnswer{}, err
		}
	}
	m.Seat, m.LedgerKey, m.Keys, m.Answer = seat, w.ledger, w.keys, answer
	m.Issued = append(m.Issued, entry)
	return answer, a.saveMember(m)
}

func (a *Authority) leaf(from pair, room string, shape func(*smx509.Certificate), public crypto.PublicKey) (serial, chain string, err error) {
	t, err := template(a.Org, room, a.Now(), roomYears)
	if err != nil {
		return "", "", err
	}
	shape(t)
	cert, err := from.sign(t, public)
	if err != nil {
		return "", "", err
	}
	return cert.SerialNumber.Text(16), string(pair{cert: cert}.pem()) + string(from.pem()), nil
}

// HallOf is the hall whose duty log an admitted room keeps: the one it was invited to, or itself.
func (a *Authority) HallOf(room string) (string, error) {
	m, err := a.Member(room)
	return cmp.Or(m.Hall, room), err
}

// Members lists the admitted rooms, by their codes.
func (a *Authority) Members() ([]Member, error) {
	files, err := filepath.Glob(a.memberPath("*"))
	if err != nil {
		return nil, err
	}
	var list []Member
	for _, f := range files {
		m, err := a.Member(strings.TrimSuffix(filepath.Base(f), ".json"))
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// Member finds an admitted room.
func (a *Authority) Member(room string) (Member, error) {
	if !evidence.IsRoom(room) {
		return Member{}, refuse(fmt.Sprintf("%.40q is no room code", room))
	}
	text, err := os.ReadFile(a.memberPath(room))
	if errors.Is(err, fs.ErrNotExist) {
		return Member{}, refuse(fmt.Sprintf("room %s is not enrolled here", room))
	}
	if err != nil {
		return Member{}, err
	}
	var m Member
	if err := json.Unmarshal(text, &m); err != nil || len(m.Issued) == 0 {
		return Member{}, fmt.Errorf("read room %s: its file is damaged: %v", room, err)
	}
	return m, nil
}

func (a *Authority) memberPath(room string) string {
	return filepath.Join(a.dir, "rooms", room+".json")
}

func (a *Authority) saveMember(m Member) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, a.memberPath(m.Room), text)
}

// readRequests checks that each request is signed by its own key of the right kind, and lists all faults.
func readRequests(r wire.EnrolRequest) (wanted, error) {
	var faults []string
	var keys bytes.Buffer
	read := func(name string, der []byte, s evidence.Suite) crypto.PublicKey {
		csr, err := smx509.ParseCertificateRequest(der)
		if err == nil {
			err = csr.CheckSignature()
		}
		if err == nil && !keyIs(csr.PublicKey, s) {
			err = fmt.Errorf("its key is not %s", s)
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("request for the %s certificate: %v", name, err))
			return nil
		}
		sum := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
		keys.Write(sum[:])
		return csr.PublicKey
	}
	w := wanted{ledger: r.LedgerKey}
	w.sign = read("seal", r.SignCSR, evidence.SuiteP256)
	w.tls = read("TLS", r.TLSCSR, evidence.SuiteP256)
	if len(r.SM2CSR) > 0 {
		w.sm2 = read("SM2", r.SM2CSR, evidence.SuiteSM2)
	}
	if v, err := note.NewVerifier(r.LedgerKey); err != nil {
		faults = append(faults, fmt.Sprintf("ledger key: %v", err))
	} else if v.Name() != key.LedgerName(r.Room) {
		faults = append(faults, fmt.Sprintf("ledger key: it was made for %.80s, not for room %.40q; move the keys folder aside and enrol again", v.Name(), r.Room))
	}
	if faults != nil {
		return wanted{}, refuse(faults...)
	}
	sum := sha256.Sum256(append(keys.Bytes(), r.LedgerKey...))
	w.keys = hex.EncodeToString(sum[:])
	return w, nil
}

func keyIs(public crypto.PublicKey, s evidence.Suite) bool {
	k, ok := public.(*ecdsa.PublicKey)
	return ok && (s == evidence.SuiteP256 && k.Curve == elliptic.P256() || s == evidence.SuiteSM2 && k.Curve == sm2.P256())
}

// roomOf reads the room from the URIs of a certificate.
func roomOf(uris []*url.URL) (string, error) {
	for _, u := range uris {
		if room, ok := strings.CutPrefix(u.String(), evidence.RoomURI); ok && evidence.IsRoom(room) {
			return room, nil
		}
	}
	return "", refuse("the certificate names no room")
}
