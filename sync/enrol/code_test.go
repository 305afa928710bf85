package enrol_test

import (
	"strings"
	"testing"

	"minglu/sync/enrol"
)

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	code := newCode(t)
	plain, err := enrol.ParseCode(code)
	if err != nil {
		t.Fatal(err)
	}
	if len(code) != 24 || len(plain) != 20 {
		t.Errorf("got %q, %q; want five groups of four", code, plain)
	}
	typed := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	if got, err := enrol.ParseCode(" " + typed); err != nil || got != plain {
		t.Errorf("%q: got %q, %v", typed, got, err)
	}
}

func TestOneWrongSignIsNoticed(t *testing.T) {
	plain := strings.ReplaceAll(newCode(t), "-", "")
	for i := range plain {
		for _, sign := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
			if c := plain[:i] + string(sign) + plain[i+1:]; c != plain {
				if _, err := enrol.ParseCode(c); err == nil {
					t.Errorf("%s with sign %d as %c is accepted", plain, i+1, sign)
				}
			}
		}
	}
}

func newCode(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	if err := enrol.Init(data, "Bureau"); err != nil {
		t.Fatal(err)
	}
	a, err := enrol.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := a.Invite("R101", "Room")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func FuzzCode(f *testing.F) {
	f.Add("0000-0000-0000-0000-0000")
	f.Fuzz(func(t *testing.T, typed string) {
		plain, err := enrol.ParseCode(typed)
		if err == nil && len(plain) != 20 {
			t.Errorf("%q is read as %q", typed, plain)
		}
	})
}
