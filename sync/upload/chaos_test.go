package upload_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/evidence/packtest"
	"minglu/capture/key"
	"minglu/capture/stamp"
	"minglu/sync/enrol"
	"minglu/sync/outbox"
)

// cutsVariable says how many processes the campaign kills; tests kill a few.
const cutsVariable = "MINGLU_CUTS"

// chaos is a room and a headquarters with a bad line between them.
type chaos struct {
	t      *testing.T
	home   string
	bureau *packtest.Bureau
	box    *outbox.Box
	hq     *realHQ
	line   *badLine
	room   *process
	made   map[string]packtest.Package
	bytes  int64
	kills  int
}

// TestHundredCutsLoseNothing kills headquarters and the courier at random moments while the line is cut,
// falls silent and is slow; MINGLU_CUTS=100 makes it the whole campaign.
func TestHundredCutsLoseNothing(t *testing.T) {
	kills, _ := strconv.Atoi(os.Getenv(cutsVariable))
	if kills == 0 {
		kills = 6
		if testing.Short() {
			kills = 4
		}
	}
	c := newChaos(t)
	c.run(kills)
	began := time.Now()
	c.finish()
	c.check()
	resent := c.line.sent.Load() - c.bytes
	faults := int64(c.kills) + c.line.cuts.Load()
	t.Logf("%d packages, %d bytes, %d kills, %d cuts; %d bytes sent besides (%d for each fault, %.2f %%), calm after %v",
		len(c.made), c.bytes, c.kills, c.line.cuts.Load(), resent, resent/max(faults, 1),
		100*float64(resent)/float64(c.bytes), time.Since(began).Round(time.Millisecond))
	if resent > faults<<20 {
		t.Errorf("%d bytes were sent twice for %d faults; want less than a chunk of 1 MiB each", resent, faults)
	}
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	c := &chaos{t: t, home: t.TempDir(), made: map[string]packtest.Package{}, bureau: packtest.NewBureau(t, "HALL01")}
	c.hq = &realHQ{t: t, program: buildHQ(t), data: t.TempDir()}
	print := c.hq.ask("init", "--name", "Practice bureau")[0]["ca_fingerprint"]
	code := c.hq.ask("invite", "--room", "HALL01", "--title", "Hall 1")[0]["code"]
	c.line = newBadLine(t, 1.5e6)
	c.serve()
	t.Cleanup(func() { c.hq.kill() })
	_, err := enrol.Join(t.Context(), enrol.Invitation{URL: "https://" + *c.line.target.Load(), Code: fmt.Sprint(code),
		Fingerprint: fmt.Sprint(print), Home: c.home, Store: "file", SM2: true})
	must(t, err)
	keys, err := key.Open(filepath.Join(c.home, "keys"), nil)
	must(t, err)
	authority, err := enrol.Open(c.hq.data)
	must(t, err)
	c.bureau.Room, c.bureau.RoomSM2 = keys.Sign, keys.SM2
	c.bureau.HQ = authority.Seal
	c.bureau.Ledger(authority.Ledger, authority.LedgerKey)
	c.bureau.TSA = stamp.Authority{P256: authority.TSA, SM2: authority.TSASM2,
		Now: func() time.Time { return c.bureau.PKI.Now() }}
	c.box, err = outbox.Open(filepath.Join(c.home, "outbox.db"), "HALL01")
	must(t, err)
	t.Cleanup(func() { must(t, c.box.Close()) })
	return c
}

// serve starts headquarters and turns the line to it.
func (c *chaos) serve(flags ...string) {
	address := c.hq.open(append([]string{"--reserve", "0"}, flags...)...)
	c.line.target.Store(&address)
}

// sync starts the courier on the bad line.
func (c *chaos) sync() { c.room = c.courier(c.line.listener.Addr().String()) }

func (c *chaos) courier(address string) *process {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), courierHome+"="+c.home, courierURL+"=https://"+address)
	cmd.Stderr = os.Stderr
	return start(c.t, cmd)
}

// record makes a truly signed package and its row, in the order of a recording.
func (c *chaos) record() {
	c.recordSpec(packtest.Spec{Segments: 4 + rand.IntN(4), Padding: 1000 + rand.IntN(60000)})
}

func (c *chaos) recordSpec(spec packtest.Spec) {
	n, err := c.box.Reserve(c.t.Context(), time.Now())
	must(c.t, err)
	spec.Number, spec.NoReceipt, spec.Start = n, true, time.Now().UTC().Truncate(time.Millisecond)
	p := c.bureau.Make(spec)
	for path, f := range p.MapFS {
		name := filepath.Join(c.home, "vault", p.ID, filepath.FromSlash(path))
		must(c.t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(c.t, os.WriteFile(name, f.Data, 0o644))
		c.bytes += int64(len(f.Data))
	}
	c.made[p.ID] = p
	must(c.t, c.box.Describe(c.t.Context(), p.ID, "I03", evidence.FormatTime(time.Now())))
	must(c.t, c.box.Seal(c.t.Context(), p.ID, sum(p.MapFS[evidence.ManifestPath(1)].Data), time.Now()))
}

// run kills now one, now the other, in the middle of the work; halfway headquarters is full for a while.
func (c *chaos) run(kills int) {
	for c.kills < kills {
		waiting, err := c.box.Waiting(c.t.Context())
		must(c.t, err)
		for range 4 - len(waiting) {
			c.record()
		}
		if c.room == nil {
			c.sync()
		}
		select {
		case err := <-c.room.ended:
			c.room = nil
			must(c.t, err) // the courier ends by itself only when all is done
			continue
		case <-time.After(time.Duration(50+rand.IntN(400)) * time.Millisecond):
		}
		switch {
		case c.kills == kills/2:
			c.fill()
		case rand.IntN(2) == 0:
			c.restart()
		default:
			c.killRoom()
		}
	}
}

func (c *chaos) restart(flags ...string) {
	c.hq.kill()
	c.serve(flags...)
	c.kills++
}

func (c *chaos) killRoom() {
	if c.room != nil {
		c.room.kill()
		c.room = nil
		c.kills++
	}
}

// fill makes headquarters full until a package waits for that, then makes space again.
func (c *chaos) fill() {
	c.restart("--reserve", strconv.Itoa(1<<60))
	c.killRoom()
	c.record()
	c.sync()
	full := func() bool {
		rows, err := c.box.Waiting(c.t.Context())
		must(c.t, err)
		return slices.ContainsFunc(rows, func(r outbox.Row) bool { return r.Wait.Cause == outbox.CauseFull })
	}
	for began := time.Now(); !full(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			c.t.Fatal("nothing waits for space at a full headquarters")
		}
	}
	c.restart()
	c.killRoom()
}

// finish lets everything arrive on a calm line.
func (c *chaos) finish() {
	c.killRoom()
	c.line.calm.Store(true)
	c.hq.kill()
	c.serve()
	c.sync()
	select {
	case err := <-c.room.ended:
		must(c.t, err)
	case <-time.After(time.Minute):
		c.room.kill()
		c.t.Error("the outbox is not empty after a calm minute")
	}
}

// check compares what headquarters holds with what was recorded.
func (c *chaos) check() {
	rows, err := c.box.Rows(c.t.Context())
	must(c.t, err)
	for _, r := range rows {
		if r.State != outbox.Received {
			c.t.Errorf("%s is %s: %s", r.ID, r.State, r.Wait.Why)
		}
	}
	listed := c.hq.ask("list")
	if len(listed) != len(c.made) || len(rows) != len(c.made) {
		c.t.Errorf("headquarters lists %d packages, the room %d; want %d", len(listed), len(rows), len(c.made))
	}
	for _, e := range c.hq.ask("check") {
		if faults, ok := e["faults"].([]any); ok && len(faults) > 0 {
			c.t.Errorf("headquarters finds %v", faults)
		}
	}
	keys, err := key.Open(filepath.Join(c.home, "keys"), nil)
	must(c.t, err)
	pem, err := os.ReadFile(filepath.Join(c.home, "root.pem"))
	must(c.t, err)
	roots, err := evidence.ParseRoots(pem)
	must(c.t, err)
	for id, p := range c.made {
		c.compare(id, p)
		report, err := evidence.Verify(os.DirFS(filepath.Join(c.home, "vault", id)),
			evidence.Options{Roots: roots, LedgerKeys: []string{keys.HQ}})
		if err != nil || !report.Verdict.Accepted() {
			c.t.Errorf("%s with its receipt: %+v, %v", id, report, err)
		}
	}
}

// compare exports a package and compares every byte with what was recorded and what lies in the room.
func (c *chaos) compare(id string, p packtest.Package) {
	out := filepath.Join(c.t.TempDir(), id+".zip")
	c.hq.ask("export", "--id", id, "--out", out)
	z, closer, err := evidence.OpenPackage(out)
	must(c.t, err)
	defer closer.Close()
	got := 0
	must(c.t, fs.WalkDir(z, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		there, err := fs.ReadFile(z, path)
		must(c.t, err)
		here, err := os.ReadFile(filepath.Join(c.home, "vault", id, filepath.FromSlash(path)))
		if err != nil || !bytes.Equal(here, there) {
			c.t.Errorf("%s of %s differs between room and headquarters: %v", path, id, err)
		}
		if made := p.MapFS[path]; made != nil {
			got++
			if !bytes.Equal(made.Data, there) {
				c.t.Errorf("%s of %s is not what was recorded", path, id)
			}
		}
		return nil
	}))
	if got != len(p.MapFS) {
		c.t.Errorf("%s: %d of %d files arrived", id, got, len(p.MapFS))
	}
}
