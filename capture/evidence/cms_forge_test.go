package evidence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
)

// The forms of a CMS again, written apart from the verifier's, to build what it must refuse.
type (
	forgedInfo struct {
		Type asn1.ObjectIdentifier
		Data forgedData `asn1:"explicit,tag:0"`
	}
	forgedData struct {
		Version int
		Digests []pkix.AlgorithmIdentifier `asn1:"set"`
		Content asn1.RawValue
		Certs   []asn1.RawValue `asn1:"tag:0,optional"`
		Signers []forgedSigner  `asn1:"set"`
	}
	forgedSigner struct {
		Version   int
		ID        asn1.RawValue
		Digest    pkix.AlgorithmIdentifier
		Signed    []forgedAttr `asn1:"set,tag:0"`
		Algorithm pkix.AlgorithmIdentifier
		Value     []byte
		Unsigned  []forgedAttr `asn1:"set,optional,tag:1"`
	}
	forgedAttr struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
)

func open(t *testing.T, cms []byte) forgedInfo {
	t.Helper()
	var f forgedInfo
	if rest, err := asn1.Unmarshal(cms, &f); err != nil || len(rest) > 0 {
		t.Fatalf("%d bytes left, %v", len(rest), err)
	}
	return f
}

func shut(t *testing.T, f forgedInfo) []byte {
	t.Helper()
	der, err := asn1.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// resign signs the attributes anew, as the room itself could.
func resign(t *testing.T, s evidence.Signer, f *forgedInfo) {
	t.Helper()
	signer := &f.Data.Signers[0]
	message, err := asn1.MarshalWithParams(signer.Signed, "set")
	if err != nil {
		t.Fatal(err)
	}
	signer.Value, err = s.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAForgedSealIsRefusedWithItsReason(t *testing.T) {
	p := pkitest.New(t)
	room, other := p.Room("R101"), p.Room("R102")
	good, err := evidence.SignCMS(room, content, p.Now())
	if err != nil {
		t.Fatal(err)
	}
	raw := func(der []byte) asn1.RawValue { return asn1.RawValue{FullBytes: der} }
	null := asn1.RawValue{FullBytes: []byte{4, 0}}
	for _, c := range []struct {
		want  string
		forge func(f *forgedInfo)
	}{
		{"signers", func(f *forgedInfo) { f.Data.Signers = append(f.Data.Signers, f.Data.Signers[0]) }},
		{"signers", func(f *forgedInfo) { f.Data.Signers = nil }},
		{"digests", func(f *forgedInfo) { f.Data.Digests = append(f.Data.Digests, f.Data.Digests[0]) }},
		{"does not belong", func(f *forgedInfo) {
			f.Data.Certs = append(f.Data.Certs, raw(other.Chain()[0]))
			slices.SortFunc(f.Data.Certs, func(a, b asn1.RawValue) int { return bytes.Compare(a.FullBytes, b.FullBytes) })
		}},
		{"does not belong", func(f *forgedInfo) { f.Data.Certs = append(f.Data.Certs, f.Data.Certs[0]) }},
		{"not sorted", func(f *forgedInfo) { slices.Reverse(f.Data.Certs) }},
		{"0 certificates", func(f *forgedInfo) { f.Data.Certs = nil }},
		{"not in it", func(f *forgedInfo) { f.Data.Certs = []asn1.RawValue{raw(other.Chain()[0]), raw(other.Chain()[1])} }},
		{"names 2 certificates", func(f *forgedInfo) { f.Data.Certs = []asn1.RawValue{raw(room.Chain()[0])} }},
		{"not known", func(f *forgedInfo) {
			f.Data.Signers[0].Signed = append(f.Data.Signers[0].Signed, forgedAttr{asn1.ObjectIdentifier{1, 2, 3}, []asn1.RawValue{null}})
			resign(t, room, f)
		}},
		{"is missing", func(f *forgedInfo) { f.Data.Signers[0].Signed = without(f, 3); resign(t, room, f) }},
		{"is missing", func(f *forgedInfo) { f.Data.Signers[0].Signed = without(f, 4); resign(t, room, f) }},
		{"signing-certificate-v2", func(f *forgedInfo) { f.Data.Signers[0].Signed = without(f, 47); resign(t, room, f) }},
		{"not exactly one value", func(f *forgedInfo) {
			f.Data.Signers[0].Signed = append(f.Data.Signers[0].Signed, f.Data.Signers[0].Signed[0])
			resign(t, room, f)
		}},
		{"unsigned attributes", func(f *forgedInfo) {
			f.Data.Signers[0].Unsigned = []forgedAttr{{asn1.ObjectIdentifier{1, 2, 3}, []asn1.RawValue{null}}}
		}},
		{"unsigned attributes", func(f *forgedInfo) { f.Data.Signers[0].Unsigned = []forgedAttr{} }},
		{"does not fit", func(f *forgedInfo) { resign(t, other, f) }},
		{"has parameters", func(f *forgedInfo) { f.Data.Signers[0].Algorithm.Parameters = null }},
		{"version or digest", func(f *forgedInfo) { f.Data.Signers[0].Version = 3 }},
		{"not a detached", func(f *forgedInfo) { f.Data.Version = 3 }},
	} {
		f := open(t, good)
		c.forge(&f)
		if _, err := evidence.VerifyCMS(shut(t, f), content); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v; want %q", err, c.want)
		}
	}
}

// without leaves out the signed attribute whose identifier ends in last.
func without(f *forgedInfo, last int) []forgedAttr {
	return slices.DeleteFunc(f.Data.Signers[0].Signed, func(a forgedAttr) bool { return a.Type[len(a.Type)-1] == last })
}

func TestAnotherEncodingOfTheSameSealIsRefused(t *testing.T) {
	p := pkitest.New(t)
	good, err := evidence.SignCMS(p.Room("R101"), content, p.Now())
	if err != nil {
		t.Fatal(err)
	}
	// BER: the outermost length with a leading zero octet.
	if good[0] != 0x30 || good[1] != 0x82 {
		t.Fatalf("the seal begins % x", good[:4])
	}
	longer := append([]byte{0x30, 0x83, 0, good[2], good[3]}, good[4:]...)
	indefinite := append(append([]byte{0x30, 0x80}, good[4:]...), 0, 0)
	for _, der := range [][]byte{longer, indefinite} {
		if _, err := evidence.VerifyCMS(der, content); err == nil {
			t.Error("accepted")
		}
	}
}

func TestATokenOverOtherDataIsRefused(t *testing.T) {
	p := pkitest.New(t)
	token, err := p.Stamper(evidence.SuiteP256).Stamp(context.Background(), sha256.Sum256([]byte("else")))
	if err != nil {
		t.Fatal(err)
	}
	cms, err := evidence.SignCMS(p.Room("R101"), content, p.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.AddToken(cms, token); err == nil || !strings.Contains(err.Error(), "other data") {
		t.Errorf("got %v", err)
	}
	f := open(t, cms)
	f.Data.Signers[0].Unsigned = []forgedAttr{{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}, []asn1.RawValue{{FullBytes: token}}}}
	if _, err := evidence.VerifyCMS(shut(t, f), content); err == nil || !strings.Contains(err.Error(), "other data") {
		t.Errorf("got %v", err)
	}
	if _, err := evidence.VerifyToken(cms, sha256.Sum256(content)); err == nil {
		t.Error("a seal is taken as token")
	}
}

func TestTimeComesFromTheTokenNotTheSigner(t *testing.T) {
	p := pkitest.New(t)
	s := p.Room("R101")
	claimed := p.Now().AddDate(-1, 0, 0).UTC().Truncate(time.Second)
	cms, err := evidence.SignCMS(s, content, claimed)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := evidence.VerifyCMS(cms, content)
	if err != nil || !sig.Claimed.Equal(claimed) || sig.Token != nil {
		t.Errorf("got %v, token %v, %v", sig.Claimed, sig.Token, err)
	}
}

func TestATokensFormIsKept(t *testing.T) {
	p := pkitest.New(t)
	digest := sha256.Sum256(content)
	der, err := evidence.SignToken(p.TSA(evidence.SuiteP256), evidence.TokenRequest{
		Hash: "SHA-256", Digest: digest[:], Nonce: big.NewInt(7), Serial: big.NewInt(9), Time: time.Date(2026, 3, 4, 5, 6, 7, 8e8, time.UTC),
		Policy: asn1.ObjectIdentifier{1, 2, 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := evidence.ParseToken(der)
	if err != nil {
		t.Fatal(err)
	}
	if !token.Time.Equal(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)) || token.Nonce.Int64() != 7 || token.Serial.Int64() != 9 || token.Policy != "1.2.3" {
		t.Errorf("got %+v", token)
	}
	if _, err := evidence.SignToken(p.TSA(evidence.SuiteP256), evidence.TokenRequest{Hash: "SHA-1"}); err == nil {
		t.Error("SHA-1 is stamped")
	}
}

func FuzzVerifyCMS(f *testing.F) {
	p := pkitest.New(f)
	for _, s := range []evidence.Signer{p.Room("R101"), p.RoomSM2("R101")} {
		cms, err := evidence.SignCMS(s, content, p.Now())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(cms)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if _, err := evidence.VerifyCMS(der, []byte("never signed")); err == nil {
			t.Error("accepted")
		}
		_, _ = evidence.SignatureValue(der) // must not panic
	})
}

func FuzzParseToken(f *testing.F) {
	p := pkitest.New(f)
	for _, s := range []evidence.Suite{evidence.SuiteP256, evidence.SuiteSM2} {
		der, err := p.Stamper(s).Stamp(context.Background(), sha256.Sum256(content))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if token, err := evidence.ParseToken(der); err == nil && token.Time.IsZero() {
			t.Error("a token without a time")
		}
	})
}
