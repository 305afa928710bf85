package evidence_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// entry is one entry of a zip to make.
type entry struct {
	name string
	data []byte
	edit func(*zip.FileHeader)
}

func makeZip(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Store}
		if e.edit != nil {
			e.edit(h)
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packZip(t testing.TB, p packtest.Package, top string, method uint16) []byte {
	var entries []entry
	for _, name := range names(p) {
		entries = append(entries, entry{top + name, p.MapFS[name].Data, func(h *zip.FileHeader) { h.Method = method }})
	}
	return makeZip(t, entries...)
}

func TestAZippedPackageIsTheSamePackage(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	for name, data := range map[string][]byte{
		"stored":       packZip(t, p, "", zip.Store),
		"in a folder":  packZip(t, p, "DK01-000001/", zip.Store),
		"other folder": packZip(t, p, "renamed/", zip.Deflate),
		"deflated":     packZip(t, p, "", zip.Deflate),
	} {
		t.Run(name, func(t *testing.T) {
			fsys, err := evidence.OpenZip(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			r, err := evidence.Verify(fsys, b.Options())
			if err != nil {
				t.Fatal(err)
			}
			wantVerdict(t, r, evidence.Authentic)
		})
	}
}

func TestTheBorderRefusesHarmfulZips(t *testing.T) {
	plain := makeZip(t, entry{name: "data/journal.jsonl", data: []byte("x")})
	mode := func(m fs.FileMode) func(*zip.FileHeader) { return func(h *zip.FileHeader) { h.SetMode(m) } }
	deflate := func(h *zip.FileHeader) { h.Method = zip.Deflate }
	many := make([]entry, 2*evidence.MaxFiles+1)
	for i := range many {
		many[i].name = "f" + strconv.Itoa(i)
	}
	for _, c := range []struct {
		name, says string
		data       []byte
	}{
		{"leaves its folder", "leaves", makeZip(t, entry{name: "../evil"})},
		{"leaves it in the middle", "leaves", makeZip(t, entry{name: "data/../../evil"})},
		{"absolute", "absolute", makeZip(t, entry{name: "/etc/passwd"})},
		{"drive", "not every system", makeZip(t, entry{name: "C:/evil"})},
		{"backslash", "backslash", makeZip(t, entry{name: `data\evil`})},
		{"NUL", "NUL", makeZip(t, entry{name: "data/a\x00b"})},
		{"control character", "not every system", makeZip(t, entry{name: "data/a\nb"})},
		{"letters that look alike", "not every system", makeZip(t, entry{name: "data/journаl.jsonl"})},
		{"hidden file", "not every system", makeZip(t, entry{name: "data/.ssh"})},
		{"trailing dot", "not every system", makeZip(t, entry{name: "data/plan."})},
		{"device", "device", makeZip(t, entry{name: "data/NUL.json"})},
		{"device of numbers", "device", makeZip(t, entry{name: "data/com1"})},
		{"link", "link", makeZip(t, entry{"data/link", []byte("/etc/passwd"), mode(fs.ModeSymlink | 0o777)})},
		{"pipe", "link or a device", makeZip(t, entry{"data/pipe", nil, mode(fs.ModeNamedPipe | 0o600)})},
		{"twice", "twice", makeZip(t, entry{name: "data/a"}, entry{name: "data/a"})},
		{"twice but for case", "case", makeZip(t, entry{name: "data/a"}, entry{name: "DATA/A"})},
		{"file and folder", "folder", makeZip(t, entry{name: "data"}, entry{name: "data/a"})},
		{"bomb", "claims to unpack", makeZip(t, entry{"data/a", make([]byte, 16<<20), deflate})},
		{"too many", "more entries", makeZip(t, many...)},
		{"encrypted", "encrypted", flipDirectory(plain, 8, 1)},
		{"unknown method", "packed in a way", flipDirectory(plain, 10, 12)},
		{"two sizes", "two sizes", flipDirectory(plain, 24, 7)},
		{"cut", "cut off", plain[:len(plain)-5]},
		{"something after", "cut off", append(bytes.Clone(plain), 0)},
		{"something before", "does not end where", append([]byte("PK\x03\x04"), plain...)},
		{"shared bytes", "shares bytes", overlapping(t)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := evidence.OpenZip(bytes.NewReader(c.data), int64(len(c.data)))
			var border *evidence.BorderError
			if !errors.As(err, &border) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v; want a border error that says %q", err, c.says)
			}
			if border != nil && evidence.Refused(border).Verdict != evidence.NotAuthentic {
				t.Error("the report on it does not say so")
			}
		})
	}
}

// flipDirectory changes a byte of the first directory entry.
func flipDirectory(data []byte, at int, to byte) []byte {
	b := bytes.Clone(data)
	b[bytes.Index(b, []byte("PK\x01\x02"))+at] = to
	return b
}

// overlapping is a zip whose second directory entry points to the first one's bytes.
func overlapping(t *testing.T) []byte {
	b := makeZip(t, entry{name: "data/a", data: []byte("the very same bytes")}, entry{name: "data/b", data: []byte("the very same bytes")})
	first := bytes.Index(b, []byte("PK\x01\x02"))
	second := first + bytes.Index(b[first+4:], []byte("PK\x01\x02")) + 4
	binary.LittleEndian.PutUint32(b[second+42:], 0)
	return b
}

func TestADeflatedEntryThatIsNotItsSizeIsAFault(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	data := packZip(t, b.Make(packtest.Spec{}), "", zip.Deflate)
	at := bytes.LastIndex(data, []byte("data/record.json")) - 46
	binary.LittleEndian.PutUint32(data[at+24:], binary.LittleEndian.Uint32(data[at+24:])-1)
	fsys, err := evidence.OpenZip(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Verify(fsys, b.Options())
	if err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, r, evidence.NotAuthentic)
	if !hasFault(r.Faults, evidence.FaultUnread) {
		t.Errorf("faults %+v", r.Faults)
	}
}

func TestALinkInAFolderIsRefused(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	dir, _ := lay(t, b, b.Make(packtest.Spec{}))
	fsys, closer, err := evidence.OpenPackage(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Verify(fsys, b.Options())
	if err = errors.Join(err, closer.Close()); err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, r, evidence.Authentic)
	if err := os.Symlink("plan.json", filepath.Join(dir, "data", "link.json")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	var border *evidence.BorderError
	if _, _, err := evidence.OpenPackage(dir); !errors.As(err, &border) || border.File != "data/link.json" {
		t.Errorf("error %v; want a border error that names the link", err)
	}
}

func FuzzZip(f *testing.F) {
	f.Add(makeZip(f, entry{name: "data/journal.jsonl", data: []byte("x")}))
	f.Add(makeZip(f, entry{"a/data/journal.jsonl", bytes.Repeat([]byte("x"), 100), func(h *zip.FileHeader) { h.Method = zip.Deflate }}))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys, err := evidence.OpenZip(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			file, err := fsys.Open(name)
			if err != nil {
				return err
			}
			n, _ := io.Copy(io.Discard, file)
			if info, err := d.Info(); err == nil && n > info.Size() {
				t.Errorf("%s gave %d bytes of %d", name, n, info.Size())
			}
			return file.Close()
		})
		_ = err // a folder that cannot be listed is refused by Verify
		_, _ = evidence.Verify(fsys, evidence.Options{})
	})
}
