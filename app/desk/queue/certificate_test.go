package queue_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"minglu/app/i18n"
	"minglu/sync/outbox"
)

// authority is a root with one certificate for 127.0.0.1.
func authority(t *testing.T, name string) (root []byte, leaf tls.Certificate) {
	t.Helper()
	made := func(parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		form := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: parent == nil}
		if parent == nil {
			parent, by = form, key
		}
		der, err := x509.CreateCertificate(rand.Reader, form, parent, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert, key
	}
	ca, caKey := made(nil, nil)
	cert, key := made(ca, caKey)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}), tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func TestAHeadquartersWhoseCertificateChangedIsToldInASentence(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		roots, own := authority(t, "as enrolled")
		_, other := authority(t, "another")
		hq := httptest.NewUnstartedServer(http.NotFoundHandler())
		hq.Config.ErrorLog = log.New(io.Discard, "", 0)
		hq.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{other}}
		hq.StartTLS()
		t.Cleanup(hq.Close)
		v, o, w := newView(t, lang, fyne.NewSize(872, 690))
		o.room.RootsPEM, o.room.Keys.TLS, o.room.Settings.HQ = roots, own, hq.URL
		o.record("I03", time.Now())
		o.run()
		until(t, "the cause is known", func() bool {
			rows := o.model.Feed.Newest().Rows
			return len(rows) == 1 && rows[0].Wait.Cause == outbox.CauseStranger
		})
		until(t, "the window is offline", func() bool { return o.model.Feed.Newest().Offline })
		v.Draw(o.model.Feed.Newest())
		w.Resize(fyne.NewSize(873, 690)) // wrapped words take their height at the second look
		shown := ""
		for _, o := range test.LaidOutObjects(w.Content()) {
			if text, ok := o.(*canvas.Text); ok {
				shown += text.Text
			}
		}
		gapless := func(text string) string { return strings.ReplaceAll(text, " ", "") } // lines break at spaces
		want := i18n.Say(lang, "cause.stranger") + i18n.Say(lang, "cause.stranger.do")
		if !strings.Contains(gapless(shown), gapless(want)) {
			t.Errorf("%s: the page says %q; want %q", lang, shown, want)
		}
	}
}
