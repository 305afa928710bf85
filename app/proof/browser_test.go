package proof_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
)

// browser is a browser of a desktop that only notes where it was sent.
type browser struct {
	t    *testing.T
	file string // a link a line
}

func newBrowser(t *testing.T, d *desktoptest.Desktop) browser {
	t.Helper()
	b := browser{t, filepath.Join(d.Dir, "browsed")}
	d.Put("browser", "#!/bin/sh\necho \"$1\" >> "+b.file+"\n")
	program := filepath.Join(d.Dir, "browser")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	d.Env = append(d.Env, "MINGLU_BROWSER="+program)
	return b
}

// links are where it was sent so far.
func (b browser) links() []string {
	raw, err := os.ReadFile(b.file)
	if err != nil {
		return nil
	}
	return strings.Fields(string(raw))
}

// visit opens the newest link as a browser would, with cookies, and gives what is there.
func (b browser) visit() []byte {
	b.t.Helper()
	links := b.links()
	if len(links) == 0 {
		b.t.Fatal("the browser was sent nowhere")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	client := http.Client{Jar: jar, Timeout: 10 * time.Second}
	page, err := client.Get(links[len(links)-1])
	if err != nil {
		b.t.Fatal(err)
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil || page.StatusCode != http.StatusOK {
		b.t.Fatalf("the player answers %s, %v: %.300s", page.Status, err, text)
	}
	return text
}

// sent waits until the browser was sent somewhere for the nth time, and gives what is there.
func (o *officer) sent(b browser, n int) []byte {
	o.t.Helper()
	o.Until(60*time.Second, "the browser is sent on", func() bool { return len(b.links()) >= n })
	return b.visit()
}
