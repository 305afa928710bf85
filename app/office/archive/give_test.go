package archive_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"minglu/app/office/access"
	"minglu/app/office/archive"
	"minglu/app/office/archive/archivetest"
	"minglu/capture/durable"
	"minglu/capture/durable/durabletest"
	"minglu/capture/evidence"
)

func order(id, out string) archive.Order {
	return archive.Order{ID: id, By: "陈局", Reason: "人民法院调取", Out: out}
}

func TestAStrangerCanVerifyWhatIsGivenAway(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	sync(t, a)
	out := filepath.Join(t.TempDir(), "给法院.zip")
	done, err := a.Export(t.Context(), order(id[0], out))
	must(t, err)
	if done.Report.Verdict != evidence.Authentic || done.Path != out {
		t.Errorf("the export is %+v", done)
	}
	entries, faults, err := a.Log().Read()
	if err != nil || len(faults) > 0 || len(entries) != 1 || entries[0].Act != access.Exported || entries[0].Who != "陈局" || entries[0].Detail != out {
		t.Errorf("the log has %+v, %v, %v", entries, faults, err)
	}
	dir := t.TempDir()
	z, err := zip.OpenReader(out)
	must(t, err)
	defer z.Close()
	must(t, os.CopyFS(dir, z))
	paper, err := os.ReadFile(filepath.Join(dir, "roots", "README.txt"))
	must(t, err)
	for _, want := range []string{id[0], "核验说明", "how to verify", "示例市税务局", "openssl cms"} {
		if !strings.Contains(string(paper), want) {
			t.Errorf("the paper does not say %q", want)
		}
	}
	if strings.Contains(string(paper), "{") {
		t.Errorf("the paper has blanks:\n%s", paper)
	}
	strangers(t, dir, id[0])
	verifier(t, out, dir)
}

// strangers runs the commands of the paper.
func strangers(t *testing.T, dir, id string) {
	t.Helper()
	for _, line := range []string{
		"sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt",
		"openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s -content META-INF/ASiCManifest001.xml -CAfile ../roots/roots.pem -out /dev/null",
		`test "$(grep -A2 'data/record.json' META-INF/ASiCManifest001.xml | sed -n 's|.*<ds:DigestValue>\(.*\)</ds:DigestValue>.*|\1|p')" = "$(openssl dgst -sha256 -binary data/record.json | base64)"`,
		`openssl storeutl -noout -certs ../roots/roots.pem >/dev/null && openssl x509 -in ../roots/roots.pem -noout -fingerprint -sha256 | cut -d= -f2 | grep -qFf - ../roots/README.txt`,
	} {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = filepath.Join(dir, id)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

// verifier runs minglu-verify as the paper says.
func verifier(t *testing.T, out, dir string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "minglu-verify")
	if text, err := exec.Command("go", "build", "-o", program, "minglu/app/cmd/minglu-verify").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	cmd := exec.Command(program, "--root", "roots/roots.pem", "--hq-key", "roots/hq.vkey", out)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(text), "AUTHENTIC ") {
		t.Errorf("minglu-verify: %v\n%s", err, text)
	}
}

func TestAnExportIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	sync(t, a)
	h.Free(id[1])
	sync(t, a)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.zip")
	must(t, os.WriteFile(taken, []byte("precious"), 0o600))
	free := filepath.Join(dir, "free.zip")
	for name, c := range map[string]struct {
		o    archive.Order
		want error
	}{
		"a file is there": {order(id[0], taken), fs.ErrExist},
		"nobody approves": {archive.Order{ID: id[0], Reason: "x", Out: free}, access.ErrNobody},
		"no reason":       {archive.Order{ID: id[0], By: "x", Out: free}, access.ErrNoWhy},
		"unknown":         {order("R101-000099", free), archive.ErrUnknown},
		"freed":           {order(id[1], free), archive.ErrFreed},
		"no folder":       {order(id[0], filepath.Join(dir, "none", "x.zip")), fs.ErrNotExist},
	} {
		if _, err := a.Export(t.Context(), c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
	if text, err := os.ReadFile(taken); string(text) != "precious" || err != nil {
		t.Errorf("the file that was there says %q, %v", text, err)
	}
	if list, err := os.ReadDir(dir); len(list) != 1 || err != nil {
		t.Errorf("refusals left %v, %v", list, err)
	}
}

func TestAFullDiskOrAPowerCutLeavesNoHalfFile(t *testing.T) {
	h, id := home(t)
	a := h.Archive()
	sync(t, a)
	disk := durabletest.New()
	must(t, durable.MkdirAll(disk, "/stick"))
	for _, room := range []int64{0, 1000, 40_000} {
		disk.Limit(room)
		if _, err := a.ExportTo(t.Context(), disk, order(id[0], "/stick/x.zip")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("with %d bytes: %v; want ENOSPC", room, err)
		}
		if list, err := disk.ReadDir("/stick"); len(list) != 0 || err != nil {
			t.Errorf("with %d bytes: %v is left, %v", room, list, err)
		}
	}
	disk.Limit(-1)
	done, err := a.ExportTo(t.Context(), disk, order(id[0], "/stick/x.zip"))
	must(t, err)
	if _, err := a.ExportTo(t.Context(), disk, order(id[0], "/stick/x.zip")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("twice: %v", err)
	}
	for _, tear := range durabletest.Tears() {
		raw, err := disk.Restart(tear, 0).ReadFile("/stick/x.zip")
		if err != nil || int64(len(raw)) != done.Bytes {
			t.Errorf("after a power cut (%v) %d bytes of %d are there: %v", tear, len(raw), done.Bytes, err)
		}
	}
	for op := 1; ; op += 3 {
		disk := durabletest.New()
		must(t, durable.MkdirAll(disk, "/stick"))
		disk.CutAt(op)
		_, err := a.ExportTo(t.Context(), disk, order(id[0], "/stick/x.zip"))
		raw, reading := disk.Restart(durabletest.Noise, uint64(op)).ReadFile("/stick/x.zip")
		if reading == nil && int64(len(raw)) != done.Bytes {
			t.Fatalf("cut at operation %d: %d bytes of %d under the final name", op, len(raw), done.Bytes)
		}
		if err == nil {
			break
		}
	}
}

func TestADamagedPackageIsExportedWithItsVerdict(t *testing.T) {
	h := archivetest.New(t)
	id := h.Add(talk("明远商贸有限公司", "王芳", "张三", "I03", "", "是。"))
	a := h.Archive()
	sync(t, a)
	film := filepath.Join(h.Vault.Dir(id), "data", "media", "cam1.mp4")
	raw, err := os.ReadFile(film)
	must(t, err)
	raw[len(raw)/2] ^= 1
	must(t, os.WriteFile(film, raw, 0o600))
	done, err := a.Export(t.Context(), order(id, filepath.Join(t.TempDir(), "x.zip")))
	if err != nil || done.Report.Verdict != evidence.NotAuthentic {
		t.Errorf("%+v, %v", done, err)
	}
}
