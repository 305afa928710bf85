package player_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"minglu/app/i18n"
	"minglu/app/player"
	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
)

// ask reads a JSON answer of a page.
func ask(t testing.TB, show http.Handler, path string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", path, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &memory{header: http.Header{}}
	show.ServeHTTP(w, r)
	if err := json.Unmarshal(w.body, into); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, w.body)
	}
}

// memory keeps an answer.
type memory struct {
	header http.Header
	body   []byte
	status int
}

func (m *memory) Header() http.Header { return m.header }
func (m *memory) WriteHeader(s int)   { m.status = s }
func (m *memory) Write(p []byte) (int, error) {
	m.body = append(m.body, p...)
	return len(p), nil
}

// judged opens the page of a package and waits for the verdict.
func judged(t testing.TB, show http.Handler, lang string) (v player.Verdict) {
	t.Helper()
	ask(t, show, "/facts.json?lang="+lang, &player.Facts{})
	show.ServeHTTP(&memory{header: http.Header{}}, must(http.NewRequest("GET", "/", nil)))
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ask(t, show, "/verdict.json?lang="+lang, &v); v.State != "running" {
			return v
		}
	}
	t.Fatal("no verdict")
	return v
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTheVerdictHasItsThreeAnswersInBothLanguages(t *testing.T) {
	b := packtest.NewBureau(t, "R1")
	whole := b.Make(packtest.Spec{})
	film := slices.Clone(whole.MapFS["data/media/cam0.mp4"].Data)
	film[len(film)/2] ^= 1
	for _, c := range []struct {
		files    fstest.MapFS
		lang     string
		tone, is string
		answers  string
	}{
		{whole.MapFS, "zh", "good", "✓ 真实完整", "每一字节都与封存时一致"},
		{whole.MapFS, "en", "good", "✓ authentic: whole, signed, nothing missing", "every byte is as it was sealed"},
		{whole.With("data/media/cam0.mp4", film).MapFS, "zh", "bad", "✗ 不真实：与封存时不符", "与封存时不一致"},
		{b.Make(packtest.Spec{Pause: true}).MapFS, "en", "warn", "✓ authentic with gaps", "every byte"},
	} {
		show := player.NewShow(player.Recording{ID: whole.ID, Files: c.files, Verify: b.Options()}, i18n.ZH)
		v := judged(t, show, c.lang)
		if v.Tone != c.tone || !strings.HasPrefix(v.Title, c.is) || len(v.Answers) < 3 || !strings.Contains(v.Answers[0].Text, c.answers) {
			t.Errorf("%s: %+v", c.lang, v)
		}
		if c.tone == "bad" && (len(v.Groups) == 0 || v.Groups[0].Items[0].ToMS == 0) {
			t.Errorf("the fault names no minutes: %+v", v.Groups)
		}
		if err := show.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestADamagedPackageIsShownAsFarAsItGoes(t *testing.T) {
	b := packtest.NewBureau(t, "R1")
	whole := b.Make(packtest.Spec{Pause: true})
	for name := range whole.MapFS {
		for _, data := range [][]byte{nil, {}, []byte("{"), []byte("\x00\xff\xfe"), []byte(strings.Repeat("[", 5000))} {
			show := player.NewShow(player.Recording{ID: whole.ID, Files: whole.With(name, data).MapFS, Verify: b.Options()}, i18n.ZH)
			var f player.Facts
			ask(t, show, "/facts.json", &f)
			if f.ID != whole.ID || len(f.Films) == 0 {
				t.Errorf("%s damaged: %+v", name, f)
			}
			if err := show.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTheTimeLineTellsMarksBreaksAndGaps(t *testing.T) {
	b := packtest.NewBureau(t, "R1")
	p := b.Make(packtest.Spec{Pause: true, Gaps: []evidence.GapBody{{Track: "cam0", Medium: "video", FromMS: 900, ToMS: 1100, Count: 5, Cause: evidence.CauseDevice}}})
	show := player.NewShow(player.Recording{ID: p.ID, Files: p.MapFS}, i18n.ZH)
	defer show.Close()
	var f player.Facts
	ask(t, show, "/facts.json", &f)
	var got []string
	for _, e := range f.Events {
		got = append(got, e.Kind+" "+e.Text)
	}
	want := []string{"gap 缺少画面：设备断开", "mark 权利告知：问：请说明情况。", "break 中断（休息）", "mark 恢复录制"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	if f.Duration == 0 || f.Start == 0 || !strings.Contains(f.Brief, "某某有限公司") || len(f.Films) != 2 || !f.Films[0].Picture {
		t.Errorf("facts %+v", f)
	}
	ask(t, show, "/facts.json?lang=en", &f)
	if !strings.Contains(fmt.Sprint(f.Rows), "Officers") || f.Words["player.play"] != "Play" {
		t.Errorf("english rows %v", f.Rows)
	}
}
