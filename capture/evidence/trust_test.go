package evidence_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
)

func chainOf(t *testing.T, s evidence.Signer) []*evidence.Certificate {
	t.Helper()
	var chain []*evidence.Certificate
	for _, der := range s.Chain() {
		c, err := evidence.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	return chain
}

func TestEachDistrustHasItsReason(t *testing.T) {
	suites(t, func(t *testing.T, p *pkitest.PKI, s evidence.Suite) {
		now := p.Now()
		room := p.Issue(pkitest.Leaf{Suite: s, Name: "R101", URI: evidence.RoomURI + "R101"})
		expired := p.Issue(pkitest.Leaf{Suite: s, Name: "R102", From: now.AddDate(-3, 0, 0), To: now.AddDate(-1, 0, 0)})
		tsa := p.TSA(s)
		stranger := pkitest.New(t).Issue(pkitest.Leaf{Suite: s, Name: "R101"})
		roots, revoking := p.Roots(), p.Roots()
		if err := revoking.Revoke(p.Revoke(room, now.Add(-time.Hour))); err != nil {
			t.Fatal(err)
		}
		forged := p.Roots() // a list by a stranger who took the authority's name
		if err := forged.Revoke(pkitest.New(t).Revoke(room, now.Add(-time.Hour))); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name  string
			roots *evidence.Roots
			who   evidence.Signer
			at    time.Time
			use   evidence.Use
			want  evidence.Reason
		}{
			{"a room's seal", roots, room, now, evidence.UseSeal, ""},
			{"a time authority's token", roots, tsa, now, evidence.UseStamp, ""},
			{"expired today, judged when it was valid", roots, expired, now.AddDate(-2, 0, 0), evidence.UseSeal, ""},
			{"expired", roots, expired, now, evidence.UseSeal, evidence.ReasonExpired},
			{"before its first day", roots, room, now.AddDate(0, 0, -2), evidence.UseSeal, evidence.ReasonNotYetValid},
			{"a time authority's key as seal", roots, tsa, now, evidence.UseSeal, evidence.ReasonWrongUse},
			{"a room's key as time authority", roots, room, now, evidence.UseStamp, evidence.ReasonWrongUse},
			{"a self-made authority", roots, stranger, now, evidence.UseSeal, evidence.ReasonUnknown},
			{"no roots", &evidence.Roots{}, room, now, evidence.UseSeal, evidence.ReasonNoRoots},
			{"revoked before", revoking, room, now, evidence.UseSeal, evidence.ReasonRevoked},
			{"revoked after", revoking, room, now.Add(-2 * time.Hour), evidence.UseSeal, ""},
			{"another is revoked", revoking, p.Issue(pkitest.Leaf{Suite: s, Name: "R103"}), now, evidence.UseSeal, ""},
			{"a forged revocation list", forged, room, now, evidence.UseSeal, evidence.ReasonBroken},
		} {
			err := c.roots.Trust(chainOf(t, c.who), c.at, c.use)
			var no *evidence.Distrust
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%s: %v", c.name, err)
			case c.want != "" && (!errors.As(err, &no) || no.Reason != c.want):
				t.Errorf("%s: got %v; want %s", c.name, err, c.want)
			}
		}
	})
}

func TestARootIsAnAuthorityThatSignsItself(t *testing.T) {
	p := pkitest.New(t)
	leaf := chainOf(t, p.Room("R101"))
	for name, text := range map[string][]byte{"a leaf": leaf[0].PEM(), "a rooms CA": leaf[1].PEM(), "nothing": nil, "no PEM": []byte("x")} {
		if _, err := evidence.ParseRoots(text); err == nil {
			t.Errorf("%s is taken as root", name)
		}
	}
	if err := p.Roots().Revoke([]byte("x")); err == nil || !strings.Contains(err.Error(), "X509 CRL") {
		t.Errorf("got %v for a file without a list", err)
	}
}

func TestAKeyIsNotJoinedToAnothersCertificate(t *testing.T) {
	if _, err := evidence.NewSigner(nil, nil); err == nil {
		t.Error("no certificate is accepted")
	}
	if _, err := evidence.NewSigner(nil, [][]byte{{1, 2, 3}}); err == nil {
		t.Error("noise is accepted as certificate")
	}
}

func TestASignedLineIsTheRoomsAndNoBitOfItChanges(t *testing.T) {
	p := pkitest.New(t)
	room := p.Room("R101")
	l, err := evidence.Line{N: 1, Prev: evidence.NoHead, Kind: evidence.KindCheckpoint, UTC: evidence.FormatTime(p.Now()), Body: []byte(`{"lines":0,"at_ms":0}`)}.Signed(room)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := l.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	cert := chainOf(t, room)[0]
	if err := evidence.VerifyLine(cert, raw); err != nil {
		t.Fatal(err)
	}
	for i := range len(raw) * 8 {
		raw[i/8] ^= 1 << (i % 8)
		if evidence.VerifyLine(cert, raw) == nil {
			t.Errorf("bit %d of byte %d flipped: accepted", i%8, i/8)
		}
		raw[i/8] ^= 1 << (i % 8)
	}
	if err := evidence.VerifyLine(chainOf(t, p.Room("R102"))[0], raw); err == nil {
		t.Error("another room's line is accepted")
	}
	if _, err := l.Signed(p.RoomSM2("R101")); err == nil {
		t.Error("a line is signed with SM2")
	}
}
