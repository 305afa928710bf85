package record_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"minglu/app/desk/record"
	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/catalog"
	"minglu/capture/evidence"
)

func newModel(t *testing.T, home string) *record.Model {
	t.Helper()
	link := record.NewLink(home, func(context.Context) error { return nil })
	room := settings.Room{V: 1, Room: "ROOM01", Title: "第一约谈室", HQ: "https://hq.example"}
	m, err := record.NewModel(home, room, doctor.NewRoom(home, home), i18n.ZH, link)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// whole is a draft that lacks nothing.
func whole() record.Draft {
	return record.Draft{
		Item: "I03", Taxpayer: evidence.Taxpayer{Name: "明远商贸有限公司"}, Person: "王五、 赵六",
		Officers: [2]evidence.Person{{Name: "张三", Certificate: "A001"}, {Name: "李四", Certificate: "A002"}},
		Clerk:    evidence.Person{Name: "孙七", Certificate: "A003"},
	}
}

func TestAnActIsFoundByCodeWordAndInitials(t *testing.T) {
	m := newModel(t, t.TempDir())
	for typed, want := range map[string]string{"i03": "I03", "稽查询问": "I03", "jcxw": "I03", "fzchrd": "D01", "questioning": "I03"} {
		codes := []string{}
		for _, i := range m.Search(typed) {
			codes = append(codes, i.Code)
		}
		if !slices.Contains(codes, want) {
			t.Errorf("%q finds %v; want %s among them", typed, codes, want)
		}
	}
	if got := len(m.Search("")); got != 45 {
		t.Errorf("nothing typed lists %d acts; want 45", got)
	}
	if got := m.Search("zzzz"); len(got) > 0 {
		t.Errorf("nonsense finds %v", got)
	}
}

func TestTheRulesAskForTwoDifferentOfficersWithCertificates(t *testing.T) {
	item := catalog.Item{Code: "I03", Class: "I"}
	for want, spoil := range map[record.Lack]func(*record.Draft){
		record.LackTaxpayer: func(d *record.Draft) { d.Taxpayer.Name = "  " },
		record.LackPerson:   func(d *record.Draft) { d.Person = "，、" },
		record.LackOfficers: func(d *record.Draft) { d.Officers[1].Certificate = "" },
		record.LackSame:     func(d *record.Draft) { d.Officers[1].Certificate = "A001" },
	} {
		d := whole()
		spoil(&d)
		if got := d.Lacks(item); !slices.Equal(got, []record.Lack{want}) {
			t.Errorf("got %v; want %s", got, want)
		}
	}
	if got := whole().Lacks(item); len(got) > 0 {
		t.Errorf("a whole draft lacks %v", got)
	}
}

func TestWhatIsMissingBlocksUntilAReasonIsGiven(t *testing.T) {
	m := newModel(t, t.TempDir())
	m.Put(record.Draft{Item: "I03"})
	if m.Feed.Newest().CanStart() {
		t.Error("starts without people")
	}
	m.Edit(func(d *record.Draft) { d.Override = "紧急" })
	if !m.Feed.Newest().CanStart() {
		t.Error("a reason does not help")
	}
	m.Edit(func(d *record.Draft) { d.Item = "" })
	if m.Feed.Newest().CanStart() {
		t.Error("starts without an act")
	}
	m.Put(whole())
	if !m.Feed.Newest().CanStart() {
		t.Error("a whole draft does not start")
	}
}

func TestThePlanHoldsWhatWasTyped(t *testing.T) {
	plan := whole().Plan(catalog.Item{Code: "I03", ZH: "稽查询问（调查）", Retention: "PERM"}, settings.Room{Title: "第一约谈室"}, "zh")
	if len(plan.Persons) != 2 || plan.Persons[1].Name != "赵六" || len(plan.Officers) != 2 || plan.Clerk.Role != "clerk" ||
		plan.Place != "第一约谈室" || plan.Retention != "PERM" || len(plan.Overrides) != 0 {
		t.Errorf("got %+v", plan)
	}
	if faults := plan.Check(); len(faults) > 0 {
		t.Error(faults)
	}
}

// running works a model until the test ends, or stop is called.
func running(t *testing.T, home string) (m *record.Model, stop func()) {
	t.Helper()
	m = newModel(t, home)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { m.Run(ctx) })
	stop = func() { cancel(); work.Wait() }
	t.Cleanup(stop)
	return m, stop
}

func TestPeopleAndWaitingSessionsAreRemembered(t *testing.T) {
	home := t.TempDir()
	m, stop := running(t, home)
	m.Put(whole())
	m.Keep(" 今天 14:30 ")
	if got := m.Feed.Newest().Draft; got.Item != "" || got.Officers[0].Name != "张三" {
		t.Errorf("the next draft is %+v", got)
	}
	stop()
	again := newModel(t, home)
	got := again.Feed.Newest().Waiting
	if len(got) != 1 || got[0].When != "今天 14:30" {
		t.Fatalf("what waits is %+v", got)
	}
	again.Edit(func(d *record.Draft) { d.Case = "另一案" })
	again.Take(0)
	if got := again.Feed.Newest(); got.Draft.Taxpayer.Name != "明远商贸有限公司" || len(got.Waiting) != 1 || got.Waiting[0].Case != "另一案" {
		t.Errorf("took %+v, waiting %+v", got.Draft, got.Waiting)
	}
	again.Drop(0)
	if got := again.Feed.Newest().Waiting; len(got) != 0 {
		t.Errorf("dropped, and %+v waits", got)
	}
}

func TestAPartOfANameOrNumberFindsWhoIsMeant(t *testing.T) {
	m := newModel(t, t.TempDir())
	d := whole()
	d.Taxpayer.USCC = "91420100MA4KXXXX00"
	m.Put(d)
	m.Keep("")
	for typed, want := range map[string]string{"张": "A001", "a002": "A002", "lis": "", "ls": "A002", "孙": "A003", "": ""} {
		found := m.Persons(typed)
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || found[0].Certificate != want) {
			t.Errorf("%q finds %+v; want %q", typed, found, want)
		}
	}
	for _, typed := range []string{"明远", "mysm", "9142"} {
		if found := m.Households(typed); len(found) != 1 || found[0].USCC != d.Taxpayer.USCC {
			t.Errorf("%q finds %+v", typed, found)
		}
	}
	d.Taxpayer.Name = "明远商贸集团" // renamed: one household
	m.Put(d)
	m.Keep("")
	if found := m.Households("9142"); len(found) != 1 || found[0].Name != "明远商贸集团" {
		t.Errorf("a renamed household is %+v", found)
	}
}

func TestWhatIsBeingTypedSurvivesTheWindow(t *testing.T) {
	home := t.TempDir()
	m, stop := running(t, home)
	m.Edit(func(d *record.Draft) { d.Case = "稽查〔2026〕1号" })
	stop()
	if got := newModel(t, home).Feed.Newest().Draft.Case; got != "稽查〔2026〕1号" {
		t.Errorf("the case is %q", got)
	}
}

func TestAMemoryThatCannotBeKeptOrReadIsTold(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "desk.json")
	if err := os.WriteFile(path, []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, _ := running(t, home)
	if n, ok := m.Link.Feed.Newest().Shown(); !ok || n.Kind != record.NoticeFault {
		t.Errorf("a faulty memory is not told: %+v", n)
	}
	if raw, err := os.ReadFile(path + ".faulty"); err != nil || string(raw) != "{half" {
		t.Errorf("the faulty file is gone: %q, %v", raw, err)
	}
	m.Link.PutAway()
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	m.Edit(func(d *record.Draft) { d.Case = "1" })
	until(t, "it is told", func() bool { n, ok := m.Link.Feed.Newest().Shown(); return ok && n.Kind == record.NoticeFault })
}
