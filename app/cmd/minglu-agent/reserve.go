package main

import (
	"fmt"
	"os"
	"path/filepath"

	"minglu/capture/attach"
)

// reserveSize is the space kept to close a recording when something else has filled the disk: its index, its
// papers and its layers.
const reserveSize = 16 << 20

func reservePath(home string) string { return filepath.Join(attach.RunDir(home), "reserve") }

// keepReserve takes the space, with real bytes: a hole would be none when it is needed. Failing is no fault
// here; the disk is then too full to begin a recording, which says so.
func (w *works) keepReserve() {
	path := reservePath(w.r.Home)
	if st, err := os.Stat(path); err == nil && st.Size() == reserveSize {
		return
	}
	if err := os.WriteFile(path, make([]byte, reserveSize), 0o600); err != nil {
		fmt.Fprintf(w.log, "keep a reserve: %v\n", err)
		_ = os.Remove(path) // a part of it would only be in the way
	}
}

// makeSpace gives the reserve up.
func (w *works) makeSpace() {
	if err := os.Remove(reservePath(w.r.Home)); err != nil {
		fmt.Fprintf(w.log, "use the reserve: %v\n", err)
	}
}
