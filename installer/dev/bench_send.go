package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// versity is the S3 server that rclone copies to; it is built into the benchmark's folder.
const versity = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// sendBesideRclone sends one package to headquarters — mutual TLS, hashing, syncing — and lets rclone copy the same
// folder to an S3 server in plain HTTP. Both ends count. What follows, headquarters' verification and its receipt,
// is said beside it and counts where rclone is compared.
func (b *bench) sendBesideRclone(ctx context.Context, s sealed) error {
	gigabytes := float64(s.size) / 1e9
	install := b.command(ctx, "go", "install", versity)
	install.Env = append(install.Env, "GOBIN="+b.folder)
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("build the S3 server: %w\n%s", err, out)
	}
	var sending, ours, peer []float64
	for range b.pairs {
		sent, received, err := b.sendOnce(ctx, s)
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		theirs, err := b.rcloneOnce(ctx, s.folder)
		if err != nil {
			return fmt.Errorf("rclone: %w", err)
		}
		sending, ours, peer = append(sending, sent/gigabytes), append(ours, received/gigabytes), append(peer, theirs/gigabytes)
		b.say("  both ends: sent %.2f s/GB, verified and receipted %.2f s/GB; rclone %.2f s/GB", sent/gigabytes,
			received/gigabytes, theirs/gigabytes)
	}
	return errors.Join(b.compare("SEND_RCLONE", "s/GB", ours, peer, 0.5), b.bound("SEND", "s/GB", median(sending), 2.8))
}

// sendOnce sends from a copy of the room to a copy of headquarters, so that each time is the first. It returns what
// both ends used until the film lay there whole, hashed and synced, and until the receipt was back.
func (b *bench) sendOnce(ctx context.Context, s sealed) (sent, received float64, err error) {
	film, err := s.largest()
	if err != nil {
		return 0, 0, err
	}
	twin := filepath.Join(b.folder, "twin")
	if _, err := b.used(b.command(ctx, "cp", "-a", filepath.Dir(s.room.room), twin)); err != nil {
		return 0, 0, err
	}
	if _, err := b.used(b.command(ctx, "sync", "--file-system", twin)); err != nil { // else the copy is written during the sending
		return 0, 0, err
	}
	p := newPractice(s.room.shop, twin, s.room.code, b.log)
	stop, err := p.openHeadquarters(ctx)
	if err != nil {
		return 0, 0, err
	}
	hq, err := findProcess(ctx, "minglu-hq", p.hq, time.Second)
	if err != nil {
		return 0, 0, errors.Join(err, stop())
	}
	before, _ := hq.cost()
	there := make(chan cost, 1)
	waiting, arrived := context.WithCancel(ctx)
	go func() { there <- hq.costWhen(waiting, filepath.Join(p.hq, "parts", film[:2], film)) }()
	sender, err := b.used(b.command(ctx, b.program("minglu"), "sync", "--home", p.room, "--until-empty"))
	arrived()
	after, _ := hq.cost()
	at := <-there
	if err == nil && at.seconds == 0 {
		err = errors.New("the film was never seen at headquarters")
	}
	own := sender.seconds - before.seconds
	return own + at.seconds, own + after.seconds, errors.Join(err, stop(), os.RemoveAll(twin))
}

// largest is the SHA-256 of the package's largest file, the last that is sent.
func (s sealed) largest() (string, error) {
	var name string
	var most int64
	for _, path := range s.files {
		if st, err := os.Stat(path); err == nil && st.Size() > most {
			name, most = path, st.Size()
		}
	}
	manifest, err := os.ReadFile(filepath.Join(s.folder, "manifest-sha256.txt"))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(s.folder, name)
	for line := range strings.Lines(string(manifest)) {
		if sum, path, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && path == filepath.ToSlash(rel) && len(sum) == 64 {
			return sum, err
		}
	}
	return "", errors.Join(err, fmt.Errorf("find %s in the manifest of %s", rel, s.folder))
}

func (b *bench) rcloneOnce(ctx context.Context, folder string) (float64, error) {
	store := b.path("s3")
	if err := os.MkdirAll(filepath.Join(store, "bench"), 0o750); err != nil {
		return 0, err
	}
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	server := b.command(ctx, b.path("versitygw"), "--port", address, "posix", store)
	server.Env = append(server.Env, "ROOT_ACCESS_KEY=bench", "ROOT_SECRET_KEY=benchbench")
	server.Stdout, server.Stderr = b.log, b.log
	if err := server.Start(); err != nil {
		return 0, err
	}
	sender, err := b.rcloneTo(ctx, address, folder)
	err = errors.Join(err, server.Cancel())
	_ = server.Wait() // it was told to end
	return sender.seconds + usedBy(server).seconds, errors.Join(err, os.RemoveAll(store))
}

func (b *bench) rcloneTo(ctx context.Context, address, folder string) (cost, error) {
	if err := awaitPort(ctx, address); err != nil {
		return cost{}, err
	}
	copying := b.command(ctx, "rclone", "--config", os.DevNull, "copy", folder, ":s3:bench/package",
		"--s3-provider", "Other", "--s3-endpoint", "http://"+address, "--s3-access-key-id", "bench",
		"--s3-secret-access-key", "benchbench", "--s3-chunk-size", "16M")
	amazon := func(setting string) bool { return strings.HasPrefix(setting, "AWS_") }
	copying.Env = slices.DeleteFunc(slices.Clone(copying.Env), amazon) // this machine's settings are for another cloud
	return b.used(copying)
}

// freeAddress is a loopback address that nobody listens on at this moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func awaitPort(ctx context.Context, address string) error {
	for end := time.Now().Add(20 * time.Second); ctx.Err() == nil && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("nobody listens on %s", address)
}
