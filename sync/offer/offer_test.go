package offer_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"minglu/sync/offer"
)

// stage is a headquarters with an offer, and a file beside it that is nobody's business.
func stage(t *testing.T, admitted bool) (offer.Taker, string) {
	t.Helper()
	data := t.TempDir()
	folder := filepath.Join(data, "release")
	for name, text := range map[string]string{"release/SHA256SUMS": "list", "release/packages/a.deb": "program", "secret": "key"} {
		path := filepath.Join(data, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	(&offer.Door{Folder: folder, Admit: func(*tls.ConnectionState) (string, error) {
		if !admitted {
			return "", errors.New("no certificate")
		}
		return "R1", nil
	}}).Routes(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return offer.Taker{Client: server.Client(), URL: server.URL}, folder
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func TestARoomBringsWhatItLacksAndChecksIt(t *testing.T) {
	taker, folder := stage(t, true)
	to := filepath.Join(t.TempDir(), "packages", "a.deb")
	if err := taker.Bring(t.Context(), "packages/a.deb", sum("another"), to); err == nil || !strings.Contains(err.Error(), "the signed list says") {
		t.Errorf("other bytes than listed: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Dir(to) + "/*"); len(left) > 0 {
		t.Errorf("they were left there: %v", left)
	}
	if err := taker.Bring(t.Context(), "packages/a.deb", sum("program"), to); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "packages", "a.deb")); err != nil {
		t.Fatal(err)
	}
	if err := taker.Bring(t.Context(), "packages/a.deb", sum("program"), to); err != nil {
		t.Errorf("what is there already is asked for again: %v", err)
	}
}

func TestOnlyTheOfferIsGivenAndOnlyToRooms(t *testing.T) {
	taker, _ := stage(t, true)
	for _, name := range []string{"../secret", "%2e%2e/secret", "packages", "", "nothing"} {
		if text, err := taker.Read(t.Context(), name, 100); !errors.Is(err, offer.ErrNone) {
			t.Errorf("%q gave %q, %v", name, text, err)
		}
	}
	if _, err := taker.Read(t.Context(), "SHA256SUMS", 3); err == nil {
		t.Error("a file larger than its bound was read")
	}
	stranger, _ := stage(t, false)
	if _, err := stranger.Read(t.Context(), "SHA256SUMS", 100); err == nil || errors.Is(err, offer.ErrNone) {
		t.Errorf("a stranger was answered: %v", err)
	}
}
