package duty

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"minglu/capture/evidence"
)

// What quick reads it reads as encoding/json does; the rest it leaves to that.
func FuzzQuickReadsAsTheLibraryDoes(f *testing.F) {
	for _, e := range []Entry{
		{V: 1, ID: "a", Text: "咨询", Stamp: Stamp{MS: 7, N: -1}, Lacks: []string{"甲", ""}, Count: 3},
		{Text: "“\"\\\n<&>", Taxpayer: evidence.Taxpayer{Name: "明远"}, People: []string{}},
	} {
		raw, err := evidence.MarshalBody(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(raw))
	}
	for _, m := range []Matter{{ID: "b", Title: "题", State: MatterOpen, Overdue: true, Steps: []string{"x"}}, {Pauses: []Break{{From: "1"}}}} {
		raw, err := evidence.MarshalBody(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		q := quick{rest: string(raw)}
		alike(t, raw, q.entry(), &q)
		q = quick{rest: string(raw)}
		alike(t, raw, q.matter(), &q)
	})
}

// alike compares with the library what was read of a text in its one form.
func alike[T any](t *testing.T, raw []byte, got T, q *quick) {
	t.Helper()
	var want T
	again, err := []byte(nil), json.Unmarshal(raw, &want)
	if err == nil {
		again, err = evidence.MarshalBody(want)
	}
	if err != nil || !bytes.Equal(again, raw) || !q.done() {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("of %s read %+v, the library %+v", raw, got, want)
	}
}
