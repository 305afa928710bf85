package evidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

func journalOf(t testing.TB) ([]byte, packtest.Package) {
	t.Helper()
	p := packtest.NewBureau(t, "DK01").Make(packtest.Spec{Until: packtest.Closed})
	return p.MapFS[evidence.FileJournal].Data, p
}

// A crash leaves the journal cut at any byte, perhaps with zeros or noise where the disk had not written yet.
func TestAReaderRecoversExactlyTheWholeLinesOfEveryCut(t *testing.T) {
	data, p := journalOf(t)
	tails := map[string][]byte{"": nil, "zeros": make([]byte, 700), "noise": bytes.Repeat([]byte("\x9f\n{"), 200)}
	for cut := range len(data) + 1 {
		whole := int64(bytes.Count(data[:cut], []byte("\n")))
		good := int64(bytes.LastIndexByte(data[:cut], '\n') + 1)
		for name, tail := range tails {
			if name != "" && cut%5 != 0 {
				continue
			}
			torn := append(bytes.Clone(data[:cut]), tail...)
			var lines int64
			end, err := evidence.ReadJournal(bytes.NewReader(torn), func(e evidence.Entry) error {
				if e.Off != p.Lines[lines] || e.Line.N != lines {
					t.Errorf("cut at %d: line %d at %d", cut, e.Line.N, e.Off)
				}
				lines++
				return nil
			})
			if err != nil || end.Lines != whole || lines != whole || end.Bytes != good || end.Torn != int64(len(torn))-good {
				t.Fatalf("cut at %d, then %s: %+v, %v; want %d lines in %d bytes", cut, name, end, err, whole, good)
			}
		}
	}
}

func TestAReaderGoesOnAfterABadLine(t *testing.T) {
	data, p := journalOf(t)
	lines := bytes.SplitAfter(bytes.Clone(data), []byte("\n"))
	lines[3] = []byte("not a line\n")
	lines[5] = append(bytes.Repeat([]byte("x"), evidence.MaxLine+10), '\n')
	j := evidence.NewJournalReader(bytes.NewReader(bytes.Join(lines, nil)))
	var bad []int
	for i := 0; ; i++ {
		e, err := j.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Err != nil {
			bad = append(bad, i)
		}
	}
	// Each bad line, and each line after one, which names another.
	if len(bad) != 4 || bad[0] != 3 || bad[1] != 4 || bad[2] != 5 || bad[3] != 6 || j.Torn != 0 {
		t.Errorf("bad lines %v of %d, torn %d", bad, len(p.Lines), j.Torn)
	}
}

func TestTheQuickWayThroughALineIsAsStrictAsTheSlow(t *testing.T) {
	data, _ := journalOf(t)
	quick := 0
	for raw := range bytes.Lines(data) {
		raw = bytes.TrimSuffix(raw, []byte("\n"))
		if !bytes.Contains(raw, []byte(`"type":"segment"`)) {
			continue
		}
		quick++
		if _, ok := evidence.QuickLine(raw); !ok {
			t.Errorf("the quick way does not take %s", raw)
		}
		for i := range raw {
			for _, c := range []byte{'0', '-', ' ', '"', '\\', 'e', '.', raw[i] ^ 1, raw[i] ^ 0x20} {
				changed := bytes.Clone(raw)
				changed[i] = c
				compareWays(t, changed)
			}
		}
		if quick == 3 {
			return
		}
	}
}

// compareWays demands that what the quick way takes, the slow way takes too, as the same line.
func compareWays(t *testing.T, raw []byte) {
	t.Helper()
	l, ok := evidence.QuickLine(raw)
	if !ok {
		return
	}
	slow, err := evidence.ParseLine(raw)
	if err != nil || slow.N != l.N || slow.Prev != l.Prev || slow.BootMS != l.BootMS || slow.UTC != l.UTC || !bytes.Equal(slow.Body, l.Body) {
		t.Errorf("quick takes %s as %+v; slow %+v, %v", raw, l, slow, err)
	}
	var b evidence.SegmentBody
	if err := json.Unmarshal(l.Body, &b); err != nil {
		t.Errorf("quick takes the body %s: %v", l.Body, err)
	}
	if again, err := evidence.MarshalBody(b); err != nil || !bytes.Equal(again, l.Body) {
		t.Errorf("quick takes %s, which would be written as %s, %v", l.Body, again, err)
	}
}

func FuzzJournal(f *testing.F) {
	data, _ := journalOf(f)
	f.Add(data)
	for line := range bytes.Lines(data) {
		f.Add(bytes.TrimSuffix(line, []byte("\n")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		compareWays(t, data)
		if l, err := evidence.ParseLine(data); err == nil {
			if again, err := l.Marshal(); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%q is read and written as %q, %v", data, again, err)
			}
		}
		end, err := evidence.ReadJournal(bytes.NewReader(data), func(evidence.Entry) error { return nil })
		if err != nil || end.Bytes+end.Torn != int64(len(data)) {
			t.Errorf("%+v, %v of %d bytes", end, err, len(data))
		}
	})
}

func FuzzManifests(f *testing.F) {
	p := packtest.NewBureau(f, "DK01").Make(packtest.Spec{})
	for _, name := range []string{evidence.FileManifest, evidence.FileTagManifest, evidence.FileBagInfo, evidence.FileReceipt, evidence.ManifestPath(1), evidence.ManifestPath(2)} {
		f.Add(p.MapFS[name].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if files, err := evidence.ParseManifestText(data); err == nil {
			if again, err := evidence.MarshalManifestText(files); err != nil || !bytes.Equal(again, data) {
				t.Errorf("manifest %q is written as %q, %v", data, again, err)
			}
		}
		if m, err := evidence.ParseManifestXML(data); err == nil {
			again, err := evidence.ManifestXML(m.Layer, m.Kind, m.Refs, false)
			if err == nil && !bytes.Equal(again, data) && !strings.Contains(string(data), "10197") {
				t.Errorf("manifest %q is written as %q", data, again)
			}
		}
		if r, err := evidence.ParseReceipt(data); err == nil && !bytes.Equal(r.Text(), data) {
			t.Errorf("receipt %q is written as %q", data, r.Text())
		}
		if i, err := evidence.ParseBagInfo(data); err == nil && i.Files < 0 {
			t.Errorf("bag info %+v", i)
		}
	})
}

// FuzzPackage feeds a package that is not sealed yet, where nothing but the parsers stands before the data.
func FuzzPackage(f *testing.F) {
	_, p := journalOf(f)
	all := names(p)
	for i, name := range all {
		f.Add(i, p.MapFS[name].Data)
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		name := all[(i%len(all)+len(all))%len(all)]
		r, err := evidence.Verify(p.With(name, append([]byte{}, data...)), evidence.Options{})
		if err == nil && r.Verdict.Accepted() {
			t.Errorf("%s of %d bytes makes it %s", name, len(data), r.Verdict)
		}
	})
}
