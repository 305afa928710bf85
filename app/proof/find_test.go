package proof_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARecordingIsFoundGivenAwayAndLogged(t *testing.T) {
	t.Parallel()
	b := openBureau(t)
	home := b.room(t, "FIND")
	text := filepath.Join(t.TempDir(), "t.txt")
	if err := os.WriteFile(text, []byte("问：公示栏在哪里？\n答：在东湖路的仓库。\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := record(t, home, "--camera", "synth:320x180@25", "--mic", "synth:", "--person", "王𬭎", "--transcript", text, "--for", "2s").last(t, "sealed")
	deliver(t, b, home, sealed)
	for _, args := range [][]string{{"--text", "公示"}, {"--text", "湖"}, {"--person", "𬭎"}, {"--item", "I03"}, {}, {"--text", "东湖路的仓库", "--from", "2020", "--to", "2999"}} {
		found := must(t, "minglu", append([]string{"find", "--home", home}, args...)...).events
		if len(found) != 1 || found[0].ID != sealed.ID || found[0].State != "received" {
			t.Errorf("find %v: %+v", args, found)
		}
	}
	if found := must(t, "minglu", "find", "--home", home, "--text", "湖东").events; len(found) != 0 {
		t.Errorf("found %+v", found)
	}
	out := filepath.Join(t.TempDir(), "x.zip")
	refused(t, call(t, "minglu", "export", "--home", home, "--id", sealed.ID, "--out", out, "--by", "陈局"), 2, "access.why")
	given := must(t, "minglu", "export", "--home", home, "--id", sealed.ID, "--out", out, "--by", "陈局", "--reason", "法院调取").last(t, "exported")
	if !strings.HasPrefix(given.Verdict, "AUTHENTIC") {
		t.Errorf("the export is %s", given.Verdict)
	}
	b.verify(t, out, verdictFor(sealed)...)
	refused(t, call(t, "minglu", "export", "--home", home, "--id", sealed.ID, "--out", out, "--by", "陈局", "--reason", "again"), 2, "file.exists")
	log := must(t, "minglu", "access", "--home", home).events
	if len(log) != 1 || log[0].Event != "access" || log[0].ID != sealed.ID {
		t.Errorf("the log is %+v", log)
	}
	path := filepath.Join(home, "access.jsonl")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := call(t, "minglu", "access", "--home", home); s.code != 1 || s.last(t, "fault").Event == "" {
		t.Errorf("an emptied log: exit %d", s.code)
	}
	refused(t, call(t, "minglu", "access", "--home", t.TempDir()), 2, "room.absent")
}
