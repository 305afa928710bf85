package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/office/duty/dutytest"
	"minglu/app/web"
	"minglu/sync/enrol"
	"minglu/sync/receive"
)

// delivered is what halls sent: lists of packages, and the files of each.
type delivered struct {
	list  []receive.Recording
	books map[string]map[string][]byte
}

// month plays November 2026 of a hall until the 24th: the 10th is missing, the 12th was closed by the system, the 17th
// came late, and of the 24th one matter is open.
func month(t *testing.T, d *delivered, hall string) {
	t.Helper()
	w := &dutytest.Wall{Now: dutytest.At("2026-11-02", "08:00")}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := duty.Open(t.Context(), t.TempDir(), duty.Who{Hall: hall, Machine: hall}, w.Clock())
	check(err)
	defer func() { check(l.Close()) }()
	n := 0
	for day := calendar.Day("2026-11-02"); day <= "2026-11-24"; day = day.Plus(1) {
		if !l.Rules.Calendar().Working(day) || day == "2026-11-10" {
			continue
		}
		n++
		w.Pass(day.At("08:55").Sub(w.Now))
		add := func(e duty.Entry) duty.Entry {
			t.Helper()
			w.Pass(17 * time.Minute)
			e, err := l.Add(t.Context(), e)
			check(err)
			return e
		}
		add(duty.Entry{Author: "李强", Act: duty.ShiftStart})
		for i, k := range []string{"CONSULT", "GUIDE", "CONSULT", "OPINION", "EQUIP", "CONSULT", "GUIDE"} {
			add(duty.Entry{Author: "张三", Kind: k, Act: duty.Note, Desk: strconv.Itoa(1+(i+n)%4) + "号窗口", Text: "记录" + strconv.Itoa(i)})
		}
		add(duty.Entry{Act: duty.Rate, Code: strconv.Itoa(3 + n%3), Desk: "1号窗口"})
		m := add(duty.Entry{Author: "李强", Kind: "FIRST_ASKED", Text: "一般纳税人登记", Owner: "赵敏"})
		if day == "2026-11-24" {
			add(duty.Entry{Author: "李强", Act: duty.Carry, Matter: m.ID, Owner: "赵敏", Reason: "待科室答复"})
		} else {
			add(duty.Entry{Author: "赵敏", Act: duty.Done, Matter: m.ID, Outcome: "已办结"})
		}
		by := "李强"
		if day == "2026-11-12" {
			by = duty.System
		}
		_, err := l.CloseDay(t.Context(), day, by)
		check(err)
		p, err := l.Parcel(t.Context(), day, "卫东区办税服务厅")
		check(err)
		id := fmt.Sprintf("%s-%06d", hall, n)
		p.Plan.ID = id
		var texts bytes.Buffer
		for _, text := range p.Texts {
			texts.Write(append(slices.Clone(text.Raw), '\n'))
		}
		d.books[id], err = l.Rules.Papers("示例局", p.Plan, texts.Bytes())
		check(err)
		came := day.At("18:05")
		if day == "2026-11-17" {
			came = day.Plus(2).At("09:30")
		}
		d.list = append(d.list, receive.Recording{ID: id, Room: hall, State: "received", Item: duty.Item, Case: string(day), Verdict: "AUTHENTIC", Came: came})
		check(l.Sealed(t.Context(), *p.Plan.Duty, id))
	}
}

// bureau is a headquarters with the halls W1, which delivered a month, and W2, which delivered nothing.
func bureau(t *testing.T) (*web.Site, *httptest.Server) {
	t.Helper()
	d := &delivered{books: map[string]map[string][]byte{}}
	month(t, d, "W1")
	now := calendar.Day("2026-11-25").At("15:00")
	s, old := hq(t, func() time.Time { return now })
	old.Close()
	rules, err := duty.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	s.Rooms = func() ([]enrol.Member, error) {
		seat := func(room, hall, title string) enrol.Member {
			return enrol.Member{Seat: enrol.Seat{Room: room, Title: title, Hall: hall, HallTitle: title}, Admitted: calendar.Day("2026-11-20").At("10:00")}
		}
		return []enrol.Member{seat("R1", "", "一号室"), seat("W1", "W1", "卫东区办税服务厅"), seat("W2", "W2", "城西办税服务厅")}, nil
	}
	s.Halls = &web.Halls{
		Rules: rules,
		Days: func(_ context.Context, from, to calendar.Day) (list []receive.Recording, err error) {
			for _, r := range d.list {
				if calendar.Day(r.Case) >= from && calendar.Day(r.Case) <= to {
					list = append(list, r)
				}
			}
			return append(list, receive.Recording{ID: "W2-000001", Room: "W2", State: "sealed", Item: duty.Item}), nil
		},
		First: func(context.Context) (map[string]string, error) { return map[string]string{"W1": d.list[0].Case}, nil },
		File: func(id, path string, _ int64) ([]byte, error) {
			if d.books[id] == nil {
				return nil, receive.ErrUnknown
			}
			return d.books[id][path], nil
		},
		Export: func(_ context.Context, id string, w io.Writer) error {
			if id == "W1-000002" {
				return errors.New("a part is missing")
			}
			_, err := w.Write([]byte("PK"))
			return err
		},
	}
	mux := http.NewServeMux()
	s.Routes(mux)
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	return s, server
}

// shown is a page as somebody inside sees it. With MINGLU_PAGES a copy of it is kept in that folder for a look.
func shown(t *testing.T, c *http.Client, server *httptest.Server, path, lang string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", lang)
	res, err := c.Do(req)
	status, page := read(t, res, err)
	if status != 200 {
		t.Fatalf("%s: %d %s", path, status, page)
	}
	if folder := os.Getenv("MINGLU_PAGES"); folder != "" {
		style, err := os.ReadFile("style.css")
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.Replace(page, `<link rel="stylesheet" href="/admin/style.css">`, "<style>"+string(style)+"</style>", 1)
		name := strings.NewReplacer("/", "_", "?", "_").Replace(path) + "-" + lang + ".html"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(plain), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return page
}

func inside(t *testing.T, s *web.Site, server *httptest.Server) *http.Client {
	t.Helper()
	word, _, err := s.Gate.Pass()
	if err != nil {
		t.Fatal(err)
	}
	c := browser(t, server)
	if status, page := enter(t, c, server, word); status != 200 {
		t.Fatalf("%d %s", status, page)
	}
	return c
}

func has(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("no %q in\n%s", w, page)
		}
	}
}

func TestDaysMissingAndLateAreShownAcrossTheHalls(t *testing.T) {
	s, server := bureau(t)
	c := inside(t, s, server)
	page := shown(t, c, server, "/admin/halls", "zh")
	has(t, page, "卫东区办税服务厅", "2026-11-10 星期二 缺报", "2026-11-12 星期四 系统结日", "2026-11-17 星期二 已结日（迟报）",
		"城西办税服务厅", "2026-11-24 星期二 缺报", `<td class="number">1</td>`)
	for _, quiet := range []string{"一号室", "2026-11-07", "2026-11-25 ", "2026-11-19 "} {
		if strings.Contains(page, quiet) {
			t.Errorf("%q is in\n%s", quiet, page)
		}
	}
	has(t, shown(t, c, server, "/admin/halls", "en"), "2026-11-10 Tuesday Missing", "Closed (late)")
}

func TestAMonthOfAHallIsShownFromItsPackages(t *testing.T) {
	s, server := bureau(t)
	c := inside(t, s, server)
	page := shown(t, c, server, "/admin/halls/W1?month=2026-11", "zh")
	has(t, page, "一般纳税人登记", "待科室答复", "真实完整", "W1-000001/log.pdf", "2026-11-17 星期二", "李强", "1号窗口", "<svg", "2026-10")
	shown(t, c, server, "/admin/halls/W1?month=2026-11", "en")
	has(t, shown(t, c, server, "/admin/halls/W2", "zh"), "缺报", "没有未办结事项")
	res, err := c.Get(server.URL + "/admin/halls/W1/W1-000001/log.pdf")
	if status, paper := read(t, res, err); status != 200 || !strings.HasPrefix(paper, "%PDF") || res.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("paper: %d %.20q", status, paper)
	}
	res, err = c.Get(server.URL + "/admin/halls/W1/report.pdf?month=2026-11")
	if status, paper := read(t, res, err); status != 200 || !strings.HasPrefix(paper, "%PDF") {
		t.Errorf("report: %d %.20q", status, paper)
	}
	for path, want := range map[string]int{
		"W9/report.pdf": 404, "W1/W1-000001/package.zip": 200, "W1/W1-000002/package.zip": 500, "W2/W1-000001/package.zip": 404,
		"W1/W1-009999/log.pdf": 404, "W1/passwd/log.pdf": 404, "W9": 404,
	} {
		res, err := c.Get(server.URL + "/admin/halls/" + path)
		if status, _ := read(t, res, err); status != want {
			t.Errorf("%s: %d; want %d", path, status, want)
		}
	}
}

func TestNobodyOutsideSeesADutyLog(t *testing.T) {
	_, server := bureau(t)
	for _, path := range []string{"halls", "halls/W1", "halls/W1/report.pdf", "halls/W1/W1-000001/log.pdf", "halls/W1/W1-000001/package.zip"} {
		res, err := browser(t, server).Get(server.URL + "/admin/" + path)
		if _, page := read(t, res, err); !strings.Contains(page, "口令") || strings.Contains(page, "W1-") || strings.HasPrefix(page, "%PDF") {
			t.Errorf("%s: %s", path, page)
		}
	}
}
