package proof_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
	"minglu/capture/transcript"
)

// officer is a person before the window of a room, with keys and mouse alone.
type officer struct {
	*desktoptest.Desktop
	t    *testing.T
	home string
	win  *exec.Cmd
}

// sit opens the window of a home on a desktop.
func sit(t *testing.T, d *desktoptest.Desktop, home string) *officer {
	t.Helper()
	settings := filepath.Join(home, "room.json")
	raw, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	s["cameras"], s["microphone"] = []string{"synth:"}, "synth:"
	if raw, err = json.Marshal(s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	o := &officer{Desktop: d, t: t, home: home}
	o.leave()
	o.open()
	return o
}

// leave ends a recording that a failed test leaves behind: it outlives everybody else.
func (o *officer) leave() {
	o.t.Cleanup(func() { _ = exec.Command(filepath.Join(bin, "minglu"), "stop", "--home", o.home).Run() })
}

// open opens the window and waits until it is on the screen.
func (o *officer) open() {
	o.t.Helper()
	o.win = o.Start(filepath.Join(bin, "minglu-desk"), "--home", o.home)
	o.Until(60*time.Second, "the window is there", func() bool {
		return o.Command("xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(o.win.Process.Pid), "--name", "明录").Run() == nil
	})
}

// latin types letters and digits past the input method.
func (o *officer) latin(text string) {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "shift")
	o.Type(desktoptest.Quick, text)
	o.Keys(desktoptest.Quick, "shift")
}

// words types Chinese words by their pinyin, which the keys of spelling give, and returns them.
func (o *officer) words(words ...string) string {
	o.t.Helper()
	spelled := make([]string, len(words))
	for i, w := range words {
		if spelled[i] = spelling()[w]; spelled[i] == "" {
			o.t.Fatalf("nobody knows how %s is spelled", w)
		}
	}
	o.Pinyin(15*time.Millisecond, spelled...)
	return strings.Join(words, "")
}

// spelling holds words that are the first candidates of their pinyin.
func spelling() map[string]string {
	return map[string]string{
		"介绍": "jieshao", "一下": "yixia", "你们": "nimen", "我们": "women", "公司": "gongsi", "中国": "zhongguo", "什么": "shenme",
		"时候": "shihou", "成立": "chengli", "经营": "jingying", "情况": "qingkuang", "问题": "wenti", "没有": "meiyou",
		"知道": "zhidao", "材料": "cailiao", "可以": "keyi", "提供": "tigong", "王芳": "wangfang", "张三": "zhangsan", "赵六": "zhaoliu",
		"李四": "lisi", "恢复": "huifu", "休息": "xiuxi", "结束": "jieshu", "现在": "xianzai", "开始": "kaishi", "商贸": "shangmao",
	}
}

// prepare fills in the form and leaves the focus on the red button.
func (o *officer) prepare() {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "Tab")
	o.latin("I03")
	o.Keys(desktoptest.Quick, "Return")
	o.latin("2026-118")
	o.Keys(desktoptest.Quick, "Return")
	o.words("中国", "商贸", "公司")
	o.Keys(desktoptest.Quick, "Return", "Return")
	for _, name := range []string{"王芳", "张三", "李四", "赵六"} {
		o.words(name)
		o.Keys(desktoptest.Quick, "Return")
		if name == "王芳" {
			continue
		}
		o.latin(map[string]string{"张三": "110101", "李四": "110102", "赵六": "110103"}[name])
		o.Keys(desktoptest.Quick, "Return")
	}
}

// journal is what the recording's journal says so far.
func (o *officer) journal() string {
	files, _ := filepath.Glob(filepath.Join(o.home, "vault", "*", "data", "journal.jsonl"))
	if len(files) == 0 {
		return ""
	}
	raw, _ := os.ReadFile(files[len(files)-1])
	return string(raw)
}

// noted waits until the journal has so many lines that hold a text.
func (o *officer) noted(n int, text string) {
	o.t.Helper()
	o.Until(90*time.Second, "the journal says "+text, func() bool { return strings.Count(o.journal(), text) >= n })
}

// state is what `minglu list` says of the newest recording.
func (o *officer) state() event {
	out, err := exec.Command(filepath.Join(bin, "minglu"), "list", "--home", o.home).Output()
	if err != nil {
		return event{}
	}
	all := parse(o.t, bytes.NewReader(out))
	if len(all) == 0 {
		return event{}
	}
	return all[len(all)-1]
}

// interview types questions and answers, at least so many characters, and gives them as they should stand.
func (o *officer) interview(least int) (lines []string) {
	o.t.Helper()
	talk := [][]string{
		{"介绍", "一下", "你们", "公司", "什么", "时候", "成立", "经营", "情况"},
		{"我们", "公司", "没有", "什么", "问题", "经营", "情况", "可以", "提供", "材料"},
		{"你们", "知道", "公司", "现在", "什么", "情况"},
		{"我们", "知道", "公司", "现在", "没有", "问题", "可以", "介绍", "一下"},
	}
	for n := 0; n < least; {
		if len(lines) > 0 {
			o.Keys(desktoptest.Quick, "Return")
		}
		row := talk[len(lines)%len(talk)]
		text := o.words(row...)
		o.words("中国") // a slip of the fingers
		o.Keys(desktoptest.Quick, "BackSpace", "BackSpace")
		lines = append(lines, text)
		n += len([]rune(text))
	}
	return lines
}

func TestAnOfficerRecordsAnInterviewWithKeysAndMouseAlone(t *testing.T) {
	b := openBureau(t)
	d := desktoptest.New(t, 1280, 800)
	to := newBrowser(t, d)
	d.Fcitx()
	o := sit(t, d, b.room(t, "R101"))
	o.prepare()
	o.Picture("prepared")
	o.begin()
	began := time.Now()
	for n := range 3 { // notice, certificate, rights: each when the screen asks for it
		time.Sleep(2 * time.Second)
		o.Keys(desktoptest.Quick, "F9")
		o.noted(n+1, `"type":"mark"`)
	}
	o.Keys(desktoptest.Quick, "F7")
	lines := o.interview(300)
	o.Keys(desktoptest.Quick, "F8")
	o.noted(4, `"type":"mark"`)
	o.Picture("typed")
	o.pause()
	lines[len(lines)-1] += o.read()
	if wait := length(t) - time.Since(began); wait > 0 {
		time.Sleep(wait)
	}
	o.stop()
	o.Until(60*time.Second, "headquarters has received it", func() bool { return o.state().State == "received" })
	id := o.state().ID
	folder := filepath.Join(o.home, "vault", id)
	b.verify(t, folder, "AUTHENTIC_WITH_GAPS") // the break is the gap
	written(t, folder, lines)
	o.find(id)
	if page := o.sent(to, 1); !bytes.Contains(page, []byte(id)) {
		t.Errorf("the recording's page says %.300q", page)
	}
	b.verify(t, o.export(id), "AUTHENTIC_WITH_GAPS")
}

// begin presses Return until the recording runs: the button waits for the devices to be looked at.
func (o *officer) begin() {
	o.t.Helper()
	o.Until(60*time.Second, "the recording runs", func() bool {
		if o.journal() == "" {
			o.Keys(desktoptest.Quick, "Return")
			time.Sleep(time.Second)
		}
		return strings.Count(o.journal(), `"type":"segment"`) > 1
	})
}

// pause interrupts the recording and goes on.
func (o *officer) pause() {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "F10")
	time.Sleep(time.Second) // the question comes up
	o.Picture("break")
	o.Keys(200*time.Millisecond, "Tab", "Return") // the reason that is offered first is rest
	o.noted(1, `"type":"pause"`)
	time.Sleep(2 * time.Second) // nobody presses a button that does not say yet what it does
	o.Keys(desktoptest.Quick, "F10")
	time.Sleep(time.Second)
	o.words("休息", "结束")
	o.Keys(200*time.Millisecond, "Return", "Return")
	o.noted(1, `"type":"resume"`)
}

// read lets the person read, corrects the last line in sight, and has all four sign. It gives what was added.
func (o *officer) read() (added string) {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "ctrl+Return")
	time.Sleep(time.Second)
	o.Keys(desktoptest.Quick, "Return")
	o.said(`"act":"read"`, 1)
	added = o.words("现在")
	o.Keys(desktoptest.Quick, "Up") // leaving the line makes the correction
	o.said(`"act":"edit"`, 1)
	for n := range 4 {
		o.Keys(desktoptest.Quick, "ctrl+Return")
		time.Sleep(time.Second)
		o.Picture("sign")
		o.Keys(desktoptest.Quick, "Return")
		o.said(`"act":"sign"`, n+1)
	}
	return added
}

// said waits until the texts of the recording hold something so often.
func (o *officer) said(text string, n int) {
	o.t.Helper()
	o.Until(90*time.Second, "the texts say "+text, func() bool {
		files, _ := filepath.Glob(filepath.Join(o.home, "vault", "*", "data", "texts.jsonl"))
		raw, _ := os.ReadFile(files[len(files)-1])
		return strings.Count(string(raw), text) >= n
	})
}

func (o *officer) stop() {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "F12")
	time.Sleep(time.Second)
	o.Picture("stop")
	o.Keys(200*time.Millisecond, "Tab", "Return")
}

// written demands that the sealed transcript says what was typed.
func written(t *testing.T, folder string, lines []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "data", "transcript.json"))
	if err != nil {
		t.Fatal(err)
	}
	record, err := transcript.Parse("transcript.json", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range record.Segments {
		got = append(got, s.Text)
	}
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("the transcript says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	if len(record.Signatures) != 4 || len(record.Corrections) != 1 {
		t.Errorf("%d signatures and %d corrections; want 4 and 1", len(record.Signatures), len(record.Corrections))
	}
}

func TestKillingTheWindowTwentyTimesLosesNoPicture(t *testing.T) {
	b := openBureau(t)
	d := desktoptest.New(t, 1024, 768)
	home := b.room(t, "R102")
	times := 20
	if testing.Short() || os.Getenv("CI") == "" {
		times = 5
	}
	recording := d.Command(filepath.Join(bin, "minglu"), "record", "--home", home, "--item", "I03", "--case", "1", "--taxpayer", "甲公司",
		"--person", "王芳", "--officer", "张三:1", "--officer", "李四:2", "--camera", "synth:", "--mic", "synth:")
	var out bytes.Buffer
	recording.Stdout = &out
	if err := recording.Start(); err != nil {
		t.Fatal(err)
	}
	o := &officer{Desktop: d, t: t, home: home}
	o.leave()
	o.noted(2, `"type":"segment"`)
	for n := range times {
		o.open()
		before := strings.Count(o.journal(), `"type":"segment"`)
		o.Until(20*time.Second, "the window shows the recording", func() bool {
			return strings.Count(o.journal(), `"type":"segment"`) > before+1
		})
		if n == 0 {
			o.Picture("attached")
		}
		desktoptest.Kill(o.win)
	}
	if err := recording.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := recording.Wait(); err != nil {
		t.Fatalf("the recording ended with %v", err)
	}
	sealed := said{events: parse(t, &out)}.last(t, "sealed")
	if sealed.Dropped != 0 || len(sealed.Gaps) != 0 {
		t.Errorf("%d windows were killed, and %d of %d pictures are missing: %v", times, sealed.Dropped, sealed.Frames, sealed.Gaps)
	}
	b.verify(t, sealed.Package, "AUTHENTIC")
}
