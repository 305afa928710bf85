package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/evidence"
	"minglu/capture/source/synth/synthtest"
)

// hallHome enrols a machine of a hall.
func (b *bureau) hallHome(t *testing.T, machine, hall string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), machine)
	invited := must(t, "minglu-hq", "invite", "--data", b.data, "--room", machine, "--title", "大厅"+machine,
		"--hall", hall, "--hall-title", "卫东区办税服务厅").last(t, "invited")
	must(t, "minglu", "enrol", "--home", home, "--hq", b.url, "--code", invited.Code, "--ca-fingerprint", b.print)
	return home
}

// inOneDay keeps a test that plays a day away from the end of the day in legal time, when the system closes it.
func inOneDay(t *testing.T) {
	t.Helper()
	if now := time.Now().In(calendar.Legal()); now.Hour() == 23 && now.Minute() >= 25 {
		t.Skip("the day is about to end")
	}
}

// dutyAdd runs `minglu duty add` with entries on standard input, and gives what was acknowledged.
func dutyAdd(t *testing.T, home string, entries ...duty.Entry) []duty.Entry {
	t.Helper()
	var in bytes.Buffer
	for _, e := range entries {
		raw, err := json.Marshal(asTyped(e))
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(raw, '\n'))
	}
	cmd := exec.Command(filepath.Join(bin, "minglu"), "duty", "add", "--stdin", "--home", home)
	cmd.Stdin = &in
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("duty add: %v\n%s", err, complaint.String())
	}
	var made []duty.Entry
	for line := range bytes.Lines(out) {
		var e duty.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		made = append(made, e)
	}
	if len(made) != len(entries) {
		t.Fatalf("%d of %d entries were taken", len(made), len(entries))
	}
	return made
}

// asTyped leaves out the members that the log fills in.
func asTyped(e duty.Entry) map[string]any {
	raw, _ := json.Marshal(e)
	typed := map[string]any{}
	_ = json.Unmarshal(raw, &typed)
	for name, v := range typed {
		if v == "" || v == float64(0) || name == "stamp" {
			delete(typed, name)
		}
	}
	return typed
}

func solid(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// dutyDay reads data/dutylog.json of a package.
func dutyDay(t *testing.T, pkg string) duty.Book {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(pkg, filepath.FromSlash(evidence.FileDutyLog)))
	var book duty.Book
	if err == nil {
		err = json.Unmarshal(raw, &book)
	}
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestAWholeDayOfAHallBecomesAReceiptedPackage(t *testing.T) {
	t.Parallel()
	inOneDay(t)
	synthtest.Require(t, "pdftotext")
	b := openBureau(t)
	home := b.hallHome(t, "H1", "HALL1")
	rules, err := duty.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	dutyAdd(t, home, duty.Entry{Act: duty.ShiftStart, Author: "李强", Text: "到岗"}, duty.Entry{Act: duty.Roster, Author: "李强", People: []string{"王芳", "赵𬭎"}, Zone: "expert"})
	kinds := rules.KindCodes()
	var day []duty.Entry
	for i := range 100 {
		k := kinds[i%len(kinds)]
		e := duty.Entry{Kind: k.Code, Author: []string{"张三", "李四", "王𬱖"}[i%3], Text: fmt.Sprintf("第%d件，%s：=1+1 是否可以办理？", i, k.ZH), Zone: "window", Desk: fmt.Sprintf("%d号窗口", i%5+1)}
		if k.Code == "INCIDENT" {
			e.Code = "crowd"
		}
		if k.Code == "OPINION" {
			e.Taxpayer = evidence.Taxpayer{Name: "某某商贸有限公司", USCC: "91420100MA4KXXXX00"}
		}
		day = append(day, e)
	}
	made := dutyAdd(t, home, day...)
	var moves []duty.Entry
	var carried string
	for i, e := range made {
		switch {
		case !e.Opens():
		case carried == "":
			carried = e.ID
			moves = append(moves, duty.Entry{Act: duty.Hand, Matter: e.ID, Author: "李强", Owner: "赵敏", Reason: "需科室研究"})
		default:
			if i%2 == 0 {
				moves = append(moves, duty.Entry{Act: duty.Hand, Matter: e.ID, Author: e.Author, Owner: "王芳"})
			}
			moves = append(moves, duty.Entry{Act: duty.Done, Matter: e.ID, Author: "王芳", Outcome: "已办结"})
		}
	}
	dutyAdd(t, home, moves...)
	fire := dutyAdd(t, home, duty.Entry{Kind: "INCIDENT", Code: "power", Author: "李强", Text: "大厅停电"})[0]
	filmed := record(t, home, "--item", "S08", "--camera", "synth:320x180@25", "--mic", "synth:", "--for", "2s").last(t, "sealed")
	dutyAdd(t, home,
		duty.Entry{Act: duty.Step, Matter: fire.ID, Author: "李强", Text: "启用备用电源，同步录像", People: []string{"电工"}, Recording: filmed.ID},
		duty.Entry{Act: duty.Done, Matter: fire.ID, Author: "李强", Outcome: "恢复供电"},
		duty.Entry{Act: duty.Review, Code: duty.Supplement, Author: "王芳", Text: "注销预审", Lacks: []string{"营业执照"}},
		duty.Entry{Act: duty.Report, Desk: "征收科", Author: "王芳", Text: "今日受理46件"},
		duty.Entry{Act: duty.Patrol, Code: "equipment", Author: "李强", Text: "叫号机正常"},
		duty.Entry{Act: duty.ShiftOffer, Owner: "赵敏", Author: "李强", Text: "一件待续"},
		duty.Entry{Act: duty.ShiftAccept, Author: "赵敏"})
	must(t, "minglu", "duty", "tend", "--home", home)
	refusedClose := call(t, "minglu", "duty", "close", "--home", home, "--author", "赵敏")
	if lacks := refusedClose.last(t, "lacks"); refusedClose.code != 1 || lacks.Event == "" {
		t.Errorf("a day with an open matter closes: exit %d", refusedClose.code)
	}
	if open := must(t, "minglu", "duty", "list", "--home", home); len(open.events) != 1 || open.events[0].ID != carried {
		t.Errorf("open is %+v", open.events)
	}
	dutyAdd(t, home, duty.Entry{Act: duty.Carry, Matter: carried, Author: "赵敏", Reason: "待厂家答复", Owner: "赵敏"})
	closed := must(t, "minglu", "duty", "close", "--home", home, "--author", "赵敏").last(t, "sealed")
	again := must(t, "minglu", "duty", "close", "--home", home, "--author", "李强").last(t, "sealed")
	if again.ID != closed.ID {
		t.Errorf("closed twice into %s and %s", closed.ID, again.ID)
	}
	b.verify(t, closed.Package, "AUTHENTIC")
	received := must(t, "minglu", "sync", "--home", home, "--until-empty")
	ids := []string{}
	for _, e := range received.events {
		if e.Event == "receipt" {
			ids = append(ids, e.ID)
		}
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{filmed.ID, closed.ID}) {
		t.Errorf("receipts for %v; want %s and %s", ids, filmed.ID, closed.ID)
	}
	b.verify(t, closed.Package, "AUTHENTIC")
	out, err := exec.Command("pdftotext", filepath.Join(closed.Package, filepath.FromSlash(evidence.FileDutyPDF)), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, from := solid(string(out)), 0
	book := dutyDay(t, closed.Package)
	for _, raw := range book.Entries {
		e, err := duty.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		i := strings.Index(text[from:], solid(e.Text))
		if i < 0 {
			t.Fatalf("%q is not on the paper after what came before it", e.Text)
		}
		from += i
	}
	if len(book.Entries) < 120 || book.Duty.Leader != "赵敏" || book.Duty.Title != "卫东区办税服务厅" || book.Duty.Hall != "HALL1" {
		t.Errorf("%d entries of %+v", len(book.Entries), book.Duty)
	}
	if !strings.Contains(text, filmed.ID) || !strings.Contains(text, "待厂家答复") {
		t.Error("the recording or the carry-over is not on the paper")
	}
	list := must(t, "minglu-hq", "list", "--data", b.data).events
	if i := slices.IndexFunc(list, func(e event) bool { return e.ID == closed.ID }); i < 0 || list[i].Verdict != "AUTHENTIC" || list[i].Receipt == "" {
		t.Errorf("headquarters lists %+v", list)
	}
	exports(t, home, book)
}

// exports writes the day and the month, and opens them as a stranger does.
func exports(t *testing.T, home string, book duty.Book) {
	t.Helper()
	pdf, table := filepath.Join(home, "m.pdf"), filepath.Join(home, "d.csv")
	must(t, "minglu", "duty", "export", "--home", home, "--month", calendar.Day(book.Duty.Day).Month(), "--pdf", pdf)
	must(t, "minglu", "duty", "export", "--home", home, "--day", book.Duty.Day, "--csv", table)
	raw, err := os.ReadFile(table)
	if err != nil || !bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) || bytes.Count(raw, []byte("\r\n")) != len(book.Entries)+1 {
		t.Errorf("the table: %v, %d lines for %d entries", err, bytes.Count(raw, []byte("\r\n")), len(book.Entries))
	}
	if out, err := exec.Command("pdftotext", pdf, "-").Output(); err != nil || !strings.Contains(solid(string(out)), "大厅停电") {
		t.Errorf("the month's paper: %v", err)
	}
}

func TestTwoMachinesCutApartForADayJoinIntoOneClosedDay(t *testing.T) {
	t.Parallel()
	inOneDay(t)
	b := openBureau(t)
	one, two := b.hallHome(t, "H1", "HALL1"), b.hallHome(t, "H2", "HALL1")
	stranger := b.hallHome(t, "H9", "HALL9")
	dutyAdd(t, one, duty.Entry{Act: duty.ShiftStart, Author: "李强"})
	must(t, "minglu", "duty", "sync", "--home", one)
	must(t, "minglu", "duty", "sync", "--home", two)
	for i := range 10 { // apart: neither meets headquarters
		dutyAdd(t, one, duty.Entry{Kind: "CONSULT", Author: "张三", Text: fmt.Sprintf("甲机第%d件", i)})
		dutyAdd(t, two, duty.Entry{Kind: "GUIDE", Author: "李四", Text: fmt.Sprintf("乙机第%d件", i)})
	}
	offline := call(t, "minglu", "duty", "close", "--home", two, "--author", "李强", "--offline")
	if offline.code != 0 {
		t.Fatalf("closing offline: %s", offline.stderr)
	}
	for _, home := range []string{one, two, one, two} {
		must(t, "minglu", "duty", "sync", "--home", home)
	}
	state := call(t, "minglu", "duty", "show", "--home", two).last(t, "day").State
	if state != "lacking" {
		t.Errorf("entries that came after the closing leave the day %s", state)
	}
	must(t, "minglu", "duty", "tend", "--home", two)
	must(t, "minglu", "duty", "sync", "--home", one)
	var shown [2]string
	for i, home := range []string{one, two} {
		s := must(t, "minglu", "duty", "show", "--home", home)
		if got := s.last(t, "day").State; got != "closed" {
			t.Errorf("machine %d shows the day %s", i+1, got)
		}
		lines := exec.Command(filepath.Join(bin, "minglu"), "duty", "list", "--home", home, "--day", string(calendar.DayOf(time.Now())))
		out, err := lines.Output()
		if err != nil {
			t.Fatal(err)
		}
		shown[i] = string(out)
	}
	if shown[0] != shown[1] || strings.Count(shown[0], "\n") != 23 {
		t.Errorf("the machines show %d and %d entries, or another order", strings.Count(shown[0], "\n"), strings.Count(shown[1], "\n"))
	}
	must(t, "minglu", "sync", "--home", two, "--until-empty")
	packages, err := filepath.Glob(filepath.Join(two, "vault", "H2-*"))
	if err != nil || len(packages) != 2 {
		t.Fatalf("%v: packages %v", err, packages)
	}
	for _, p := range packages {
		b.verify(t, p, "AUTHENTIC")
	}
	if book := dutyDay(t, packages[1]); book.Duty.Part != 2 || len(book.Entries) != 23 {
		t.Errorf("the supplement holds %d entries as part %d", len(book.Entries), book.Duty.Part)
	}
	if got := must(t, "minglu", "duty", "sync", "--home", stranger).last(t, "exchanged"); got.Event == "" {
		t.Error("another hall cannot exchange")
	}
	if other := must(t, "minglu", "duty", "search", "--home", stranger, "--text", "件").events; len(other) != 1 {
		t.Errorf("another hall got %d entries", len(other)-1)
	}
}
