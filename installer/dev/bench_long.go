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
	size, files, err := contents(folder)
	if err != nil {
		return err
	}
	b.say("  a package of %.2f GB, %v long", float64(size)/1e9, b.long)
	return errors.Join(errs,
		b.verifyBesideOpenSSL(ctx, room, folder, files),
		b.openInBrowser(ctx, filepath.Join(folder, "data", "media", "cam0.mp4")),
		b.sendBesideRclone(ctx, room, folder, float64(size)/1e9))
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
	t, err := room.startTake(ctx, "synth:", "synth:", b.long+time.Hour)
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

// contents lists a package's files and adds up their bytes.
func contents(folder string) (size int64, files []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		size += st.Size()
		files = append(files, path)
		return nil
	})
	return size, files, err
}

func (b *bench) verifyBesideOpenSSL(ctx context.Context, room practice, folder string, files []string) error {
	var ours, peer []float64
	for range b.pairs {
		mine, err := b.used(b.command(ctx, b.program("minglu-verify"), "--json", "--root", room.roots, folder))
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		theirs, err := b.used(b.command(ctx, "openssl", append([]string{"dgst", "-sha256"}, files...)...))
		if err != nil {
			return err
		}
		ours, peer = append(ours, mine.seconds), append(peer, theirs.seconds)
	}
	return b.compare("VERIFY_OPENSSL", "s", ours, peer, 1.2)
}
