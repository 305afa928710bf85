package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"minglu/app/desk"
	"minglu/app/i18n"
	"minglu/app/player"
	"minglu/app/room"
	"minglu/capture/attach"
	"minglu/capture/evidence"
)

// errUnsealed refuses to play a recording that runs, or that a crash left open.
var errUnsealed = &coded{"player.unsealed", "the recording has no layer yet"}

// playing joins the window to the player of its recordings.
type playing struct {
	room   *room.Room
	ask    func(context.Context, attach.Request) (attach.Event, error)
	server *player.Server

	mu   sync.Mutex // guards lang
	lang i18n.Lang
}

// newPlaying makes the player. opened notes each opening in the access log; while it is nil no recording is shown.
func newPlaying(r *room.Room, ask func(context.Context, attach.Request) (attach.Event, error), lang i18n.Lang,
	opened func(context.Context, string) error) *playing {
	p := &playing{room: r, ask: ask, lang: lang}
	p.server = player.New(player.Source{Find: p.find, Opened: opened, Lang: p.language, Now: time.Now, Log: os.Stderr})
	return p
}

func (p *playing) language() i18n.Lang {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lang
}

func (p *playing) speak(l i18n.Lang) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lang = l
}

// find opens a sealed recording of the room's vault.
func (p *playing) find(_ context.Context, id string) (player.Recording, error) {
	if _, _, err := evidence.ParseID(id); err != nil {
		return player.Recording{}, err
	}
	dir := p.room.Vault.Dir(id)
	_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(evidence.SealPath(1, evidence.LayerSignature))))
	if errors.Is(err, fs.ErrNotExist) {
		if _, missing := os.Stat(dir); missing == nil {
			return player.Recording{}, errUnsealed
		}
	}
	if err != nil {
		return player.Recording{}, err
	}
	return openSealed(dir, id, evidence.Options{Roots: p.room.Roots, LedgerKeys: []string{p.room.Keys.HQ}})
}

func openSealed(dir, id string, o evidence.Options) (player.Recording, error) {
	files, closer, err := evidence.OpenPackage(dir)
	if err != nil {
		return player.Recording{}, err
	}
	return player.Recording{ID: id, Files: files, Verify: o, Close: closer.Close}, nil
}

// hands are what the pages get.
func (p *playing) hands(ctx context.Context) desk.Player {
	browse := func(link string, err error) error {
		if err != nil {
			return err
		}
		return player.Browse(link, os.Getenv)
	}
	return desk.Player{
		Line: func(id string, fromMS, toMS int64) error {
			_, err := p.ask(ctx, attach.Request{Op: attach.OpPlay, ID: id, FromMS: fromMS, ToMS: toMS})
			return err
		},
		Print: func(id string, paper []byte) error { return p.print(ctx, id, paper, browse) },
		Play:  func(id string, atMS int64) error { return browse(p.server.Open(ctx, id, atMS)) },
		Paper: func(id, name string) error { return browse(p.server.PaperOf(ctx, id, name)) },
		Trial: func(folder, roots string) error { return browse(p.trial(folder, roots)) },
	}
}

// print has the recorder note the paper, then shows it to be printed.
func (p *playing) print(ctx context.Context, id string, paper []byte, browse func(string, error) error) error {
	sum := sha256.Sum256(paper)
	e, err := p.ask(ctx, attach.Request{Op: attach.OpPrint, Kind: "TRANSCRIPT", SHA256: hex.EncodeToString(sum[:])})
	if err == nil && e.Event == attach.EventIdle {
		err = &coded{"agent.idle", "no recording runs"}
	}
	if err != nil {
		return err
	}
	return browse(p.server.Paper(ctx, id, paper))
}

// trial shows a test recording, judged by the authority that was made for it alone.
func (p *playing) trial(folder, roots string) (link string, err error) {
	pem, err := os.ReadFile(roots)
	if err != nil {
		return "", fmt.Errorf("open test recording: %w", err)
	}
	o := evidence.Options{}
	if o.Roots, err = evidence.ParseRoots(pem); err != nil {
		return "", fmt.Errorf("open test recording: %w", err)
	}
	r, err := openSealed(folder, filepath.Base(folder), o)
	if err != nil {
		return "", err
	}
	return p.server.Trial(r)
}
