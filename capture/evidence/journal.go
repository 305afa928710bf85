package evidence

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// maxLines bounds what a reader keeps of a journal in memory: a day of two tracks is a third of it.
const maxLines = 1 << 20

// Entry is one line of a journal as it lies in the file.
type Entry struct {
	Line Line
	Raw  []byte // without its newline; only good until the next call
	Off  int64  // of its first byte
	Head [sha256.Size]byte
	Err  error // why Line is not to be used; Raw, Off and Head are good all the same

	segment *SegmentBody // the body, when it was read on the way
}

// JournalReader reads a journal line by line, in little memory. It goes on after a bad line, so that all
// faults can be listed; a caller that mends stops at the first.
type JournalReader struct {
	r    *bufio.Reader
	off  int64
	next int64
	prev [sha256.Size]byte
	// Torn is how many bytes follow the last newline, known once Next has said io.EOF.
	Torn int64
}

// NewJournalReader reads from the start of a journal.
func NewJournalReader(r io.Reader) *JournalReader {
	return &JournalReader{r: bufio.NewReaderSize(r, MaxLine+1)}
}

var errOverlong = fmt.Errorf("line is over the bound of %d bytes", MaxLine)

// Next gives the next whole line, or io.EOF. The chain is checked: Err says when the line does not follow
// the bytes before it.
func (j *JournalReader) Next() (Entry, error) {
	if j.next >= maxLines {
		return Entry{}, fmt.Errorf("read journal: more than %d lines", maxLines)
	}
	raw, err := j.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return j.overlong(raw)
	}
	if errors.Is(err, io.EOF) {
		j.Torn = int64(len(raw))
		return Entry{}, io.EOF
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read journal: %w", err)
	}
	e := Entry{Raw: raw[:len(raw)-1], Off: j.off}
	e.Head = sha256.Sum256(e.Raw)
	e.Line, e.segment, e.Err = parseQuick(e.Raw)
	if e.Err == nil {
		e.Err = j.follows(e.Line)
	}
	j.step(int64(len(raw)), e.Head)
	return e, nil
}

func (j *JournalReader) step(n int64, head [sha256.Size]byte) {
	j.off += n
	j.next++
	j.prev = head
}

// ErrChain is the fault of a line that names other bytes than those before it.
var ErrChain = errors.New("line does not name the line before it")

func (j *JournalReader) follows(l Line) error {
	want := NoHead
	if j.next > 0 {
		want = hex.EncodeToString(j.prev[:])
	}
	switch {
	case l.Prev != want:
		return ErrChain
	case l.N != j.next:
		return fmt.Errorf("line is numbered %d in place %d", l.N, j.next)
	}
	return nil
}

// overlong passes a line that is too long to keep.
func (j *JournalReader) overlong(start []byte) (Entry, error) {
	e := Entry{Off: j.off, Err: errOverlong}
	sum := sha256.New()
	n := int64(len(start))
	sum.Write(start)
	for {
		raw, err := j.r.ReadSlice('\n')
		n += int64(len(raw))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			sum.Write(raw)
		case errors.Is(err, io.EOF):
			j.Torn = n
			return Entry{}, io.EOF
		case err != nil:
			return Entry{}, fmt.Errorf("read journal: %w", err)
		default:
			sum.Write(raw[:len(raw)-1])
			sum.Sum(e.Head[:0])
			j.step(n, e.Head)
			return e, nil
		}
	}
}

// JournalEnd is how far a journal is good.
type JournalEnd struct {
	Lines int64  // whole, chained lines from the first
	Bytes int64  // of them, newlines counted
	Head  string // digest of the last
	Torn  int64  // bytes after them
}

// ReadJournal calls each for every whole, chained line and stops at the first byte that belongs to none, as
// a crash leaves it. Signatures are not looked at. What Entry holds is only good during the call.
func ReadJournal(r io.Reader, each func(Entry) error) (JournalEnd, error) {
	j, end := NewJournalReader(r), JournalEnd{Head: NoHead}
	for {
		e, err := j.Next()
		switch {
		case errors.Is(err, io.EOF):
			end.Torn = j.Torn
			return end, nil
		case err != nil:
			return end, err
		case e.Err != nil:
			rest, err := io.Copy(io.Discard, j.r)
			end.Torn = j.off - end.Bytes + rest
			return end, err
		}
		if err := each(e); err != nil {
			return end, err
		}
		end = JournalEnd{Lines: j.next, Bytes: j.off, Head: hex.EncodeToString(e.Head[:])}
	}
}

// parseQuick reads a line as ParseLine does. Segment lines that hold nothing but plain characters, nearly
// all of a journal, are told to be canonical without being written again; their body comes with them.
func parseQuick(raw []byte) (Line, *SegmentBody, error) {
	if l, b, ok := quickLine(raw); ok {
		return l, b, nil
	}
	l, err := ParseLine(raw)
	return l, nil, err
}

func quickLine(raw []byte) (Line, *SegmentBody, bool) {
	var l Line
	r := quick{rest: raw}
	l.N = r.number(`{"n":`)
	l.Prev = r.word(`,"prev":"`)
	l.Kind = Kind(r.word(`,"type":"`))
	l.BootMS = r.number(`,"boot_ms":`)
	l.UTC = r.word(`,"utc":"`)
	if !r.skip(`,"body":`) || l.Kind != KindSegment {
		return Line{}, nil, false
	}
	body, ok := bytes.CutSuffix(r.rest, []byte(`,"sig":""}`))
	if !ok {
		return Line{}, nil, false
	}
	l.Body = body
	b, ok := quickSegment(body)
	if _, err := ParseTime(l.UTC); err != nil {
		ok = false
	}
	return l, &b, ok
}

// quickSegment reads a segment's body in canonical form, or says that it is not plainly so.
func quickSegment(raw []byte) (SegmentBody, bool) {
	r := quick{rest: raw}
	b := SegmentBody{
		Track:  r.word(`{"track":"`),
		Seq:    r.number(`,"seq":`),
		Off:    r.number(`,"off":`),
		Len:    r.number(`,"len":`),
		SHA256: r.word(`,"sha256":"`),
		SM3:    r.word(`,"sm3":"`),
		FromMS: r.number(`,"from_ms":`),
		ToMS:   r.number(`,"to_ms":`),
		Frames: r.number(`,"frames":`),
		Sounds: r.number(`,"packets":`),
	}
	return b, r.skip("}") && len(r.rest) == 0
}

// quick reads plain JSON members in a known order; once something else comes, it stays failed.
type quick struct {
	rest   []byte
	failed bool
}

func (r *quick) skip(text string) bool {
	rest, ok := bytes.CutPrefix(r.rest, []byte(text))
	r.rest, r.failed = rest, r.failed || !ok
	return !r.failed
}

// number reads a decimal as encoding/json writes it, without sign.
func (r *quick) number(before string) int64 {
	if !r.skip(before) {
		return 0
	}
	var n int64
	i := 0
	for ; i < len(r.rest) && i < 18 && r.rest[i] >= '0' && r.rest[i] <= '9'; i++ {
		n = n*10 + int64(r.rest[i]-'0')
	}
	if i == 0 || i == 18 || i > 1 && r.rest[0] == '0' {
		r.failed = true
		return 0
	}
	r.rest = r.rest[i:]
	return n
}

// word reads a string of letters, digits and a few signs that JSON never escapes.
func (r *quick) word(before string) string {
	if !r.skip(before) {
		return ""
	}
	i := bytes.IndexByte(r.rest, '"')
	if i < 0 {
		r.failed = true
		return ""
	}
	for _, c := range r.rest[:i] {
		if (c < '0' || c > ':') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.' {
			r.failed = true
			return ""
		}
	}
	w := string(r.rest[:i])
	r.rest = r.rest[i+1:]
	return w
}
