package proof_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/capture/evidence"
	"minglu/capture/source/synth/synthtest"
)

// closedDays plays three of the days before today at a hall, all delivered late: the first closed by its leader, the second by
// nobody, the third with a matter carried over.
func closedDays(t *testing.T, home string) (days []calendar.Day) {
	t.Helper()
	today := calendar.DayOf(time.Now())
	for _, back := range []int{-5, -4, -3} {
		days = append(days, today.Plus(back))
	}
	for i, day := range days {
		entries := []duty.Entry{{Day: day, Act: duty.ShiftStart, Author: "李强", Stated: stamp(day, "08:50")}}
		for n, k := range []string{"CONSULT", "GUIDE", "CONSULT", "OPINION", "EQUIP"} {
			entries = append(entries, duty.Entry{Day: day, Kind: k, Act: duty.Note, Author: "张三", Desk: fmt.Sprint(n%3+1, "号窗口"),
				Text: fmt.Sprint("第", n+1, "件"), Stated: stamp(day, fmt.Sprintf("%02d:20", 9+n+i))})
		}
		entries = append(entries, duty.Entry{Day: day, Act: duty.Rate, Code: "5", Desk: "1号窗口"}, duty.Entry{Day: day, Act: duty.Rate, Code: "3", Desk: "2号窗口"})
		dutyAdd(t, home, entries...)
	}
	last := days[2]
	open := dutyAdd(t, home, duty.Entry{Day: last, Kind: "COORD", Author: "李强", Text: "协调：开票软件升级", Stated: stamp(last, "15:00")})[0]
	dutyAdd(t, home, duty.Entry{Day: last, Act: duty.Carry, Matter: open.ID, Author: "李强", Reason: "待厂家答复", Owner: "赵敏"})
	must(t, "minglu", "duty", "close", "--home", home, "--author", "李强", "--day", string(days[0]), "--offline")
	must(t, "minglu", "duty", "close", "--home", home, "--author", "李强", "--day", string(last), "--offline")
	must(t, "minglu", "duty", "tend", "--home", home, "--offline") // closes the second as nobody did
	return days
}

// stamp is a moment of a day as an entry states it.
func stamp(day calendar.Day, clock string) string { return evidence.FormatTime(day.At(clock)) }

// Headquarters' people see a hall's month in a real browser, out of packages that a real hall delivered, in both languages,
// and take it along on paper.
func TestHeadquartersShowsAHallsMonthInABrowser(t *testing.T) {
	t.Parallel()
	inOneDay(t)
	synthtest.Require(t, "chromium", "pdftotext")
	b := openBureau(t)
	home := b.hallHome(t, "H1", "HALL1")
	days := closedDays(t, home)
	must(t, "minglu", "sync", "--home", home, "--until-empty")
	c := openChrome(t, 1280, 900)
	c.enter(b)
	month := days[1].Month()
	for lang, want := range map[string][]string{
		"zh": {"卫东区办税服务厅", string(days[0]), "系统结日（迟报）", "已结日（迟报）", "业务咨询", "月报 PDF"},
		"en": {"卫东区办税服务厅", string(days[0]), "Closed by system (late)", "Closed (late)", "Consultation", "Report as PDF"},
	} {
		c.call("Network.enable", map[string]any{}, nil)
		c.call("Network.setExtraHTTPHeaders", map[string]any{"headers": map[string]string{"Accept-Language": lang}}, nil)
		text := c.read(b.url+"/admin/halls", "halls-"+lang) + c.read(b.url+"/admin/halls/HALL1?month="+month, "hall-"+lang)
		paper := c.printed("hall-" + lang)
		report := solid(pdfText(t, c.fetched(b.url+"/admin/halls/HALL1/report.pdf?month="+month, lang), "report-"+lang))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("no %q on the pages:\n%s", w, text)
			}
		}
		for _, w := range want[:5] {
			if !strings.Contains(report, solid(w)) {
				t.Errorf("no %q in the report:\n%s", w, report)
			}
			if !strings.Contains(solid(paper), solid(w)) {
				t.Errorf("no %q on the printed page:\n%s", w, paper)
			}
		}
		if left := latin().FindAllString(strings.NewReplacer("HALL1", "", "PDF", "").Replace(text), -1); lang == "zh" && len(left) > 0 {
			t.Errorf("on the Chinese pages stands %q", left)
		}
	}
}

// latin finds what is no Chinese.
func latin() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z]{3,}`) }

// enter goes into headquarters' pages by a one-time password.
func (c *chrome) enter(b *bureau) {
	c.t.Helper()
	out, err := exec.Command(filepath.Join(bin, "minglu-hq"), "pass", "--data", b.data).Output()
	var pass struct{ Password string }
	if err == nil {
		err = json.Unmarshal(out, &pass)
	}
	if err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	c.call("Security.setIgnoreCertificateErrors", map[string]any{"ignore": true}, nil) // its own authority's
	c.show(b.url + "/admin/")
	c.until("the gate", `document.querySelector("input[name=word]")`)
	c.do(fmt.Sprintf(`document.querySelector("input[name=word]").value = %q; document.querySelector("form.gate").submit()`, pass.Password), nil)
	c.until("the pages", `document.querySelector("form[action$=logout]")`)
}

// read goes to a page, keeps a picture of it, and gives its words.
func (c *chrome) read(address, name string) (text string) {
	c.t.Helper()
	c.show(address)
	c.until(name, fmt.Sprintf(`location.href === %q && document.readyState === "complete"`, address))
	c.do("document.body.innerText", &text)
	c.shoot(name)
	return text
}

// printed prints the page, and reads the paper.
func (c *chrome) printed(name string) string {
	c.t.Helper()
	var paper struct{ Data []byte }
	c.call("Page.printToPDF", map[string]any{"printBackground": true, "paperWidth": 8.27, "paperHeight": 11.69}, &paper)
	return pdfText(c.t, paper.Data, "print-"+name)
}

// fetched is what an address gives to whoever is as far inside as the browser.
func (c *chrome) fetched(address, lang string) []byte {
	c.t.Helper()
	var jar struct {
		Cookies []struct{ Name, Value string }
	}
	c.call("Network.getCookies", map[string]any{"urls": []string{address}}, &jar)
	ask, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	ask.Header.Set("Accept-Language", lang)
	for _, cookie := range jar.Cookies {
		ask.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	own := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // a test's own authority
	res, err := own.Do(ask)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s, %v", address, res.Status, err)
	}
	return raw
}

// pdfText reads a PDF, and keeps it for people beside the pictures.
func pdfText(t *testing.T, pdf []byte, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".pdf")
	if folder := os.Getenv("MINGLU_SHOTS"); folder != "" {
		path = filepath.Join(folder, name+".pdf")
	}
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext: %v: %s", err, out)
	}
	return string(out)
}
