package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// lay writes a package into a folder, and beside it the roots and headquarters' ledger key.
func lay(t *testing.T, b *packtest.Bureau, p packtest.Package) (dir, root, key string) {
	t.Helper()
	home := t.TempDir()
	dir, root, key = filepath.Join(home, p.ID), filepath.Join(home, "root.pem"), filepath.Join(home, "hq.vkey")
	for name, f := range p.MapFS {
		file := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, f.Data, 0o644))
	}
	must(t, os.WriteFile(root, b.PKI.RootsPEM(), 0o644))
	must(t, os.WriteFile(key, []byte(b.LedgerKey+"\n"), 0o644))
	return dir, root, key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, func(string) string { return "en_GB.UTF-8" }, &out, &errs)
	return code, out.String(), errs.String()
}

func TestTheVerdictIsToldInBothLanguagesAndAsJSON(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	dir, root, key := lay(t, b, b.Make(packtest.Spec{}))
	code, out, _ := call(t, "--root", root, "--hq-key", key, "--lang", "zh", dir)
	if code != 0 || !strings.HasPrefix(out, "AUTHENTIC  真实完整  DK01-000001\n") {
		t.Errorf("exit %d, said %s", code, out)
	}
	code, out, _ = call(t, dir, "--root", root)
	if code != 0 || !strings.HasPrefix(out, "AUTHENTIC  whole") {
		t.Errorf("exit %d, said %s", code, out)
	}
	code, out, _ = call(t, "--json", "--root="+root, dir)
	var r map[string]any
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("exit %d, %v, said %s", code, err, out)
	}
	for _, member := range []string{"verdict", "bytes", "signer", "time", "faults", "not_before", "not_after", "layers", "not_checked"} {
		if r[member] == nil {
			t.Errorf("report has no %s", member)
		}
	}
}

func TestTheExitCodeTellsFaultsFromFailures(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	dir, root, _ := lay(t, b, p)
	bad, _, _ := lay(t, b, p.With(evidence.FileMimetype, []byte("text/plain")))
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no root", []string{dir}, 1, "UNTRUSTED_KEY"},
		{"changed", []string{"--root", root, bad}, 1, "mimetype @ 0"},
		{"another id", []string{"--root", root, "--id", "DK01-000002", dir}, 1, "not as it was sealed"},
		{"absent", []string{dir + "x"}, 2, "no such file"},
		{"no package", []string{filepath.Dir(filepath.Dir(root))}, 2, ""},
		{"not a zip", []string{root}, 2, "is not a zip"},
		{"nothing", nil, 2, "usage:"},
		{"bad flag", []string{"--nonsense", dir}, 2, "usage:"},
		{"bad time", []string{"--at", "yesterday", dir}, 2, "--at"},
		{"bad root", []string{"--root", bad + "/mimetype", dir}, 2, "read"},
		{"bad key", []string{"--hq-key", bad + "/mimetype", dir}, 2, "--hq-key"},
		{"help", []string{"--help"}, 0, "usage:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := call(t, c.args...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit %d; want %d\n%s%s", code, c.code, out, errs)
			}
			if code == 2 && strings.Count(errs, "\n") != 1 {
				t.Errorf("stderr is not one line: %q", errs)
			}
		})
	}
}

func TestAZipIsTakenAsItIsAndACutOneIsRefused(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	dir, root, _ := lay(t, b, p)
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, f := range p.MapFS {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.ID + "/" + name, Method: zip.Store})
		must(t, err)
		_, err = w.Write(f.Data)
		must(t, err)
	}
	w, err := z.Create("roots/root.pem")
	must(t, err)
	_, err = w.Write(b.PKI.RootsPEM())
	must(t, err)
	must(t, z.Close())
	file := dir + ".zip"
	must(t, os.WriteFile(file, buf.Bytes(), 0o644))
	if code, out, errs := call(t, "--root", root, file); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	must(t, os.WriteFile(file, buf.Bytes()[:buf.Len()-100], 0o644))
	if code, out, errs := call(t, "--root", root, file); code != 1 || !strings.HasPrefix(out, "NOT_AUTHENTIC") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

func TestTheExplanationRunsWithOpensslAlone(t *testing.T) {
	for _, tool := range []string{"openssl", "sha256sum", "awk"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing", tool)
			}
			t.Skipf("%s is missing", tool)
		}
	}
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	b.AddTimestamp(p.MapFS, b.TSA)
	dir, root, _ := lay(t, b, p)
	steps := filepath.Join(t.TempDir(), "steps")
	if code, out, errs := call(t, "--root", root, "--explain", steps, dir); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	shell := func() (string, error) {
		c := exec.Command("sh", filepath.Join(steps, "commands.sh"), root)
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
	out, err := shell()
	if err != nil || !strings.HasSuffix(out, "all steps passed\n") {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(out)
	must(t, os.WriteFile(filepath.Join(dir, "data", "plan.json"), []byte("{}"), 0o644))
	if out, err := shell(); err == nil {
		t.Errorf("a changed plan passed:\n%s", out)
	}
}

func TestWhyNothingWasLookedAtIsSaidInThePeoplesLanguage(t *testing.T) {
	nothing := t.TempDir()
	text := filepath.Join(nothing, "text")
	if err := os.WriteFile(text, []byte("no package"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		zh, en string
		args   []string
	}{
		{"用法", "usage", nil},
		{"用法", "usage", []string{"--nonsense", nothing}},
		{"请核对路径", "check the path", []string{filepath.Join(nothing, "absent")}},
		{"不是证据包", "no evidence package", []string{nothing}},
		{"不是证据包", "no evidence package", []string{text}},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			for _, args := range [][]string{append([]string{"--lang", lang}, c.args...), append([]string{"-lang=" + lang}, c.args...)} {
				code, out, errs := call(t, args...)
				if code != 2 || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
					t.Errorf("%v: exit %d, says %q %q; want %q", args, code, out, errs, want)
				}
			}
		}
	}
}
