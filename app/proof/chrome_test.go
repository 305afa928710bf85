package proof_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"minglu/capture/source/synth/synthtest"
)

// chrome is a Chromium without a screen, driven by its debugging protocol over a pipe.
type chrome struct {
	t    *testing.T
	cmd  *exec.Cmd
	to   io.WriteCloser
	page string // session of its one page

	mu      sync.Mutex // guards what follows
	last    int
	waiting map[int]chan json.RawMessage
}

// openChrome starts it with one empty page of this size.
func openChrome(t *testing.T, width, height int) *chrome {
	t.Helper()
	synthtest.Require(t, "chromium")
	hear, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, say, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--mute-audio",
		"--autoplay-policy=no-user-gesture-required", "--disable-background-networking", "--user-data-dir="+t.TempDir(),
		fmt.Sprintf("--window-size=%d,%d", width, height), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{hear, say} // it reads from 3 and writes to 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hear.Close()
	say.Close()
	c := &chrome{t: t, cmd: cmd, to: to, waiting: map[int]chan json.RawMessage{}}
	go c.listen(from)
	t.Cleanup(func() {
		to.Close()
		cmd.Process.Kill()
		cmd.Wait() // killed
	})
	var target struct{ TargetID, SessionID string }
	c.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	c.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	c.page = target.SessionID
	c.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	return c
}

// listen hands answers to who waits for them; messages end with a zero byte.
func (c *chrome) listen(from io.ReadCloser) {
	defer from.Close()
	in := bufio.NewReader(from)
	for {
		raw, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct{ ID int }
		if json.Unmarshal(raw[:len(raw)-1], &m) != nil || m.ID == 0 {
			continue
		}
		c.mu.Lock()
		if w := c.waiting[m.ID]; w != nil {
			w <- raw[:len(raw)-1]
		}
		c.mu.Unlock()
	}
}

func (c *chrome) call(method string, params, result any) {
	c.t.Helper()
	c.mu.Lock()
	c.last++
	id, answer := c.last, make(chan json.RawMessage, 1)
	c.waiting[id] = answer
	c.mu.Unlock()
	raw, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params, "sessionId": c.page})
	if c.page == "" {
		raw, err = json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	}
	if err == nil {
		_, err = c.to.Write(append(raw, 0))
	}
	if err != nil {
		c.t.Fatal(err)
	}
	select {
	case raw = <-answer:
	case <-time.After(60 * time.Second):
		c.t.Fatalf("chromium does not answer %s", method)
	}
	var m struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Error != nil {
		c.t.Fatalf("chromium: %s: %v %s", method, err, raw)
	}
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			c.t.Fatal(err)
		}
	}
}

// do runs a script in the page, waits for its promise, and reads its value.
func (c *chrome) do(script string, value any) {
	c.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	c.call("Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		c.t.Fatalf("%s: %s", script, r.ExceptionDetails)
	}
	if value != nil {
		if err := json.Unmarshal(r.Result.Value, value); err != nil {
			c.t.Fatalf("%s: %v %s", script, err, r.Result.Value)
		}
	}
}

// until waits until a condition of the page holds.
func (c *chrome) until(what, condition string) {
	c.t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var is bool
		if c.do("Boolean("+condition+")", &is); is {
			return
		}
	}
	var text string
	c.do("document.body.innerText.slice(0, 2000)", &text)
	c.t.Fatalf("%s never came; the page says\n%s", what, text)
}

// show goes to an address.
func (c *chrome) show(address string) {
	c.t.Helper()
	c.call("Page.navigate", map[string]any{"url": address}, nil)
}

// shoot keeps a picture of the page in the folder MINGLU_SHOTS, if that is set, for people to judge.
func (c *chrome) shoot(name string) {
	c.t.Helper()
	folder := os.Getenv("MINGLU_SHOTS")
	if folder == "" {
		return
	}
	var shot struct{ Data string }
	c.call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	raw, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), raw, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// press presses a key as a person would.
func (c *chrome) press(key string) {
	c.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		p := map[string]any{"type": kind, "key": key}
		if len(key) == 1 {
			p["text"] = key
		}
		c.call("Input.dispatchKeyEvent", p, nil)
	}
}
