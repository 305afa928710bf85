package access

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"minglu/capture/evidence"
)

// Fault is something wrong with the log.
type Fault struct {
	Line int64  `json:"line"` // counts from 0, as it lies in the file
	Code string `json:"code"` // form, chain, cut
	What string `json:"what"` // for a technician
}

// Codes of faults.
const (
	FaultForm  = "form"  // a line is not as it was written
	FaultChain = "chain" // the line does not follow the one before it: something was changed, taken out or put in
	FaultCut   = "cut"   // lines were taken off the end
)

// Read gives the whole entries of the log and everything that is wrong with it. A torn last line, which was never
// acknowledged, is no fault. The error says that the log could not be read at all.
func (l *Log) Read() (entries []Entry, faults []Fault, err error) {
	known, err := l.head()
	if err != nil {
		faults = append(faults, Fault{0, FaultCut, err.Error()})
	}
	data, err := l.fsys.ReadFile(l.path(File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read access log: %w", err)
	}
	next := end{head: evidence.NoHead}
	named := known.Lines == 0 // the newest noted line was met
	place := int64(0)
	for ; ; place++ {
		raw, rest, whole := bytes.Cut(data, []byte{'\n'})
		if !whole {
			break
		}
		data = rest
		e, err := ParseEntry(raw)
		switch {
		case err != nil:
			faults = append(faults, Fault{place, FaultForm, err.Error()})
			continue
		case e.Prev != next.head || e.N != next.lines:
			faults = append(faults, Fault{place, FaultChain, fmt.Sprintf("entry %d does not follow entry %d", e.N, next.lines-1)})
		}
		entries = append(entries, e)
		next = end{lines: e.N + 1, head: evidence.Head(raw)}
		named = named || next.lines == known.Lines && next.head == known.Head
	}
	if !named {
		faults = append(faults, Fault{place, FaultCut, fmt.Sprintf("the log had %d entries, and the last of them is not there", known.Lines)})
	}
	return entries, faults, nil
}
