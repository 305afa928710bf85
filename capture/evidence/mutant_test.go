package evidence_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// mutant is a package with one thing changed, and what a verifier should say of it.
type mutant struct {
	name     string
	pack     packtest.Package
	file     string // that some fault must name
	from, to int64  // minutes the fault must touch; to 0: not asked
}

// mutateFile gives flips spread evenly over a file, truncations, growth, removal, and a swap for the same
// file of another package.
func mutateFile(p, other packtest.Package, name string, flips int, chance *rand.Rand) []mutant {
	data := p.MapFS[name].Data
	var all []mutant
	add := func(what string, changed []byte) {
		all = append(all, mutant{name: name + " " + what, pack: p.With(name, changed), file: name})
	}
	for i := range flips {
		at := i * len(data) / flips
		at += chance.IntN(max(1, len(data)/flips))
		changed := bytes.Clone(data)
		bit := byte(1) << chance.IntN(8)
		changed[at] ^= bit
		add(fmt.Sprintf("flip %#02x at %d", bit, at), changed)
		all[len(all)-1].from = int64(at)
	}
	for _, n := range []int{0, 1, len(data) / 2, len(data) - 1} {
		add(fmt.Sprintf("cut to %d", n), append([]byte{}, data[:n]...))
	}
	add("grown by a zero", append(bytes.Clone(data), 0))
	add("grown by a newline", append(bytes.Clone(data), '\n'))
	add("grown by itself", append(bytes.Clone(data), data...))
	add("removed", nil)
	if o := other.MapFS[name]; o != nil && !bytes.Equal(o.Data, data) {
		add("of another package", o.Data)
	}
	return all
}

// segments are the journal's segment lines by file.
func segments(t testing.TB, p packtest.Package) map[string][]evidence.SegmentBody {
	t.Helper()
	all := map[string][]evidence.SegmentBody{}
	_, err := evidence.ReadJournal(bytes.NewReader(p.MapFS[evidence.FileJournal].Data), func(e evidence.Entry) error {
		if e.Line.Kind != evidence.KindSegment {
			return nil
		}
		var b evidence.SegmentBody
		err := json.Unmarshal(e.Line.Body, &b)
		all["data/media/"+b.Track+".mp4"] = append(all["data/media/"+b.Track+".mp4"], b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// minutes fills in which part of the recording a flip in a media file touches: its fragment's, or all of it
// for the head and the index.
func minutes(m mutant, segs []evidence.SegmentBody) mutant {
	if segs == nil || !strings.Contains(m.name, " flip ") {
		m.from = 0
		return m
	}
	at, last := m.from, segs[len(segs)-1]
	m.from, m.to = 0, last.ToMS
	for _, s := range segs[1:] {
		if at >= s.Off && at < s.Off+s.Len {
			m.from, m.to = s.FromMS, s.ToMS
		}
	}
	return m
}

// judge says what is wrong with a report on a mutant, or "".
func judge(m mutant, r *evidence.Report) string {
	named, minutes := false, m.to == 0
	for _, f := range r.Faults {
		if f.File == m.file {
			named = true
			minutes = minutes || f.FromMS == m.from && f.ToMS == m.to
		} else if f.Code != evidence.FaultDisagrees && f.Code != evidence.FaultPlan {
			return fmt.Sprintf("blames %s: %s %s", f.File, f.Code, f.What)
		}
	}
	switch {
	case r.Verdict.Accepted():
		return "accepted"
	case !named:
		return fmt.Sprintf("does not name the file: %+v", r.Faults)
	case !minutes:
		return fmt.Sprintf("does not name %d to %d ms: %+v", m.from, m.to, r.Faults)
	}
	return ""
}

func verifyAll(t *testing.T, o evidence.Options, all []mutant) {
	t.Helper()
	work := make(chan mutant)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for m := range work {
				r, err := evidence.Verify(m.pack, o)
				if err != nil {
					t.Errorf("%s: %v", m.name, err)
				} else if wrong := judge(m, r); wrong != "" {
					t.Errorf("%s: verdict %s: %s", m.name, r.Verdict, wrong)
				}
			}
		})
	}
	for _, m := range all {
		work <- m
	}
	close(work)
	workers.Wait()
}

// The heavy part of a verification is the layers' signatures, so that most changes below data/ are made to a
// package with one layer, and all changes to layers to one with all of them.
func TestNoMutantIsAcceptedAndEachNamesItsFileAndMinutes(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	chance := rand.New(rand.NewPCG(1, 2))
	single := packtest.Spec{Single: true, NoReceipt: true}
	sealed, otherSealed := b.Make(single), b.Make(packtest.Spec{Single: true, NoReceipt: true, Number: 2})
	whole, otherWhole := b.Make(packtest.Spec{}), b.Make(packtest.Spec{Number: 2})
	var light, full []mutant
	segs := segments(t, sealed)
	for _, name := range names(sealed) {
		flips := 120
		if segs[name] != nil {
			flips = 700
		}
		if strings.HasPrefix(name, "META-INF/") {
			continue
		}
		for _, m := range mutateFile(sealed, otherSealed, name, flips, chance) {
			light = append(light, minutes(m, segs[name]))
		}
	}
	segs = segments(t, whole)
	for _, name := range names(whole) {
		flips := 4
		if strings.HasPrefix(name, "META-INF/") || name == evidence.FileReceipt {
			flips = 30
		}
		for _, m := range mutateFile(whole, otherWhole, name, flips, chance) {
			full = append(full, minutes(m, segs[name]))
		}
	}
	for _, name := range []string{"data/extra.txt", "data/media/cam2.mp4", "extra.txt", "META-INF/extra.xml", "META-INF/ASiCManifest009.xml", "data/paper/copy.pdf"} {
		full = append(full, mutant{name: name + " added", pack: whole.With(name, []byte("x")), file: name})
	}
	t.Logf("%d mutants", len(light)+len(full))
	if len(light)+len(full) < 3000 {
		t.Errorf("%d mutants; want at least 3000", len(light)+len(full))
	}
	o := b.Options()
	o.Whole, o.SM3 = false, false // the plain command must see them all
	verifyAll(t, o, light)
	verifyAll(t, o, full)
}

func names(p packtest.Package) []string {
	var all []string
	for name := range p.MapFS {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func TestAMediaFileOfAnotherRecordingIsRefused(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p, other := b.Make(packtest.Spec{}), b.Make(packtest.Spec{Number: 2})
	for _, name := range []string{"data/media/cam0.mp4", "data/media/cam1.mp4"} {
		r := verify(t, p.With(name, other.MapFS[name].Data), b.Options())
		wantVerdict(t, r, evidence.NotAuthentic)
	}
	swapped := p.With("data/media/cam0.mp4", p.MapFS["data/media/cam1.mp4"].Data)
	wantVerdict(t, verify(t, swapped, b.Options()), evidence.NotAuthentic)
}

func TestAReplayUnderAnotherNumberIsRefused(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	o := b.Options()
	o.ID = "DK01-000002"
	r := verify(t, p, o)
	wantVerdict(t, r, evidence.NotAuthentic)
	if r.Faults[0].Code != evidence.FaultID {
		t.Errorf("fault %+v; want %s", r.Faults[0], evidence.FaultID)
	}
	renumbered := func(name string) packtest.Package {
		data := bytes.ReplaceAll(p.MapFS[name].Data, []byte("DK01-000001"), []byte("DK01-000002"))
		return b.Reseal(p.With(name, data), b.Room, b.RoomSM2, 2)
	}
	for _, name := range []string{evidence.FilePlan, evidence.FileRecord, evidence.FileJournal} {
		wantVerdict(t, verify(t, renumbered(name), b.Options()), evidence.NotAuthentic)
	}
}

func TestAFolderOfNothingIsNoPackage(t *testing.T) {
	if _, err := evidence.Verify(fstest.MapFS{"readme.txt": {Data: []byte("x")}}, evidence.Options{}); err == nil {
		t.Error("verified a folder that is no package")
	}
}
