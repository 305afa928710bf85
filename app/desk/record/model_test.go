package record_test

import (
	"context"
	"slices"
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

func TestPeopleAndWaitingSessionsAreRemembered(t *testing.T) {
	home := t.TempDir()
	m := newModel(t, home)
	m.Put(whole())
	m.Keep()
	if got := m.Feed.Newest().Draft; got.Item != "" || got.Officers[0].Name != "张三" {
		t.Errorf("the next draft is %+v", got)
	}
	again := newModel(t, home)
	if p, ok := again.Known("李四"); !ok || p.Certificate != "A002" {
		t.Errorf("李四 is %+v, %v", p, ok)
	}
	if got := again.Feed.Newest().Waiting; len(got) != 1 {
		t.Fatalf("%d sessions wait; want 1", len(got))
	}
	again.Take(0)
	if got := again.Feed.Newest(); got.Draft.Taxpayer.Name != "明远商贸有限公司" || len(got.Waiting) != 0 {
		t.Errorf("took %+v", got.Draft)
	}
}

func TestTwoPeopleOfOneNameAreNotCompleted(t *testing.T) {
	m := newModel(t, t.TempDir())
	d := whole()
	d.Officers[1].Name = "张三"
	m.Put(d)
	m.Keep()
	if p, ok := m.Known("张三"); ok {
		t.Errorf("张三 is taken for %s", p.Certificate)
	}
}
