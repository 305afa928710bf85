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

// sendBesideRclone sends one package to headquarters — mutual TLS, hashing, syncing, verifying, the receipt — and
// lets rclone copy the same folder to an S3 server in plain HTTP. Both ends count.
func (b *bench) sendBesideRclone(ctx context.Context, s sealed) error {
	gigabytes := float64(s.size) / 1e9
	install := b.command(ctx, "go", "install", versity)
	install.Env = append(install.Env, "GOBIN="+b.folder)
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("build the S3 server: %w\n%s", err, out)
	}
	var ours, peer []float64
	for range b.pairs {
		mine, err := b.sendOnce(ctx, s.room)
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		theirs, err := b.rcloneOnce(ctx, s.folder)
		if err != nil {
			return fmt.Errorf("rclone: %w", err)
		}
		ours, peer = append(ours, mine/gigabytes), append(peer, theirs/gigabytes)
		b.say("  both ends: ours %.2f s/GB, rclone %.2f s/GB", mine/gigabytes, theirs/gigabytes)
	}
	return errors.Join(b.compare("SEND_RCLONE", "s/GB", ours, peer, 0.5), b.bound("SEND", "s/GB", median(ours), 2.8))
}

// sendOnce sends from a copy of the room to a copy of headquarters, so that each time is the first.
func (b *bench) sendOnce(ctx context.Context, room practice) (float64, error) {
	twin := filepath.Join(b.folder, "twin")
	if _, err := b.used(b.command(ctx, "cp", "-a", filepath.Dir(room.room), twin)); err != nil {
		return 0, err
	}
	p := newPractice(room.shop, twin, room.code, b.log)
	stop, err := p.openHeadquarters(ctx)
	if err != nil {
		return 0, err
	}
	hq, err := findProcess(ctx, "minglu-hq", p.hq, time.Second)
	if err != nil {
		return 0, errors.Join(err, stop())
	}
	before, _ := hq.cost()
	sender, err := b.used(b.command(ctx, b.program("minglu"), "sync", "--home", p.room, "--until-empty"))
	after, _ := hq.cost()
	return sender.seconds + after.seconds - before.seconds, errors.Join(err, stop(), os.RemoveAll(twin))
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
