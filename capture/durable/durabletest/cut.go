package durabletest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"minglu/capture/durable"
)

// Tear says what a cut does to bytes that were written and not synced.
type Tear int

// The four tears.
const (
	Forgotten Tear = iota // none of them arrived
	Partial               // the oldest arrived, up to any byte
	Zeros                 // the length arrived, the bytes did not: zeros
	Noise                 // the length arrived; from any byte on they are noise
)

// Tears lists all of them.
func Tears() []Tear { return []Tear{Forgotten, Partial, Zeros, Noise} }

// String names the tear.
func (t Tear) String() string {
	return [...]string{"forgotten", "partial", "zeros", "noise"}[t]
}

// Restart is the disk that the machine finds after the power came back, apart from d. Names not synced
// survive up to any one of them, oldest first, in each directory; seed chooses, and also where a tear begins.
// Seed 0 forgets all such names. What survived counts as durable.
func (d *Disk) Restart(tear Tear, seed uint64) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := New()
	r := restart{tear: tear, names: seed != 0, rand: rand.New(rand.NewPCG(seed, uint64(tear)))}
	after.root = r.dir(d.root)
	return after
}

type restart struct {
	tear  Tear
	names bool
	rand  *rand.Rand
}

func (r restart) dir(p *dir) *dir {
	names := maps.Clone(p.synced)
	if r.names {
		for _, change := range p.pending[:r.rand.IntN(len(p.pending)+1)] {
			change.apply(names)
		}
	}
	after := newDir()
	for _, name := range slices.Sorted(maps.Keys(names)) { // sorted: one seed, one outcome
		switch n := names[name].(type) {
		case *dir:
			after.synced[name] = r.dir(n)
		case *inode:
			bytes := r.bytes(n)
			after.synced[name] = &inode{live: bytes, synced: slices.Clone(bytes)}
		}
	}
	after.live = maps.Clone(after.synced)
	return after
}

// bytes is what a restart finds of a file: the synced bytes, then the torn writes in their order.
func (r restart) bytes(n *inode) []byte {
	b := slices.Clone(n.synced)
	if r.tear == Forgotten || len(n.pending) == 0 {
		return b
	}
	torn := r.rand.IntN(len(n.pending)) // the write in which the tear begins
	for i, w := range n.pending {
		switch {
		case i < torn && r.tear != Zeros:
			b = w.apply(b)
		case i == torn || r.tear != Partial:
			b = r.write(b, w)
		}
	}
	return b
}

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// write does a torn w on b: old bytes under it stay or become new by whole sectors, and only bytes past the
// old end are harmed.
func (r restart) write(b []byte, w write) []byte {
	if w.data == nil {
		return w.apply(b)
	}
	old := int64(len(b))
	kept := r.rand.IntN(len(w.data) + 1)
	if end := w.off + int64(kept); end < old {
		kept = int(max(end/sector*sector-w.off, 0))
	}
	if r.tear == Zeros {
		kept = 0
	}
	b = write{w.off, w.data[:kept:kept]}.apply(b)
	if r.tear == Partial {
		return b
	}
	b = write{off: max(old, w.off+int64(len(w.data)))}.apply(b)
	for i := max(old, w.off+int64(kept)); r.tear == Noise && i < int64(len(b)); i++ {
		b[i] = byte(r.rand.Uint32())
	}
	return b
}

// Campaign cuts the power instead of every operation of Work in turn, under every tear.
type Campaign struct {
	Before func(durable.FS) error // prepares the disk; never cut, and synced or not as it leaves it
	Work   func(durable.FS) error // its error is the program's business: ErrCut is to be expected
	Check  func(after *Disk) error
	Seeds  int // outcomes per cut and tear; at least 1
}

func (c Campaign) disk() (*Disk, error) {
	disk := New()
	if c.Before == nil {
		return disk, nil
	}
	if err := c.Before(disk); err != nil {
		return nil, fmt.Errorf("prepare the disk: %w", err)
	}
	return disk, nil
}

// Run returns how many restarts were checked and what was wrong. A campaign over a program with a known
// fault must return some, or it proves nothing.
func (c Campaign) Run() (cuts int, faults []error) {
	for op := 1; ; op++ {
		disk, err := c.disk()
		if err != nil {
			return cuts, append(faults, err)
		}
		disk.CutAt(op)
		_ = c.Work(disk)
		for _, tear := range Tears() {
			for seed := range uint64(max(1, c.Seeds)) {
				cuts++
				if err := c.Check(disk.Restart(tear, seed)); err != nil {
					faults = append(faults, fmt.Errorf("cut at operation %d, tear %v, seed %d: %w", op, tear, seed, err))
				}
			}
		}
		if disk.live() {
			return cuts, faults // Work ended before the cut: its last state was checked too
		}
	}
}

// RunFailing lets every operation of Work in turn fail once with err, then cuts the power, forgetting all
// that was not synced. Names and bytes whose sync failed are lost even if a later sync succeeds.
func (c Campaign) RunFailing(err error) (runs int, faults []error) {
	for op := 1; ; op++ {
		disk, bad := c.disk()
		if bad != nil {
			return runs, append(faults, bad)
		}
		before := disk.Ops()
		disk.FailAt(op, err)
		_ = c.Work(disk)
		if disk.Ops()-before < op {
			return runs, faults
		}
		runs++
		if bad = c.Check(disk.Restart(Forgotten, 0)); bad != nil {
			faults = append(faults, fmt.Errorf("operation %d fails with %w: %w", op, err, bad))
		}
	}
}

// live reports whether the power is still on.
func (d *Disk) live() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.powered() == nil
}
