package evidence_test

import (
	"testing"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
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

func TestACompletePackageIsAuthentic(t *testing.T) {
	b := packtest.NewBureau(t, "DK01")
	r := verify(t, b.Make(packtest.Spec{}), b.Options())
	wantVerdict(t, r, evidence.Authentic)
	if r.Time.State != evidence.TimeBracketed {
		t.Errorf("time %+v; want bracketed", r.Time)
	}
	t.Logf("%+v", r)
}
