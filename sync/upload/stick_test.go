package upload_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"minglu/sync/outbox"
)

func TestTheRealHeadquartersAnswersByStick(t *testing.T) {
	c := newChaos(t)
	c.record()
	c.record()
	courier, closer, err := openCourier(c.home, "https://127.0.0.1:1") // no line leads anywhere
	must(t, err)
	defer func() { must(t, closer()) }()
	stick := t.TempDir()
	sent, err := courier.Export(t.Context(), stick)
	if err != nil || len(sent) != 2 {
		t.Fatalf("exported %v, %v; want both", sent, err)
	}
	c.hq.ask("import", "--from", stick)
	done, err := courier.ImportReceipts(t.Context(), stick)
	if err != nil || !slices.Equal(done, sent) {
		t.Fatalf("received %v, %v; want %v", done, err, sent)
	}
	for _, id := range sent {
		row, err := c.box.Row(t.Context(), id)
		if err != nil || row.State != outbox.Received {
			t.Errorf("%s is %s, %v; want received", id, row.State, err)
		}
		if _, err := os.Stat(filepath.Join(c.home, "vault", id, "receipt.tlog-proof")); err != nil {
			t.Error(err)
		}
		c.compare(id, c.made[id])
	}
}
