package proof_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
)

// find looks for the recording by a name of two characters, opens it and has it played.
func (o *officer) find(id string) {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "F2")
	time.Sleep(time.Second)
	o.words("王芳")
	time.Sleep(time.Second) // the search waits for the last key
	o.Keys(200*time.Millisecond, "Return", "Return")
	time.Sleep(time.Second)
	o.Picture("reader")
	o.words("张三")
	o.Keys(200*time.Millisecond, "Return")
	o.words("情况")
	o.Keys(200*time.Millisecond, "Return", "Return")
	o.accessed("opened", id)
	time.Sleep(time.Second)
	o.Picture("archive")
	o.Keys(200*time.Millisecond, "Return")
	o.accessed("played", id)
}

// accessed waits until the access log has an act.
func (o *officer) accessed(act, id string) {
	o.t.Helper()
	o.Until(30*time.Second, "the access log says "+act, func() bool {
		out, _ := exec.Command(filepath.Join(bin, "minglu"), "access", "--home", o.home).Output()
		return strings.Contains(string(out), `"`+act+`"`) && strings.Contains(string(out), id)
	})
}

// export gives the opened recording away and returns the zip.
func (o *officer) export(id string) string {
	o.t.Helper()
	o.Click(1205, 172) // the button at the right of the page's head, under the notice of the sealed recording
	time.Sleep(time.Second)
	o.words("李四")
	o.Keys(200*time.Millisecond, "Return")
	o.words("提供", "材料")
	o.Keys(200*time.Millisecond, "Return")
	o.Picture("export")
	o.Keys(200*time.Millisecond, "Tab", "Return")
	out := filepath.Join(o.Dir, id+".zip")
	o.Until(30*time.Second, "it is exported", func() bool {
		_, err := os.Stat(out)
		return err == nil
	})
	o.accessed("exported", id)
	return out
}

// visit opens the page that the browser was sent to, and demands that it shows the recording.
func visit(t *testing.T, browsed, id string) {
	t.Helper()
	raw, err := os.ReadFile(browsed)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar, Timeout: 10 * time.Second}
	page, err := client.Get(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil || page.StatusCode != http.StatusOK || !strings.Contains(string(text), id) {
		t.Errorf("the player answers %s, %v: %.300s", page.Status, err, text)
	}
}
