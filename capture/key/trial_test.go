package key_test

import (
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/key"
)

func TestATrialIsSignedByTheRoomsKeyAndVouchedForByNobodyElse(t *testing.T) {
	pki := pkitest.New(t)
	for _, room := range []evidence.Signer{pki.Room("R1"), pki.RoomSM2("R1")} {
		s, root, err := key.Trial(room, "TRIAL", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := evidence.ParseCertificate(s.Chain()[0])
		if err != nil || leaf.Room != "TRIAL" || leaf.Suite != room.Suite() || len(s.Chain()) != 1 {
			t.Errorf("%s: certificate %+v, %v", room.Suite(), leaf, err)
		}
		own, err := evidence.ParseRoots(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := own.Trust([]*evidence.Certificate{leaf}, time.Now(), evidence.UseSeal); err != nil {
			t.Errorf("%s: its own authority: %v", room.Suite(), err)
		}
		if err := pki.Roots().Trust([]*evidence.Certificate{leaf}, time.Now(), evidence.UseSeal); err == nil {
			t.Errorf("%s: the bureau vouches for a trial", room.Suite())
		}
		signed, err := evidence.SignCMS(s, []byte("manifest"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := evidence.VerifyCMS(signed, []byte("manifest")); err != nil {
			t.Errorf("%s: %v", room.Suite(), err)
		}
	}
}
