// Package seal turns a growing recording into a signed chain, and closes the package under signed layers.
package seal

import (
	"encoding/base64"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"minglu/capture/clock"
	"minglu/capture/evidence"
)

// Chain writes the journal of one recording. Add may be called from any goroutine.
type Chain struct {
	signer evidence.Signer
	clock  clock.Clock
	write  func(line []byte) error // durable when it returns

	mu    sync.Mutex // guards next, head and tally; held while a line goes to the disk, so that lines keep their order
	next  int64
	head  string
	tally *Tally

	newest atomic.Pointer[Newest] // for those who must not wait for the disk
}

// Newest names the last line that is on the disk: its number and digest, as a token covers them.
type Newest struct {
	Line int64
	Head string
}

// NewChain begins a journal; write must make the line durable before it returns.
func NewChain(signer evidence.Signer, c clock.Clock, write func(line []byte) error) *Chain {
	return &Chain{signer: signer, clock: c, write: write, head: evidence.NoHead, tally: NewTally()}
}

// Continue goes on with a journal that was read back into tally.
func Continue(tally *Tally, signer evidence.Signer, c clock.Clock, write func(line []byte) error) *Chain {
	chain := &Chain{signer: signer, clock: c, write: write, next: tally.Lines, head: tally.Head, tally: tally}
	chain.newest.Store(&Newest{tally.Lines - 1, tally.Head})
	return chain
}

// Add appends a line, signed if its kind demands it, and returns when it is on the disk.
func (c *Chain) Add(kind evidence.Kind, body any) (evidence.Line, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.add(kind, body)
}

// Checkpoint signs all lines before it; their number is taken in the same step, or another line could slip in.
func (c *Chain) Checkpoint(at time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.add(evidence.KindCheckpoint, evidence.CheckpointBody{Lines: c.next, AtMS: at.Milliseconds()})
	return err
}

// add appends a line. The caller holds the lock.
func (c *Chain) add(kind evidence.Kind, body any) (evidence.Line, error) {
	raw, err := evidence.MarshalBody(body)
	if err != nil {
		return evidence.Line{}, fmt.Errorf("write %s line: %w", kind, err)
	}
	line := evidence.Line{
		N: c.next, Prev: c.head, Kind: kind, Body: raw,
		BootMS: c.clock.Boot().Milliseconds(), UTC: evidence.FormatTime(c.clock.Now()),
	}
	bytes, err := c.marshal(&line)
	if err != nil {
		return evidence.Line{}, err
	}
	if err := c.write(bytes); err != nil {
		return evidence.Line{}, err
	}
	c.next++
	c.head = evidence.Head(bytes)
	c.newest.Store(&Newest{line.N, c.head})
	return line, c.tally.Add(line, c.head)
}

func (c *Chain) marshal(line *evidence.Line) ([]byte, error) {
	raw, err := line.Marshal()
	if err != nil || !line.Kind.Signed() {
		return raw, err
	}
	part, err := evidence.SignedPart(raw)
	if err != nil {
		return nil, err
	}
	sig, err := c.signer.Sign(part)
	if err != nil {
		return nil, fmt.Errorf("sign %s line: %w", line.Kind, err)
	}
	line.Sig = base64.StdEncoding.EncodeToString(sig)
	return line.Marshal()
}

// Newest never waits. Before the first line its number is -1.
func (c *Chain) Newest() Newest {
	if n := c.newest.Load(); n != nil {
		return *n
	}
	return Newest{-1, evidence.NoHead}
}

// Look calls f with the sums so far; f must not keep them.
func (c *Chain) Look(f func(*Tally)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.tally)
}
