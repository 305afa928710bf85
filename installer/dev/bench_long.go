package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// settled is when a recorder has allocated all that it needs, and memory should stop growing.
const settled = 2 * time.Minute

// longRecording records for long, stops, and measures what grows with the length of a recording: memory, the
// time to seal, to verify, to open in a browser, and to send.
func (b *bench) longRecording(ctx context.Context) error {
	room, stop, err := b.room(ctx)
	if err != nil {
		return err
	}
	folder, errs := b.recordLong(ctx, room)
	if err := stop(); err != nil || folder == "" {
		return errors.Join(errs, err)
	}
	s, err := lookAt(room, folder)
	if err != nil {
		return errors.Join(errs, err)
	}
	b.say("  a package of %.2f GB, %v long", float64(s.size)/1e9, b.long)
	for _, p := range b.afterwards() {
		errs = errors.Join(errs, p.run(ctx, s))
	}
	return errs
}

// sealed is a long recording's package and the room it lies in.
type sealed struct {
	room   practice
	folder string
	files  []string
	size   int64
}

// part is one thing that is measured of a sealed recording.
type part struct {
	name string
	run  func(context.Context, sealed) error
}

// afterwards are what is measured of a long recording once it is sealed.
func (b *bench) afterwards() []part {
	return []part{{"verify", b.verifyBesideOpenSSL}, {"open", b.openInBrowser}, {"send", b.sendBesideRclone}}
}

// ofKept measures them again, each by its name, with a package that a run of long kept because it missed a goal:
// on a machine that was busy then, say.
func (b *bench) ofKept() (list []measure) {
	for _, p := range b.afterwards() {
		list = append(list, measure{p.name, func(ctx context.Context) error {
			packages, _ := filepath.Glob(filepath.Join(b.from, "house-*", benchRoom, "vault", "*"))
			if len(packages) != 1 {
				return fmt.Errorf("%w find the one package of a long recording in %s", errUnable, b.from)
			}
			house := filepath.Dir(filepath.Dir(filepath.Dir(packages[0])))
			s, err := lookAt(newPractice(b.quiet(), house, benchRoom, b.log), packages[0])
			if err != nil {
				return err
			}
			return p.run(ctx, s)
		}})
	}
	return list
}

// growth is what was seen of a long recording.
type growth struct {
	began, asked time.Time
	early, late  float64       // memory, MiB
	sealed       time.Duration // from the wish to stop to the seal
}

// recordLong returns the sealed package.
func (b *bench) recordLong(ctx context.Context, room practice) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, b.long+5*time.Minute)
	defer cancel()
	t, err := room.startTake(ctx, "synth:grain=8", "synth:", b.long+time.Hour) // of real footage's size
	if err != nil {
		return "", err
	}
	g := growth{began: time.Now()}
	for e, ok := t.starter.next(); ok; e, ok = t.starter.next() {
		t.see(e)
		if e.is("sealed") {
			g.sealed = time.Since(g.asked)
		}
		if err := b.follow(t, &g); err != nil {
			return "", errors.Join(err, t.end())
		}
	}
	if err := t.starter.wait(); err != nil {
		return "", err
	}
	if g.asked.IsZero() {
		return "", fmt.Errorf("the recording ended by itself after %v", time.Since(g.began))
	}
	return t.folder, errors.Join(
		b.bound("MEMORY_LATE", "MiB", g.late, 80),
		b.bound("MEMORY_GROWTH", "x", g.late/g.early, 1.05),
		b.bound("SEAL", "s", g.sealed.Seconds(), 2))
}

// follow looks at the recorder with each event it sends, twice a second, and asks it to stop in time.
func (b *bench) follow(t *take, g *growth) error {
	margin := min(settled, b.long/3)
	switch run := time.Since(g.began); {
	case g.early == 0 && run >= margin:
		g.early = t.recorder.memory("VmRSS:")
	case g.late == 0 && run >= b.long-margin:
		g.late = t.recorder.memory("VmRSS:")
	case g.asked.IsZero() && run >= b.long:
		g.asked = time.Now()
		return t.starter.cmd.Process.Signal(syscall.SIGINT)
	}
	return nil
}

// lookAt lists a package's files and adds up their bytes.
func lookAt(room practice, folder string) (sealed, error) {
	s := sealed{room: room, folder: folder}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		s.size += st.Size()
		s.files = append(s.files, path)
		return nil
	})
	return s, err
}

func (b *bench) verifyBesideOpenSSL(ctx context.Context, s sealed) error {
	var ours, peer []float64
	for range b.pairs {
		mine, err := b.used(b.command(ctx, b.program("minglu-verify"), "--json", "--root", s.room.roots, s.folder))
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		theirs, err := b.used(b.command(ctx, "openssl", append([]string{"dgst", "-sha256"}, s.files...)...))
		if err != nil {
			return err
		}
		ours, peer = append(ours, mine.seconds), append(peer, theirs.seconds)
	}
	return b.compare("VERIFY_OPENSSL", "s", ours, peer, 1.2)
}
