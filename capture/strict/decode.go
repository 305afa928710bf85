package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// maxDepth bounds how deep a file may nest.
const maxDepth = 32

// Doc is a file being read: its faults so far and the line of each field.
type Doc struct {
	File   string
	Faults Faults
	lines  map[string]int
}

// Decode reads the JSON object data into the struct v points to. Keys are the struct's json tags; each must
// be there once (except those tagged omitempty) and no other. All faults are collected; v holds what could
// be read. Structs, slices, strings, booleans, integers and pointers to them are understood.
func Decode(file string, data []byte, v any) *Doc {
	d := &Doc{File: file, lines: map[string]int{}}
	if d.Faults = CheckText(file, data); len(d.Faults) > 0 {
		return d
	}
	root, err := parse(data)
	if err != nil {
		d.add(Fault{Line: lineAt(data, err.offset), Kind: Syntax, Got: err.Error()})
		return d
	}
	d.fill(root, reflect.ValueOf(v).Elem(), "")
	return d
}

// Refuse adds a fault found by the caller at a field, as `items[3].code`. got is the value, nil if it is not to
// be shown; want says in signs what it should be.
func (d *Doc) Refuse(field string, kind Kind, got any, want string) {
	f := Fault{Line: d.lines[field], Field: field, Kind: kind, Want: want}
	switch got := got.(type) {
	case nil:
	case string:
		f.Got = fmt.Sprintf("%.60q", got)
	default:
		f.Got = fmt.Sprint(got)
	}
	d.add(f)
}

// OneOf writes the wish for one of some codes.
func OneOf(codes ...string) string { return strings.Join(codes, " | ") }

// AtMost writes the wish for no more than n.
func AtMost(n int) string { return fmt.Sprintf("≤ %d", n) }

// Err is the list of faults as an error, or nil.
func (d *Doc) Err() error {
	if len(d.Faults) == 0 {
		return nil
	}
	return d.Faults
}

func (d *Doc) add(f Fault) {
	f.File = d.File
	if len(d.Faults) < MaxFaults {
		d.Faults = append(d.Faults, f)
	}
}

// node is a JSON value and where it begins.
type node struct {
	line   int
	value  any // string, json.Number, bool, nil, []*node or []member
	double []member
}

type member struct {
	key  string
	node *node
}

type syntaxError struct {
	error
	offset int64
}

type parser struct {
	data []byte
	dec  *json.Decoder
	line int
	seen int64 // bytes whose newlines line already counts
}

func parse(data []byte) (*node, *syntaxError) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	p := &parser{data: data, dec: dec, line: 1}
	root, err := p.next(0)
	if err == nil {
		if _, rest := dec.Token(); !errors.Is(rest, io.EOF) {
			err = errors.New("more text after the end")
		}
	}
	if err == nil {
		return root, nil
	}
	offset := dec.InputOffset()
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		offset = syntax.Offset
		if strings.Contains(syntax.Error(), `'\n'`) {
			offset-- // a string cut by the end of its line: the decoder stands behind it
		}
	}
	return nil, &syntaxError{err, offset}
}

// next reads one value; depth is how many it lies in.
func (p *parser) next(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: p.here(), value: token}
	switch token {
	case json.Delim('{'):
		return n, p.object(n, depth)
	case json.Delim('['):
		list := []*node{}
		for p.dec.More() {
			e, err := p.next(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		n.value = list
		_, err = p.dec.Token()
	}
	return n, err
}

func (p *parser) object(n *node, depth int) error {
	members, seen := []member{}, map[string]bool{}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return err
		}
		value, err := p.next(depth + 1)
		if err != nil {
			return err
		}
		m := member{key.(string), value}
		if seen[m.key] {
			n.double = append(n.double, m)
			continue
		}
		seen[m.key] = true
		members = append(members, m)
	}
	n.value = members
	_, err := p.dec.Token()
	return err
}

// here is the line of the token just read; it only ever counts forward.
func (p *parser) here() int {
	at := p.dec.InputOffset()
	p.line += bytes.Count(p.data[p.seen:at], []byte{'\n'})
	p.seen = at
	return p.line
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte{'\n'})
}

// fill puts n into v, which is settable; field is its name so far.
func (d *Doc) fill(n *node, v reflect.Value, field string) {
	d.lines[field] = n.line
	switch v.Kind() {
	case reflect.Pointer:
		if n.value != nil {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(n, v.Elem(), field)
		}
		return
	case reflect.Struct:
		if members, ok := n.value.([]member); ok {
			d.fillStruct(n, members, v, field)
			return
		}
	case reflect.Slice:
		if list, ok := n.value.([]*node); ok {
			v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
			for i, e := range list {
				d.fill(e, v.Index(i), fmt.Sprintf("%s[%d]", field, i))
			}
			return
		}
	default:
		if setScalar(n.value, v) {
			return
		}
	}
	d.add(Fault{Line: n.line, Field: field, Kind: Type, Want: wanted(v.Kind())})
}

func setScalar(value any, v reflect.Value) bool {
	switch value := value.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(value)
			return true
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(value)
			return true
		}
	case json.Number:
		if i, err := value.Int64(); err == nil && v.CanInt() && !v.OverflowInt(i) {
			v.SetInt(i)
			return true
		}
	}
	return false
}

// wanted shows a Go kind as JSON writes it.
func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Struct:
		return "{…}"
	case reflect.Slice:
		return "[…]"
	case reflect.String:
		return `"…"`
	case reflect.Bool:
		return "true | false"
	}
	return "0, 1, 2, …"
}

func (d *Doc) fillStruct(n *node, members []member, v reflect.Value, field string) {
	given := map[string]*node{}
	for _, m := range members {
		given[m.key] = m.node
	}
	for _, m := range n.double {
		d.add(Fault{Line: m.node.line, Field: join(field, m.key), Kind: Double})
	}
	for i := range v.NumField() {
		key, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		value, ok := given[key]
		switch {
		case ok:
			d.fill(value, v.Field(i), join(field, key))
			delete(given, key)
		case options != "omitempty":
			d.add(Fault{Line: n.line, Field: join(field, key), Kind: Missing})
		}
	}
	for _, m := range members {
		if _, left := given[m.key]; left {
			d.add(Fault{Line: m.node.line, Field: join(field, m.key), Kind: Unknown})
		}
	}
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}
