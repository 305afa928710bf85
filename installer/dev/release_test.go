package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// picture is a folder's names and digests.
func picture(t *testing.T, folder string) string {
	t.Helper()
	files, err := filesBelow(folder)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(folder, f))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %x\n", f, sha256.Sum256(text))
	}
	return b.String()
}

func TestEveryMutantDiffersAndTheGoodBundleStays(t *testing.T) {
	good, old := t.TempDir(), t.TempDir()
	for i, folder := range []string{good, old} {
		for _, name := range []string{"SHA256SUMS", "SHA256SUMS.p7s", "install.sh", "release.json", "root.pem", "README.txt", "packages/a.deb", "packages/b.deb", "verifier/v.zip"} {
			path := filepath.Join(folder, name)
			text := fmt.Sprintf("%s of release %d", name, i)
			if name == "root.pem" {
				text = "the same in both"
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := picture(t, good)
	files, err := filesBelow(good)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(3, 4))
	for i, m := range deal(files, 300, chance) {
		folder := filepath.Join(t.TempDir(), "mutant")
		if err := m.spoil(good, old, folder, chance); err != nil {
			t.Fatalf("%d %+v: %v", i, m, err)
		}
		if picture(t, folder) == before {
			t.Errorf("%d %+v is no mutant", i, m)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
	if picture(t, good) != before {
		t.Error("the good bundle was changed")
	}
}

func TestFoldersAreComparedByTheirBytes(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write := func(folder, name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"x.deb", "x.rpm", "x.zip", "SHA256SUMS"} {
		write(a, name, name)
		write(b, name, name)
	}
	write(a, "SHA256SUMS.p7s", "one")
	write(b, "SHA256SUMS.p7s", "another")
	if err := compareFolders(a, b); err != nil {
		t.Errorf("but for the signature they are the same: %v", err)
	}
	write(b, "x.rpm", "y")
	if err := compareFolders(a, b); err == nil || !strings.Contains(err.Error(), "x.rpm differs") {
		t.Errorf("got %v", err)
	}
	if err := compareFolders(t.TempDir(), b); err == nil {
		t.Error("an empty folder is no release")
	}
}

func TestAProgramOfANewerSystemIsRefused(t *testing.T) {
	if err := checkLinking("release_test.go"); err == nil {
		t.Error("a text is no program")
	}
	if system, err := os.ReadFile("/etc/os-release"); err != nil || !strings.Contains(string(system), "(bookworm)") {
		t.Skip("this is not Debian 12")
	}
	if err := checkLinking("/bin/sh"); err == nil || !strings.Contains(err.Error(), "GLIBC_2.34") {
		t.Errorf("the shell needs GLIBC_2.34 and passed: %v", err)
	}
}
