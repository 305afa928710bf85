package strict_test

import (
	"slices"
	"strings"
	"testing"

	"minglu/capture/strict"
)

type door struct {
	V    int    `json:"v"`
	Name string `json:"name"`
	Open bool   `json:"open"`
	Keys []key  `json:"keys"`
	Note string `json:"note,omitempty"`
	Lock *key   `json:"lock"`
}

type key struct {
	Code string `json:"code"`
}

func decode(text string) (door, strict.Faults) {
	var d door
	doc := strict.Decode("door.json", []byte(text), &d)
	return d, doc.Faults
}

func TestAGoodFileIsRead(t *testing.T) {
	d, faults := decode(`{"v": 1, "name": "前门", "open": true, "keys": [{"code": "a"}, {"code": "b"}], "lock": null}`)
	if len(faults) > 0 || d.V != 1 || d.Name != "前门" || !d.Open || len(d.Keys) != 2 || d.Keys[1].Code != "b" || d.Lock != nil {
		t.Errorf("got %+v, %v", d, faults)
	}
	if d, _ := decode(`{"v":1,"name":"","open":false,"keys":[],"lock":{"code":"c"}}`); d.Lock == nil || d.Lock.Code != "c" {
		t.Errorf("got lock %v", d.Lock)
	}
}

func TestEveryFaultIsToldWithItsLine(t *testing.T) {
	_, faults := decode(`{
 "v": "one",
 "name": 5,
 "open": true, "open": false,
 "keys": [
  {"code": "a", "colour": "red"},
  {},
  7
 ],
 "colour": "green"
}`)
	want := []string{
		"door.json:4: open: double",
		"door.json:2: v: type; want 0, 1, 2, …",
		"door.json:3: name: type; want \"…\"",
		"door.json:6: keys[0].colour: unknown",
		"door.json:7: keys[1].code: missing",
		"door.json:8: keys[2]: type; want {…}",
		"door.json:1: lock: missing",
		"door.json:10: colour: unknown",
	}
	if got := strings.Split(faults.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", faults, strings.Join(want, "\n"))
	}
}

func TestBrokenJSONIsToldWhereItBreaks(t *testing.T) {
	for text, line := range map[string]int{
		"":                         1,
		"{":                        1,
		"{\n\"v\": 1,\n}":          3,
		"{\n\"v\": 1\n\"name\":2}": 3,
		"{}\n{}":                   2,
		"[1,\n2":                   2,
		"{\"name\": \"a\nb\"}":     1,
		strings.Repeat("[", 1000):  1,
		`{"v":1e999999999}`:        1,
	} {
		_, faults := decode(text)
		if len(faults) == 0 || faults[0].Line != line {
			t.Errorf("%.30q: got %v; want a fault in line %d", text, faults, line)
		}
	}
}

func TestANumberThatDoesNotFitIsRefused(t *testing.T) {
	for _, n := range []string{"1.5", "1e3", "99999999999999999999", `"1"`, "null", "true"} {
		if _, faults := decode(`{"v":` + n + `,"name":"","open":true,"keys":[],"lock":null}`); len(faults) != 1 {
			t.Errorf("%s: got %v", n, faults)
		}
	}
}

func TestTextThatIsNotUTF8IsToldByLineAndByte(t *testing.T) {
	faults := strict.CheckText("t.txt", []byte("问：好\n\xd0\xd5\xc3\xfb\nab\x00c\r\n\u202eevil\rX\n"))
	want := []string{"t.txt:2:1: encoding: D0", "t.txt:3:3: control: U+0000", "t.txt:4:1: control: U+202E", "t.txt:4:8: control: U+000D"}
	if got := strings.Split(faults.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	if n := len(strict.CheckText("t", []byte(strings.Repeat("\x01", 1000)))); n != strict.MaxFaults {
		t.Errorf("got %d faults; want the first %d", n, strict.MaxFaults)
	}
}

func FuzzDecodeNeverPanics(f *testing.F) {
	f.Add([]byte(`{"v":1,"keys":[{"code":"a"}],"lock":{}}`))
	f.Add([]byte(`{"v":{"v":[]},"v":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d door
		doc := strict.Decode("f", data, &d)
		for _, fault := range doc.Faults {
			if fault.Line < 0 || fault.Line > len(data)+1 {
				t.Errorf("line %d of %d bytes", fault.Line, len(data))
			}
		}
	})
}
