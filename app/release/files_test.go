package release_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"minglu/app/release"
	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
)

// machine is a root with one installed package of two files.
func machine(t *testing.T) fstest.MapFS {
	t.Helper()
	return signedBy(t, func(p *pkitest.PKI) evidence.Signer {
		return p.Issue(pkitest.Leaf{Suite: evidence.SuiteP256, Name: "releases", FromRoot: true})
	})
}

func signedBy(t *testing.T, signer func(*pkitest.PKI) evidence.Signer) fstest.MapFS {
	t.Helper()
	pki := pkitest.New(t)
	root := fstest.MapFS{
		"usr/lib/minglu/minglu":       {Data: []byte("program")},
		"usr/lib/minglu/minglu-agent": {Data: []byte("recorder")},
	}
	line := func(name string, text []byte) string { return fmt.Sprintf("%x  %s\n", sha256.Sum256(text), name) }
	files := line("usr/lib/minglu/minglu", []byte("program")) + line("usr/lib/minglu/minglu-agent", []byte("recorder"))
	const name = "minglu_0.1.7_amd64.files"
	sums := line("packages/"+name, []byte(files))
	cms, err := evidence.SignCMS(signer(pki), []byte(sums), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	root[release.Installed+"/"+name] = &fstest.MapFile{Data: []byte(files)}
	root[release.Installed+"/SHA256SUMS"] = &fstest.MapFile{Data: []byte(sums)}
	root[release.Installed+"/SHA256SUMS.p7s"] = &fstest.MapFile{Data: cms}
	root[release.Anchor] = &fstest.MapFile{Data: pki.RootsPEM()}
	return root
}

func TestAMachineAsItWasBuiltIsFoundSo(t *testing.T) {
	r, err := release.Check(context.Background(), machine(t))
	if err != nil || r.Version != "0.1.7" || r.Files != 2 || len(r.Changed)+len(r.Missing) != 0 || len(r.Root) != 64 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestChangedAndMissingFilesAreNamed(t *testing.T) {
	root := machine(t)
	root["usr/lib/minglu/minglu"].Data = []byte("programm")
	delete(root, "usr/lib/minglu/minglu-agent")
	r, err := release.Check(context.Background(), root)
	if err != nil || len(r.Changed) != 1 || r.Changed[0] != "/usr/lib/minglu/minglu" || len(r.Missing) != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestAListThatWasNotSignedIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(fstest.MapFS){
		"list":      func(r fstest.MapFS) { r[release.Installed+"/SHA256SUMS"].Data[0] ^= 1 },
		"files":     func(r fstest.MapFS) { r[release.Installed+"/minglu_0.1.7_amd64.files"].Data[0] ^= 1 },
		"signature": func(r fstest.MapFS) { r[release.Installed+"/SHA256SUMS.p7s"].Data[60] ^= 1 },
		"stranger": func(r fstest.MapFS) {
			r[release.Anchor] = &fstest.MapFile{Data: pkitest.New(t).RootsPEM()}
		},
		"unlisted": func(r fstest.MapFS) {
			r[release.Installed+"/minglu-hq_0.1.7_amd64.files"] = r[release.Installed+"/minglu_0.1.7_amd64.files"]
		},
	} {
		root := machine(t)
		spoil(root)
		if r, err := release.Check(context.Background(), root); err == nil {
			t.Errorf("%s: accepted: %+v", name, r)
		}
	}
}

func TestARoomsKeySignsNoRelease(t *testing.T) {
	root := signedBy(t, func(p *pkitest.PKI) evidence.Signer { return p.Room("A3") })
	if r, err := release.Check(context.Background(), root); err == nil {
		t.Errorf("accepted: %+v", r)
	}
}

func TestAMachineWithoutAListIsToldApart(t *testing.T) {
	if _, err := release.Check(context.Background(), fstest.MapFS{}); !errors.Is(err, release.ErrNoList) {
		t.Errorf("got %v", err)
	}
}

// stick is a bundle beside a machine that knows who signs releases.
func stick(t *testing.T) (root, bundle fstest.MapFS) {
	t.Helper()
	pki := pkitest.New(t)
	bundle = fstest.MapFS{"install.sh": {Data: []byte("echo")}, "release.json": {Data: []byte(`{"version":"0.1.8"}`)}, "packages/a.deb": {Data: []byte("a")}}
	var sums strings.Builder
	for _, name := range []string{"install.sh", "packages/a.deb", "release.json"} {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(bundle[name].Data), name)
	}
	cms, err := evidence.SignCMS(pki.Issue(pkitest.Leaf{Suite: evidence.SuiteP256, Name: "releases", FromRoot: true}), []byte(sums.String()), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	bundle["SHA256SUMS"] = &fstest.MapFile{Data: []byte(sums.String())}
	bundle["SHA256SUMS.p7s"] = &fstest.MapFile{Data: cms}
	return fstest.MapFS{release.Anchor: {Data: pki.RootsPEM()}}, bundle
}

func TestABundleIsJudgedByTheInstalledRoot(t *testing.T) {
	root, bundle := stick(t)
	r, err := release.CheckBundle(context.Background(), root, bundle, time.Now())
	if err != nil || r.Version != "0.1.8" || r.Files != 3 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if _, err := release.CheckBundle(context.Background(), fstest.MapFS{}, bundle, time.Now()); !errors.Is(err, release.ErrNoAnchor) {
		t.Errorf("a machine without a root: %v", err)
	}
	for name, at := range map[string]time.Time{"expired": time.Now().AddDate(30, 0, 0), "in 1970": time.Unix(0, 0)} {
		if _, err := release.CheckBundle(context.Background(), root, bundle, at); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	other, _ := stick(t)
	if _, err := release.CheckBundle(context.Background(), other, bundle, time.Now()); err == nil {
		t.Error("a stranger's bundle was accepted")
	}
}

func TestEveryFlippedBitOfABundleIsRefused(t *testing.T) {
	root, bundle := stick(t)
	for name, f := range bundle {
		for i := range f.Data {
			f.Data[i] ^= 1 << (i % 8)
			if _, err := release.CheckBundle(context.Background(), root, bundle, time.Now()); err == nil {
				t.Errorf("%s, byte %d: accepted", name, i)
			}
			f.Data[i] ^= 1 << (i % 8)
		}
	}
	bundle["packages/b.deb"] = &fstest.MapFile{Data: []byte("b")}
	if _, err := release.CheckBundle(context.Background(), root, bundle, time.Now()); err == nil {
		t.Error("one file more: accepted")
	}
	delete(bundle, "packages/b.deb")
	delete(bundle, "packages/a.deb")
	if _, err := release.CheckBundle(context.Background(), root, bundle, time.Now()); err == nil {
		t.Error("one file less: accepted")
	}
}

func FuzzParseSums(f *testing.F) {
	f.Add(strings.Repeat("a", 64) + "  usr/lib/minglu/minglu\n")
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, text string) {
		sums, err := release.ParseSums([]byte(text))
		for name := range sums {
			if err != nil || strings.HasPrefix(name, "/") || strings.Contains(name, "..") && strings.Contains("/"+name+"/", "/../") {
				t.Errorf("%q was let through (%v)", name, err)
			}
		}
	})
}
