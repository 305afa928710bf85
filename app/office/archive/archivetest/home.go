// Package archivetest makes homes of rooms with real, truly signed packages in them, for tests of the archive.
package archivetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minglu/app/office/archive"
	"minglu/app/room"
	"minglu/app/settings"
	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/key"
	"minglu/capture/transcript"
	"minglu/capture/vault"
	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// Code is the room's.
const Code = "R101"

// Home is a room's home.
type Home struct {
	*room.Room
	Bureau *packtest.Bureau
	t      testing.TB
}

// New makes a home without recordings.
func New(t testing.TB) *Home {
	t.Helper()
	h := &Home{t: t, Bureau: packtest.NewBureau(t, Code)}
	dir := t.TempDir()
	v, err := vault.Open(durable.OS{}, filepath.Join(dir, "vault"))
	h.must(err)
	box, err := outbox.Open(filepath.Join(dir, "outbox.db"), Code)
	h.must(err)
	t.Cleanup(func() { h.must(box.Close()) })
	h.Room = &room.Room{
		Home: dir, Vault: v, Box: box, Clock: clock.System(), Roots: h.Bureau.PKI.Roots(), RootsPEM: h.Bureau.PKI.RootsPEM(),
		Keys:     &key.Keys{HQ: h.Bureau.LedgerKey},
		Settings: settings.Room{Room: Code, Title: "第一约谈室", Org: "示例市税务局"},
	}
	return h
}

func (h *Home) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// Archive opens the home's archive.
func (h *Home) Archive() *archive.Archive {
	h.t.Helper()
	a, err := archive.Open(h.t.Context(), h.Room)
	h.must(err)
	h.t.Cleanup(func() { h.must(a.Close()) })
	return a
}

// Interview is a recording to be made.
type Interview struct {
	packtest.Spec
	Change   func(*evidence.Plan)
	Note     string // typed at the marker
	Segments []transcript.Segment
}

// Add puts a sealed recording into the vault and into the outbox, where headquarters has received it unless the
// Spec says NoReceipt, and gives its id.
func (h *Home) Add(v Interview) string {
	h.t.Helper()
	ctx := h.t.Context()
	n, err := h.Box.Reserve(ctx, time.Now())
	h.must(err)
	v.Number = n
	v.Plan = func(p *evidence.Plan) {
		p.RoomTitle, p.Item, p.ItemTitle = h.Settings.Title, "I03", "询问"
		if v.Change != nil {
			v.Change(p)
		}
	}
	if v.Note != "" {
		_, line, err := transcript.NewBook(transcript.Transcript{}).Revise(transcript.Revision{What: "mark", Author: "张三", Text: v.Note})
		h.must(err)
		v.Text = line[:len(line)-1]
	}
	v.Transcript = h.transcript(v.Segments)
	p := h.Bureau.Make(v.Spec)
	h.lay(p)
	h.settle(p.ID, v.NoReceipt)
	return p.ID
}

func (h *Home) transcript(segments []transcript.Segment) []byte {
	t, err := transcript.New(evidence.Plan{}, h.Settings.Org)
	h.must(err)
	for i, s := range segments {
		s.N = int64(i + 1)
		s.ToMS = max(s.ToMS, s.FromMS)
		t.Segments = append(t.Segments, s)
	}
	raw, err := t.Marshal()
	h.must(err)
	return raw
}

// lay writes a package into the vault.
func (h *Home) lay(p packtest.Package) {
	for name, f := range p.MapFS {
		path := filepath.Join(h.Vault.Dir(p.ID), filepath.FromSlash(name))
		h.must(os.MkdirAll(filepath.Dir(path), 0o755))
		h.must(os.WriteFile(path, f.Data, 0o644))
	}
}

// settle brings the recording's row to where it stands.
func (h *Home) settle(id string, only bool) {
	ctx, now := h.t.Context(), time.Now()
	h.must(h.Box.Seal(ctx, id, fmt.Sprintf("%064d", 1), now))
	if only {
		return
	}
	h.must(h.Box.Queue(ctx, id, []wire.Part{{Path: "mimetype", Size: 31, SHA256: fmt.Sprintf("%064d", 2)}}, now))
	h.must(h.Box.Tell(ctx, id, outbox.Sealed, now))
	h.must(h.Box.Verify(ctx, id, now))
	received := now.Add(-2 * outbox.KeepAfterReceipt) // so that it may be freed
	h.must(h.Box.Receive(ctx, id, []wire.File{{Path: evidence.FileReceipt, Data: []byte("proof")}}, received, now))
}

// Free gives the space of a received recording back, as a person would order.
func (h *Home) Free(id string) {
	h.t.Helper()
	now := time.Now()
	_, err := h.Box.Release(h.t.Context(), outbox.Order{ID: id, Person: "管理员", Reason: "保管期满", Until: now.Add(-time.Hour)}, now)
	h.must(err)
	h.must(os.RemoveAll(h.Vault.Dir(id)))
}

// Many enters n recordings of n/20 companies that headquarters holds, the newest at now, each with a transcript of so
// many characters.
func Many(ctx context.Context, a *archive.Archive, n, characters int, now time.Time) error {
	r := rand.New(rand.NewPCG(1, 2))
	const batch = 1000
	for from := 0; from < n; from += batch {
		var all []archive.Filed
		for i := from; i < min(from+batch, n); i++ {
			all = append(all, made(r, i, n, characters, now))
		}
		if err := a.Restore(ctx, all); err != nil {
			return err
		}
	}
	return nil
}

// Syllables of names and of talk.
const (
	surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑"
	given    = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂兰玉英华文建国志红"
	firms    = "明远恒达鑫盛宏图瑞丰天成海通华安金茂东升永兴百川"
	talk     = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处"
)

func pick(r *rand.Rand, from []rune, n int) string {
	out := make([]rune, n)
	for i := range out {
		out[i] = from[r.IntN(len(from))]
	}
	return string(out)
}

func name(r *rand.Rand) string {
	return pick(r, []rune(surnames), 1) + pick(r, []rune(given), 1+r.IntN(2))
}

func made(r *rand.Rand, i, n, characters int, now time.Time) archive.Filed {
	firm := rand.New(rand.NewPCG(uint64(i%max(n/20, 1)), 7))
	company := pick(firm, []rune(firms), 4) + "商贸有限公司"
	c := archive.Card{
		ID: evidence.MakeID(Code, int64(i+1)), State: outbox.Released, Room: "第一约谈室", Item: fmt.Sprintf("I%02d", 1+i%7),
		Title: "询问", Case: fmt.Sprintf("2026-%05d", i/3), Taxpayer: evidence.Taxpayer{Name: company, USCC: fmt.Sprintf("91420100MA%08d", i%max(n/20, 1))},
		Persons:  []evidence.Person{{Name: name(r)}},
		Officers: []evidence.Person{{Name: name(r), Certificate: fmt.Sprintf("E%03d", i%60)}, {Name: name(r), Certificate: fmt.Sprintf("E%03d", i%59)}},
		StartMS:  now.Add(-time.Duration(n-i) * 40 * time.Minute).UnixMilli(), DurationMS: 1_800_000 + r.Int64N(3_600_000), Bytes: 900_000_000,
	}
	return archive.Filed{Card: c, Body: []string{pick(r, []rune(talk), characters)}}
}
