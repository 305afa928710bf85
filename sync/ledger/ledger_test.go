package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	_ "modernc.org/sqlite"

	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
	"minglu/capture/evidence"
	"minglu/sync/ledger"
)

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

type keys struct {
	signer   note.Signer
	verifier note.Verifier
	public   string
}

func newKeys(t *testing.T, name string) keys {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	k := keys{public: public}
	if k.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	if k.verifier, err = note.NewVerifier(public); err != nil {
		t.Fatal(err)
	}
	return k
}

func entry(n int) []byte { return fmt.Appendf(nil, `{"n":%d}`, n) }

func fill(t *testing.T, l *ledger.Ledger, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if got, err := l.Append(entry(n)); err != nil || got != int64(n) {
			t.Fatalf("entry %d is at %d, %v", n, got, err)
		}
	}
}

func inSQL(t *testing.T) ledger.Storage {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, version := range ledger.Versions() {
		if _, err := db.Exec(version); err != nil {
			t.Fatal(err)
		}
	}
	return ledger.SQL{Tx: db}
}

func inFile(t *testing.T) ledger.Storage {
	t.Helper()
	f, err := ledger.OpenFile(durable.OS{}, filepath.Join(t.TempDir(), "ledger", "entries.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// check answers the tree head that k signed, if entry is in its tree.
func check(p evidence.Proof, entry []byte, k keys) (evidence.TreeHead, error) {
	h, err := evidence.OpenTreeHead(p.Checkpoint, []string{k.public})
	return h, errors.Join(err, p.Includes(entry, h.Tree))
}

func TestEveryEntryIsProvenInEveryTree(t *testing.T) {
	k := newKeys(t, "hq.example/ledger")
	for name, storage := range map[string]ledger.Storage{"sql": inSQL(t), "file": inFile(t)} {
		l := ledger.New(storage, k.signer, func() time.Time { return noon })
		for size := 1; size <= 20; size++ {
			fill(t, l, size-1, size)
			for n := range size {
				p, err := l.Prove(int64(n))
				if err != nil {
					t.Fatal(err)
				}
				again, err := evidence.ParseProof(p.Text())
				if err != nil {
					t.Fatal(err)
				}
				c, err := check(again, entry(n), k)
				if err != nil || c.Tree.N != int64(size) || !c.Time.Equal(noon) || !bytes.Equal(again.Extra, entry(n)) {
					t.Errorf("%s: entry %d of %d: %+v, %v", name, n, size, c, err)
				}
				if _, err := check(again, entry(n+1), k); err == nil {
					t.Errorf("%s: entry %d of %d passes for another", name, n, size)
				}
			}
		}
		if err := l.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALedgerRebuiltWithoutAnEntryIsInconsistent(t *testing.T) {
	k := newKeys(t, "room/R1")
	honest := ledger.New(inFile(t), k.signer, time.Now)
	fill(t, honest, 0, 7)
	earlier, err := honest.Tree()
	if err != nil {
		t.Fatal(err)
	}
	fill(t, honest, 7, 13)
	check := func(l *ledger.Ledger) error {
		later, err := l.Tree()
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Consistent(earlier.N, later.N)
		if err != nil {
			t.Fatal(err)
		}
		return tlog.CheckTree(p, later.N, later.Hash, earlier.N, earlier.Hash)
	}
	if err := check(honest); err != nil {
		t.Error(err)
	}
	forged := ledger.New(inFile(t), k.signer, time.Now)
	for n := range 13 {
		if n != 3 {
			if _, err := forged.Append(entry(n)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if check(forged) == nil {
		t.Error("a ledger without entry 3 is consistent with the one that had it")
	}
	for _, sizes := range [][2]int64{{0, 5}, {5, 4}, {5, 14}, {-1, 3}} {
		if _, err := honest.Consistent(sizes[0], sizes[1]); err == nil {
			t.Errorf("consistency of sizes %v was answered", sizes)
		}
	}
}

func TestOnlyOneLineIsAnEntry(t *testing.T) {
	l := ledger.New(inFile(t), newKeys(t, "x").signer, time.Now)
	for _, bad := range []string{"", "a\nb", "{}\r", "not json", `"text"`, `{"a":"` + strings.Repeat("x", ledger.MaxEntry) + `"}`} {
		if _, err := l.Append([]byte(bad)); err == nil {
			t.Errorf("entry %.20q was taken", bad)
		}
	}
	fill(t, l, 0, 2)
}

func TestAForeignOrChangedCheckpointIsRefused(t *testing.T) {
	k, other := newKeys(t, "hq.example/ledger"), newKeys(t, "hq.example/ledger")
	l := ledger.New(inFile(t), k.signer, func() time.Time { return noon })
	fill(t, l, 0, 3)
	c, err := l.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	signed := c.Note
	if c, err := evidence.OpenTreeHead(signed, []string{k.public}); err != nil || c.Tree.N != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := evidence.OpenTreeHead(signed, []string{other.public}); err == nil {
		t.Error("another key's checkpoint was taken")
	}
	for i := range signed {
		changed := bytes.Clone(signed)
		changed[i] ^= 1
		if _, err := evidence.OpenTreeHead(changed, []string{k.public}); err == nil {
			t.Errorf("a checkpoint with byte %d changed was taken", i)
		}
	}
}

func TestNoBitOfAProofCanBeChanged(t *testing.T) {
	k := newKeys(t, "hq.example/ledger")
	l := ledger.New(inFile(t), k.signer, func() time.Time { return noon })
	fill(t, l, 0, 6)
	p, err := l.Prove(4)
	if err != nil {
		t.Fatal(err)
	}
	text := p.Text()
	for i := range len(text) * 8 {
		changed := bytes.Clone(text)
		changed[i/8] ^= 1 << (i % 8)
		q, err := evidence.ParseProof(changed)
		if err != nil {
			continue
		}
		if _, err := check(q, q.Extra, k); err == nil {
			t.Errorf("a proof with bit %d changed was taken", i)
		}
	}
}

func TestTheTornEndOfAFileIsCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "entries.jsonl")
	whole := `{"n":0}` + "\n" + `{"n":1}` + "\n"
	for _, torn := range []string{"", `{"n":2`, `{"n":2}`, "\x00\x00\x00", "{\x00\x00\n\x00", "noise\nnoise\n7\n"} {
		if err := os.WriteFile(path, []byte(whole+torn), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := ledger.OpenFile(durable.OS{}, path)
		if err != nil {
			t.Errorf("with end %q: %v", torn, err)
			continue
		}
		l := ledger.New(f, newKeys(t, "x").signer, time.Now)
		fill(t, l, 2, 3)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(path); string(data) != whole+`{"n":2}`+"\n" {
			t.Errorf("with end %q the file became %q", torn, data)
		}
	}
	if err := os.WriteFile(path, []byte(`{"n":0`+"\n"+`{"n":1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenFile(durable.OS{}, path); err == nil {
		t.Error("a damaged entry in the middle was cut off with what follows it")
	}
}

func TestAPowerCutForgetsNoAcknowledgedEntry(t *testing.T) {
	k := newKeys(t, "room/R1")
	for _, tear := range durabletest.Tears() {
		for seed := range uint64(40) {
			disk := durabletest.New()
			acknowledged := 0
			f, err := ledger.OpenFile(disk, "/ledger/entries.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			l := ledger.New(f, k.signer, time.Now)
			for n := range int(seed % 7) {
				fill(t, l, n, n+1)
				acknowledged++
			}
			again, err := ledger.OpenFile(disk.Restart(tear, seed), "/ledger/entries.jsonl")
			if err != nil {
				t.Fatalf("%v, seed %d: %v", tear, seed, err)
			}
			if n, _ := again.Size(); n != int64(acknowledged) {
				t.Errorf("%v, seed %d: %d entries of %d are left", tear, seed, n, acknowledged)
			}
		}
	}
}

func TestOpenSSLVerifiesACheckpoint(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is not installed")
	}
	k := newKeys(t, "hq.example/ledger")
	l := ledger.New(inFile(t), k.signer, time.Now)
	fill(t, l, 0, 1)
	c, err := l.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	signed := c.Note
	text, signature, key := opensslParts(t, signed, k)
	out, err := exec.Command(openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
		"-inkey", key, "-in", text, "-sigfile", signature).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verified Successfully") {
		t.Errorf("openssl says %s, %v", out, err)
	}
}

// opensslParts writes what the note signs, the raw signature and the key as openssl reads them.
func opensslParts(t *testing.T, signed []byte, k keys) (text, signature, key string) {
	t.Helper()
	n, err := note.Open(signed, note.VerifierList(k.verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		t.Fatal(err)
	}
	_, encoded, _ := strings.Cut(strings.TrimPrefix(k.public, k.verifier.Name()+"+"), "+")
	public, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(public[1:]))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("text", []byte(n.Text)), write("signature", raw[4:]), write("key.der", der)
}

func FuzzAProofIsReadInOneForm(f *testing.F) {
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\nx\n"))
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra e30=\nindex 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nx\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := evidence.ParseProof(text)
		if err == nil && !bytes.Equal(p.Text(), text) {
			t.Errorf("%q was read and is written %q", text, p.Text())
		}
	})
}
