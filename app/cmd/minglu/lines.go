package main

import (
	"encoding/json"
	"io"
	"sync"
)

// lines writes events, one JSON object a line.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) event(v any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := json.NewEncoder(l.w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
