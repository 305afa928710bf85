package evidence_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// lay writes a package into a folder and its bureau's roots beside it.
func lay(t *testing.T, b *packtest.Bureau, p packtest.Package) (dir, root string) {
	t.Helper()
	home := t.TempDir()
	dir, root = filepath.Join(home, p.ID), filepath.Join(home, "root.pem")
	for name, f := range p.MapFS {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root, b.PKI.RootsPEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, root
}

// shell runs a command in a folder and says whether it was content.
func shell(dir, format string, args ...any) (string, error) {
	c := exec.Command("sh", "-c", fmt.Sprintf(format, args...))
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

func TestStrangersAgreeOnACompletePackage(t *testing.T) {
	for _, name := range []string{"openssl", "sha256sum", "xmllint"} {
		tool(t, name)
	}
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	b.AddTimestamp(p.MapFS, b.TSA)
	dir, root := lay(t, b, p)
	rules, err := filepath.Abs("testdata/asicmanifest.rng")
	if err != nil {
		t.Fatal(err)
	}
	commands := []string{"sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt"}
	for _, n := range []int{1, 3} {
		commands = append(commands, fmt.Sprintf("openssl cms -verify -cades -binary -inform DER -in %s -content %s -CAfile %s -out /dev/null", evidence.SealPath(n, evidence.LayerSignature), evidence.ManifestPath(n), root))
	}
	commands = append(commands, fmt.Sprintf("openssl ts -verify -data %s -token_in -in %s -CAfile %s", evidence.ManifestPath(4), evidence.SealPath(4, evidence.LayerTimestamp), root))
	for n := 1; n <= 4; n++ {
		commands = append(commands, fmt.Sprintf("xmllint --noout --relaxng %s %s", rules, evidence.ManifestPath(n)))
	}
	for _, c := range commands {
		if out, err := shell(dir, "%s", c); err != nil {
			t.Errorf("%s: %v\n%s", c, err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, evidence.FilePlan), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := shell(dir, "%s", commands[0]); err == nil {
		t.Error("sha256sum passed a changed plan")
	}
}

func TestAJournalIsCheckedWithShellToolsAlone(t *testing.T) {
	for _, name := range []string{"openssl", "sha256sum", "sed", "tail"} {
		tool(t, name)
	}
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	dir, _ := lay(t, b, p)
	paper, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(paper), "```sh\n# journal\n")
	script, _, _ := strings.Cut(after, "```")
	if !ok {
		t.Fatal("FORMAT.md has no journal walk-through")
	}
	if err := os.WriteFile(filepath.Join(dir, "..", "journal.sh"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := shell(dir, "sh ../journal.sh"); err != nil || !strings.Contains(out, "journal holds") {
		t.Fatalf("%v\n%s", err, out)
	}
	journal := filepath.Join(dir, evidence.FileJournal)
	changed := strings.Replace(string(p.MapFS[evidence.FileJournal].Data), `"mark":"rights"`, `"mark":"wrongs"`, 1)
	if err := os.WriteFile(journal, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := shell(dir, "sh ../journal.sh"); err == nil {
		t.Errorf("a changed line passed:\n%s", out)
	}
}
