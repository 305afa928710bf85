package evidence_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/evidence/pkitest"
)

func verify(t testing.TB, p packtest.Package, o evidence.Options) *evidence.Report {
	t.Helper()
	r, err := evidence.Verify(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantVerdict(t testing.TB, r *evidence.Report, want evidence.Verdict) {
	t.Helper()
	if r.Verdict != want {
		t.Errorf("verdict %s; want %s\nsigner %+v\nfaults %+v\ndangling %+v", r.Verdict, want, r.Signer, r.Faults, r.Dangling)
	}
}

func hasRemark(r *evidence.Report, code evidence.Code) bool {
	return slices.ContainsFunc(r.Remarks, func(m evidence.Remark) bool { return m.Code == code })
}

func hasFault(list []evidence.Fault, code evidence.Code) bool {
	return slices.ContainsFunc(list, func(f evidence.Fault) bool { return f.Code == code })
}

func TestACompletePackageIsAuthentic(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	r := verify(t, b.Make(packtest.Spec{}), b.Options())
	wantVerdict(t, r, evidence.Authentic)
	if r.Bytes.State != evidence.BytesWhole || r.Signer.State != evidence.SignerTrusted || r.Time.State != evidence.TimeBracketed {
		t.Errorf("answers %+v %+v %+v", r.Bytes, r.Signer, r.Time)
	}
	if len(r.Layers) != 3 || len(r.Moments) != 2 || r.Receipt == nil || !r.Receipt.Checked || r.Duration != 2880 {
		t.Errorf("report %+v", r)
	}
}

func TestTheReceiptCountsByHeadquartersLayerWithoutALedgerKey(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	o := b.Options()
	o.LedgerKeys = nil
	r := verify(t, b.Make(packtest.Spec{}), o)
	wantVerdict(t, r, evidence.Authentic)
	if !r.Receipt.Checked || r.NotBefore == "" || r.Time.State != evidence.TimeNotAfter || !slices.Contains(r.NotCheck, evidence.SkippedBeacon) {
		t.Errorf("receipt %+v, time %+v, not checked %q", r.Receipt, r.Time, r.NotCheck)
	}
}

func TestWhatTheRecordingItselfListsIsAGap(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	gap := evidence.GapBody{Track: "cam0", Medium: "video", FromMS: 480, ToMS: 520, Count: 1, Cause: evidence.CauseEncoder}
	for _, c := range []struct {
		name   string
		spec   packtest.Spec
		want   evidence.Verdict
		remark evidence.Code
	}{
		{"dropped picture", packtest.Spec{Gaps: []evidence.GapBody{gap}}, evidence.AuthenticGaps, ""},
		{"break", packtest.Spec{Pause: true}, evidence.AuthenticGaps, evidence.RemarkBreak},
		{"crash", packtest.Spec{Recovered: true}, evidence.AuthenticGaps, evidence.RemarkInterrupted},
		{"clock moved and told", packtest.Spec{Jump: 5 * time.Second}, evidence.Authentic, evidence.RemarkJump},
		{"clock moved in silence", packtest.Spec{SilentJump: 5 * time.Second}, evidence.Authentic, evidence.RemarkSilentJump},
		{"clock set back an hour", packtest.Spec{SilentJump: -time.Hour}, evidence.Authentic, evidence.RemarkClockOff},
		{"clock a day ahead", packtest.Spec{Jump: 24 * time.Hour}, evidence.Authentic, evidence.RemarkClockOff},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := verify(t, b.Make(c.spec), b.Options())
			wantVerdict(t, r, c.want)
			if c.remark != "" && !hasRemark(r, c.remark) {
				t.Errorf("no remark %s in %+v", c.remark, r.Remarks)
			}
		})
	}
}

func TestAPackageThatStillGrowsHasADanglingEnd(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	leaf, err := evidence.ParseCertificate(b.Room.Chain()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		spec packtest.Spec
		says evidence.Code
	}{
		{"running", packtest.Spec{Until: packtest.Running}, evidence.FaultNoClose},
		{"closed", packtest.Spec{Until: packtest.Closed}, evidence.FaultNoSeal},
		{"half sealed", packtest.Spec{Until: packtest.Bagged}, evidence.FaultHalfSealed},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, o := b.Make(c.spec), b.Options()
			for _, certs := range [][]*evidence.Certificate{nil, {leaf}} {
				o.Certificates = certs
				r := verify(t, p, o)
				wantVerdict(t, r, evidence.DanglingEnd)
				if !hasFault(r.Dangling, c.says) {
					t.Errorf("dangling %+v; want %s", r.Dangling, c.says)
				}
			}
		})
	}
	p := b.Make(packtest.Spec{Until: packtest.Running})
	torn := p.With(evidence.FileJournal, append(bytes.Clone(p.MapFS[evidence.FileJournal].Data), `{"n":99`...))
	torn = torn.With("data/media/cam0.mp4", append(bytes.Clone(p.MapFS["data/media/cam0.mp4"].Data), "half a fragment"...))
	r := verify(t, torn, b.Options())
	wantVerdict(t, r, evidence.DanglingEnd)
	if !hasFault(r.Dangling, evidence.FaultTornLine) || !hasFault(r.Dangling, evidence.FaultTornMedia) {
		t.Errorf("dangling %+v", r.Dangling)
	}
}

func TestWithoutAnySignatureNothingIsSigned(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{Until: packtest.Bagged})
	var bare []byte
	for line := range bytes.Lines(p.MapFS[evidence.FileJournal].Data) {
		part, err := evidence.SignedPart(line)
		if err != nil {
			t.Fatal(err)
		}
		bare = append(append(bare, part...), `,"sig":""}`+"\n"...)
	}
	wantVerdict(t, verify(t, p.With(evidence.FileJournal, bare), b.Options()), evidence.NotSigned)
}

func TestNobodyTrustedVouchesForTheKey(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	wantVerdict(t, verify(t, p, evidence.Options{}), evidence.UntrustedKey)
	foreign := b.Options()
	foreign.Roots = pkitest.New(t).Roots()
	wantVerdict(t, verify(t, p, foreign), evidence.UntrustedKey)
}

// half is the bureau's P-256 root alone.
func half(t *testing.T, b *packtest.Bureau) *evidence.Roots {
	t.Helper()
	certs, err := evidence.ParseCertificates(b.PKI.RootsPEM())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := evidence.ParseRoots(certs[0].PEM())
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

func TestAStrangerWithoutTheSM2RootIsToldSo(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	o := b.Options()
	o.Roots = half(t, b)
	r := verify(t, b.Make(packtest.Spec{}), o)
	wantVerdict(t, r, evidence.Authentic)
	if !slices.Contains(r.NotCheck, evidence.SkippedSM2Root) {
		t.Errorf("not checked %q", r.NotCheck)
	}
}

func TestAnInsiderWithAnotherKeyIsRefused(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	other := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{})
	tsa := b.PKI.TSA(evidence.SuiteP256)
	for _, c := range []struct {
		name string
		pack packtest.Package
		want evidence.Verdict
	}{
		{"another room's key", b.Reseal(p, b.PKI.Room("DK02"), b.PKI.RoomSM2("DK02"), 2), evidence.NotAuthentic},
		{"another room's SM2 key", b.Reseal(p, b.Room, b.PKI.RoomSM2("DK02"), 2), evidence.NotAuthentic},
		{"another key of the room", b.Reseal(p, b.PKI.Room("DK01"), b.RoomSM2, 2), evidence.NotAuthentic},
		{"self-made authority", other.Reseal(p, other.Room, other.RoomSM2, 2), evidence.NotAuthentic},
		{"time authority's key as seal", b.Reseal(p, tsa, b.RoomSM2, 2), evidence.NotAuthentic},
		{"headquarters' key as the room's", b.Reseal(p, b.HQ, b.RoomSM2, 2), evidence.NotAuthentic},
		{"SM2 layer left out", b.Reseal(p, b.Room, nil, 2), evidence.NotAuthentic},
		{"the room itself, without its SM2 layer", b.Reseal(p, b.Room, nil, 1), evidence.Authentic},
	} {
		t.Run(c.name, func(t *testing.T) { wantVerdict(t, verify(t, c.pack, b.Options()), c.want) })
	}
	stranger := p.Clone()
	b.AddLayer(stranger.MapFS, other.HQ, b.TSA, time.Now())
	wantVerdict(t, verify(t, stranger, b.Options()), evidence.UntrustedKey)
}

func TestARecordThatSaysOtherThanTheJournalIsAFault(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	gap := evidence.GapBody{Track: "cam0", Medium: "video", FromMS: 480, ToMS: 520, Count: 7, Cause: evidence.CauseEncoder}
	for _, edit := range [][2]string{
		{`"n":1`, `"n":1`}, {`"count":7`, `"count":1`}, {`"duration_ms":2880`, `"duration_ms":2881`}, {`"mark":"rights"`, `"mark":"end"`},
		{`"case":"2026-0042"`, `"case":"2026-0043"`}, {`"frames":72`, `"frames":71`}, {`"interrupted":false`, `"interrupted":true`}, {`"dropped":7`, `"dropped":0`},
	} {
		changed := false
		p := b.Make(packtest.Spec{NoReceipt: true, Gaps: []evidence.GapBody{gap}, Edit: func(files fstest.MapFS) {
			was := files[evidence.FileRecord].Data
			is := bytes.Replace(was, []byte(edit[0]), []byte(edit[1]), 1)
			changed = !bytes.Equal(was, is)
			files[evidence.FileRecord] = &fstest.MapFile{Data: is}
		}})
		r := verify(t, p, b.Options())
		want := evidence.NotAuthentic
		if !changed {
			want = evidence.AuthenticGaps
		}
		wantVerdict(t, r, want)
		if changed && (r.Faults[0].File != evidence.FileRecord || r.Faults[0].Code != evidence.FaultDisagrees) {
			t.Errorf("%s: faults %+v", edit[1], r.Faults)
		}
	}
}

func TestCertificatesAreJudgedAtTheProvenMoment(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	at := time.Now().AddDate(-1, 0, 0).UTC().Truncate(time.Second)
	short := pkitest.Leaf{Suite: evidence.SuiteP256, Name: "DK01", URI: evidence.RoomURI + "DK01", From: at.AddDate(0, 0, -1), To: at.AddDate(0, 1, 0)}
	b.Room = b.PKI.Issue(short)
	now := b.PKI.Now
	b.PKI.Now = func() time.Time { return at }
	b.TSA = b.PKI.Stamper(evidence.SuiteP256)
	b.PKI.Now = now
	made := b.Make(packtest.Spec{Start: at, Single: true, NoReceipt: true})
	wantVerdict(t, verify(t, made, b.Options()), evidence.Authentic) // expired today, valid when stamped

	bare := b.Make(packtest.Spec{Start: at, Single: true, NoReceipt: true, NoToken: true})
	wantVerdict(t, verify(t, bare, b.Options()), evidence.UntrustedKey)
	o := b.Options()
	o.At = at.Add(time.Hour)
	wantVerdict(t, verify(t, bare, o), evidence.Authentic)

	for _, c := range []struct {
		revoked time.Time
		want    evidence.Verdict
	}{{at.Add(-time.Hour), evidence.UntrustedKey}, {at.AddDate(0, 0, 3), evidence.Authentic}} {
		o := b.Options()
		if err := o.Roots.Revoke(b.PKI.Revoke(b.Room, c.revoked)); err != nil {
			t.Fatal(err)
		}
		wantVerdict(t, verify(t, made, o), c.want)
	}
}

func TestALateTimestampProvesAMomentToo(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	p := b.Make(packtest.Spec{NoToken: true, NoReceipt: true})
	if r := verify(t, p, b.Options()); r.NotAfter != "" {
		t.Errorf("not after %s without a token", r.NotAfter)
	}
	b.AddTimestamp(p.MapFS, b.TSA)
	r := verify(t, p, b.Options())
	wantVerdict(t, r, evidence.Authentic)
	if r.NotAfter == "" || r.Time.State != evidence.TimeBracketed {
		t.Errorf("time %+v", r.Time)
	}
	foreign := p.Clone()
	b.AddTimestamp(foreign.MapFS, packtest.NewBureau(t, "DK01").TSA)
	r = verify(t, foreign, b.Options())
	wantVerdict(t, r, evidence.Authentic)
	if !hasRemark(r, evidence.RemarkTokenTrust) || !strings.Contains(r.Layers[3].What, "unknown_authority") {
		t.Errorf("remarks %+v, layers %+v", r.Remarks, r.Layers)
	}
}
