package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"minglu/assets"
)

// need skips a test where a tool is missing, and fails it where CI runs.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// signing is a release with keys of its own.
func signing(t *testing.T) release {
	t.Helper()
	r := release{sign: t.TempDir(), stage: t.TempDir(), version: "0.1.7", time: time.Now().Add(-time.Hour).UTC()}
	check(t, runKey([]string{"--org", "Practice", "--out", r.sign}, io.Discard))
	return r
}

// windowsFiles writes stand-ins for what the installer holds.
func windowsFiles(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	icon, err := ico(assets.Icon48, assets.Icon256)
	check(t, err)
	for _, name := range append(clientOnWindows().programs, "LICENSE.txt", "THIRD-PARTY.txt", "sbom.cdx.json", "minglu-leader-en.pdf") {
		check(t, os.WriteFile(filepath.Join(folder, name), []byte(name), 0o644))
	}
	check(t, os.WriteFile(filepath.Join(folder, "minglu.ico"), icon, 0o644))
	return folder
}

func TestTheWindowsInstallerIsTheSameTwiceAndSigned(t *testing.T) {
	need(t, "makensis", "osslsigncode")
	r, folder := signing(t), windowsFiles(t)
	var made [2][]byte
	for i := range made {
		plain, signed := filepath.Join(t.TempDir(), "setup.exe"), filepath.Join(t.TempDir(), "signed.exe")
		check(t, r.makensis(folder, plain))
		check(t, r.authenticode(plain, signed, "Minglu setup"))
		text, err := os.ReadFile(signed)
		check(t, err)
		made[i] = text
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("the installer made twice has different bytes")
	}
	verify := func(text []byte, root string) error {
		path := filepath.Join(t.TempDir(), "x.exe")
		check(t, os.WriteFile(path, text, 0o644))
		return exec.Command("osslsigncode", "verify", "-CAfile", filepath.Join(root, "root.pem"), "-in", path).Run()
	}
	if err := verify(made[0], r.sign); err != nil {
		t.Errorf("a signed installer is refused: %v", err)
	}
	if verify(made[0], signing(t).sign) == nil {
		t.Error("another organisation's root accepts it")
	}
	made[0][len(made[0])/3] ^= 1
	if verify(made[0], r.sign) == nil {
		t.Error("a changed installer is accepted")
	}
}

func TestAFolderWithKeysOnlyGetsWhatItLacks(t *testing.T) {
	r := signing(t)
	at := func(name string) string { return filepath.Join(r.sign, name) }
	before := map[string][]byte{}
	for _, name := range []string{"root.pem", "root.key", "release.pem", "release.key"} {
		text, err := os.ReadFile(at(name))
		check(t, err)
		before[name] = text
	}
	check(t, os.Remove(at(windowsCertificate)))
	check(t, os.Remove(at(windowsKey)))
	check(t, runKey([]string{"--out", r.sign}, io.Discard))
	for name, want := range before {
		if got, err := os.ReadFile(at(name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	if _, err := os.Stat(at(windowsCertificate)); err != nil {
		t.Error(err)
	}
	if err := runKey([]string{"--out", t.TempDir()}, io.Discard); err == nil {
		t.Error("a root without a name was made")
	}
}

func TestTheIconFileHoldsBothPictures(t *testing.T) {
	text, err := ico(assets.Icon48, assets.Icon256)
	check(t, err)
	if n := binary.LittleEndian.Uint16(text[4:]); n != 2 || text[6] != 48 || text[22] != 0 {
		t.Fatalf("%d pictures, of %d and %d", n, text[6], text[22])
	}
	for i, want := range [][]byte{assets.Icon48, assets.Icon256} {
		entry := text[6+16*i:]
		size, at := binary.LittleEndian.Uint32(entry[8:]), binary.LittleEndian.Uint32(entry[12:])
		if !bytes.Equal(text[at:at+size], want) {
			t.Errorf("picture %d is not where the file says", i)
		}
	}
}
