package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"minglu/capture/evidence"
)

// bundle is a small one: the real script, and files that stand for packages.
func bundle(t *testing.T) (folder, keys string) {
	t.Helper()
	for _, tool := range []string{"openssl", "sha256sum", "dash"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	folder, keys = t.TempDir(), t.TempDir()
	script, err := os.ReadFile("../dev/install.sh")
	check(t, err)
	check(t, runKey([]string{"--org", "Practice", "--out", keys}, io.Discard))
	check(t, os.Mkdir(filepath.Join(folder, "packages"), 0o755))
	for name, text := range map[string]string{
		"install.sh": string(script), "release.json": `{"v":1,"product":"minglu","version":"0.1.7","time":"2026-01-01T00:00:00Z"}` + "\n",
		"README.txt": "read me", "packages/minglu_0.1.7_amd64.deb": strings.Repeat("program ", 5000), "packages/minglu_0.1.7_amd64.files": "list",
	} {
		check(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	check(t, signFolder(folder, keys, time.Now()))
	return folder, keys
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask runs the script's verification alone.
func ask(t *testing.T, script, folder string, args ...string) (bool, string) {
	t.Helper()
	cmd := exec.Command("dash", append([]string{script, "--check", "--lang", "en"}, args...)...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

func fingerprintOf(t *testing.T, folder string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1`, "sh", filepath.Join(folder, "root.pem")).Output()
	check(t, err)
	return strings.TrimSpace(string(out))
}

func TestAWholeBundleIsAcceptedBothWays(t *testing.T) {
	folder, _ := bundle(t)
	script := filepath.Join(folder, "install.sh")
	if ok, said := ask(t, script, folder, "--fingerprint", "sha256:"+fingerprintOf(t, folder)); !ok || !strings.Contains(said, "The bundle is whole: Minglu 0.1.7") {
		t.Errorf("by fingerprint: %s", said)
	}
	digest, err := evidence.FileSHA256(filepath.Join(folder, sumsName))
	check(t, err)
	if ok, said := ask(t, script, folder, "--digest", digest); !ok {
		t.Errorf("by digest: %s", said)
	}
}

func TestAStrangersBundleIsRefused(t *testing.T) {
	folder, _ := bundle(t)
	script := filepath.Join(folder, "install.sh")
	known := fingerprintOf(t, folder)
	digest, err := evidence.FileSHA256(filepath.Join(folder, sumsName))
	check(t, err)
	stranger := t.TempDir()
	check(t, runKey([]string{"--org", "Stranger", "--out", stranger}, io.Discard))
	root, err := os.ReadFile(filepath.Join(folder, "root.pem"))
	check(t, err)
	check(t, signFolder(folder, stranger, time.Now()))
	for _, args := range [][]string{{"--fingerprint", known}, {"--digest", digest}, nil} {
		if ok, said := ask(t, script, folder, args...); ok {
			t.Errorf("%v: %s", args, said)
		}
	}
	// the true root beside the stranger's signature
	check(t, os.WriteFile(filepath.Join(folder, "root.pem"), root, 0o644))
	if ok, said := ask(t, script, folder, "--fingerprint", known); ok || !strings.Contains(said, "signature of SHA256SUMS does not hold") {
		t.Errorf("another's signature: %s", said)
	}
}

// TestTwoHundredMutantsAreRefused changes one thing at a time. A script that was changed cannot be asked about
// itself: for its mutants the true one asks, as the release sheet's lines do.
func TestTwoHundredMutantsAreRefused(t *testing.T) {
	folder, _ := bundle(t)
	print := fingerprintOf(t, folder)
	script := filepath.Join(t.TempDir(), "install.sh")
	text, err := os.ReadFile(filepath.Join(folder, "install.sh"))
	check(t, err)
	// the same script, standing outside of the bundle
	check(t, os.WriteFile(script, []byte(strings.Replace(string(text), `here=$(cd "$(dirname "$0")" && pwd)`, "here=$(pwd)", 1)), 0o644))
	files := []string{"SHA256SUMS", "SHA256SUMS.p7s", "install.sh", "release.json", "root.pem", "README.txt",
		"packages/minglu_0.1.7_amd64.deb", "packages/minglu_0.1.7_amd64.files"}
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		name := files[i%len(files)]
		path := filepath.Join(folder, name)
		good, err := os.ReadFile(path)
		check(t, err)
		kind := []string{"flip", "cut", "swap", "drop", "add"}[chance.IntN(5)]
		extra := filepath.Join(folder, "packages", fmt.Sprint("extra", i))
		switch bad := slices.Clone(good); kind {
		case "flip":
			bad[chance.IntN(len(bad))] ^= 1 << chance.IntN(8)
			check(t, os.WriteFile(path, bad, 0o644))
		case "cut":
			check(t, os.WriteFile(path, bad[:chance.IntN(len(bad))], 0o644))
		case "swap":
			other, err := os.ReadFile(filepath.Join(folder, files[(i+1)%len(files)]))
			check(t, err)
			check(t, os.WriteFile(path, other, 0o644))
		case "drop":
			check(t, os.Remove(path))
		case "add":
			check(t, os.WriteFile(extra, good, 0o644))
		}
		if ok, said := ask(t, script, folder, "--fingerprint", print); ok || !strings.Contains(said, "Nothing on this machine was changed") {
			t.Errorf("%d: %s of %s: accepted or not explained: %s", i, kind, name, said)
		}
		check(t, os.WriteFile(path, good, 0o644))
		_ = os.Remove(extra) // there only when one was added
	}
	if ok, said := ask(t, script, folder, "--fingerprint", print); !ok {
		t.Errorf("afterwards the whole bundle is refused: %s", said)
	}
}

func TestAnExpiredOrEarlySignatureNamesTheClock(t *testing.T) {
	folder, _ := bundle(t)
	if _, err := exec.LookPath("faketime"); err != nil {
		t.Skip("faketime is not here")
	}
	for at, want := range map[string]string{"1970-01-02": "Set the clock first", "2050-01-01": "expired"} {
		cmd := exec.Command("faketime", at, "dash", filepath.Join(folder, "install.sh"), "--check", "--lang", "en", "--fingerprint", fingerprintOf(t, folder))
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %s", at, out)
		}
	}
}

func TestEveryScriptIsPlainShell(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	scripts := []string{"../dev/install.sh"}
	for _, pattern := range []string{"*.preinst", "*.postinst", "*.prerm", "*.postrm", "*.rpm-*", "evidence-check", "verify-and-wait"} {
		found, err := filepath.Glob("files/" + pattern)
		check(t, err)
		if len(found) == 0 {
			t.Errorf("no %s", pattern)
		}
		scripts = append(scripts, found...)
	}
	if out, err := exec.Command("shellcheck", append([]string{"-S", "warning", "-s", "sh"}, scripts...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
