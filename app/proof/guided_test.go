package proof_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
)

// newcomer is a technician before a machine that nobody has set up.
type newcomer struct {
	*desktoptest.Desktop
	t    *testing.T
	home string
	x, y int // of the window's inside on the screen
	all  *exec.Cmd
}

// open starts minglu, as the desktop's entry does, and waits for its window.
func (n *newcomer) open() {
	n.t.Helper()
	n.all = n.Start(filepath.Join(bin, "minglu"), "--home", n.home)
	n.find()
}

// find waits for a window and remembers where it lies.
func (n *newcomer) find() {
	n.t.Helper()
	n.Until(3*time.Minute, "the window is there", func() bool {
		out, err := n.Command("sh", "-c", "xdotool getwindowgeometry --shell $(xdotool search --onlyvisible --name '明录' | tail -1)").Output()
		if err != nil {
			return false
		}
		for _, line := range strings.Fields(string(out)) {
			name, value, _ := strings.Cut(line, "=")
			if v, err := strconv.Atoi(value); err == nil && name == "X" {
				n.x = v
			} else if err == nil && name == "Y" {
				n.y = v
			}
		}
		return true
	})
	time.Sleep(2 * time.Second) // until it is drawn
}

// tap presses the mouse at a point of the window.
func (n *newcomer) tap(x, y int) { n.Click(n.x+x, n.y+y) }

// progress is what the home says of the set-up; "" when none is under way.
func (n *newcomer) progress() (step string, left []string) {
	var p struct {
		Step string
		Left []string
	}
	if text, err := os.ReadFile(filepath.Join(n.home, "guide.json")); err == nil && json.Unmarshal(text, &p) != nil {
		return "broken", nil
	}
	return p.Step, p.Left
}

func (n *newcomer) until(step string) {
	n.t.Helper()
	n.Until(60*time.Second, "the set-up is at "+step, func() bool { now, _ := n.progress(); return now == step })
	time.Sleep(time.Second) // until it is drawn
	n.Picture("step-" + step)
}

// synthetic gives the enrolled room devices of arithmetic: this machine has none.
func (n *newcomer) synthetic() {
	n.t.Helper()
	path := filepath.Join(n.home, "room.json")
	n.Until(60*time.Second, "the room is enrolled", func() bool { _, err := os.Stat(path); return err == nil })
	text, err := os.ReadFile(path)
	var s map[string]any
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil || s["use"] != "hall" {
		n.t.Fatalf("enrolled as %s: %v", text, err)
	}
	s["cameras"], s["microphone"] = []string{"synth:"}, "synth:"
	if text, err = json.Marshal(s); err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// Points of the set-up in a window of 1024 by 740, as the golden pictures show them.
var (
	firstButton = [2]int{160, 230}
	otherButton = [2]int{480, 230} // the hall
	codeField   = [2]int{580, 268}
	nextButton  = [2]int{885, 692}
	trialButton = [2]int{124, 219}
	seenBox     = [2]int{71, 271}
)

func TestASetUpThatIsKilledGoesOnAtItsStep(t *testing.T) {
	b := openBureau(t)
	d := desktoptest.New(t, 1024, 768)
	n := &newcomer{Desktop: d, t: t, home: filepath.Join(t.TempDir(), "room")}
	t.Cleanup(func() { _ = exec.Command(filepath.Join(bin, "minglu"), "stop", "--home", n.home).Run() })
	d.Env = append(d.Env, "LANG=zh_CN.UTF-8", "LC_ALL=zh_CN.UTF-8")
	n.open()
	n.Picture("step-language")
	n.tap(firstButton[0], firstButton[1])
	n.until("use")
	n.tap(otherButton[0], otherButton[1])
	n.until("invitation")
	invited := must(t, "minglu-hq", "invite", "--data", b.data, "--room", "H1", "--title", "一号大厅").last(t, "invited")
	line, err := json.Marshal(map[string]string{"event": "invited", "url": b.url, "code": invited.Code, "ca_fingerprint": b.print})
	if err != nil {
		t.Fatal(err)
	}
	n.tap(codeField[0], codeField[1])
	n.Type(desktoptest.Quick, string(line))
	time.Sleep(2 * time.Second) // until a busy machine has taken all the keys
	n.Picture("invited")
	n.tap(nextButton[0], nextButton[1])
	n.synthetic()
	time.Sleep(time.Second)
	n.tap(nextButton[0], nextButton[1]) // the window of the room follows
	n.Until(60*time.Second, "the first window is gone", func() bool {
		return n.Command("xdotool", "search", "--onlyvisible", "--name", "首次启动").Run() != nil
	})
	n.find()
	time.Sleep(6 * time.Second) // until camera and microphone deliver
	n.Picture("step-devices")
	n.tap(nextButton[0], nextButton[1])
	n.until("trial")
	desktoptest.Kill(n.all)
	n.open()
	if step, left := n.progress(); step != "trial" || len(left) > 0 {
		t.Fatalf("after the kill it goes on at %s; left are %v", step, left)
	}
	n.tap(trialButton[0], trialButton[1])
	n.Until(90*time.Second, "the test recording is there", func() bool {
		made, _ := filepath.Glob(filepath.Join(n.home, "*", "TRIAL-*", "META-INF", "signature001.p7s"))
		return len(made) > 0
	})
	time.Sleep(3 * time.Second) // until it is verified
	n.tap(seenBox[0], seenBox[1])
	time.Sleep(time.Second)
	n.Picture("seen")
	for _, step := range []string{"clock", "disk", "ready"} {
		n.tap(nextButton[0], nextButton[1])
		n.until(step)
		if _, left := n.progress(); slices.Contains(left, "trial") || slices.Contains(left, "devices") {
			t.Errorf("at %s left are %v", step, left)
		}
		time.Sleep(3 * time.Second) // the doctor looks
		n.Picture("looked-" + step)
	}
	n.tap(nextButton[0], nextButton[1])
	n.until("")
	n.Picture("at-the-end")
}
