// Package room opens what the programs of one room share: its settings, keys, vault, outbox and the line to headquarters.
package room

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"minglu/app/settings"
	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/key"
	"minglu/capture/stamp"
	"minglu/capture/vault"
	"minglu/sync/ledger"
	"minglu/sync/outbox"
	"minglu/sync/upload"
	"minglu/sync/wire"
)

// ErrNoRoom is returned for a home that was never enrolled.
var ErrNoRoom error = noRoom{}

type noRoom struct{}

func (noRoom) Error() string     { return "no room is enrolled here" }
func (noRoom) FaultCode() string { return "room.absent" }

// Room is an enrolled room's home. Close gives everything back.
type Room struct {
	Home     string
	Settings settings.Room
	Keys     *key.Keys
	RootsPEM []byte
	Roots    *evidence.Roots
	Vault    *vault.Vault
	Box      *outbox.Box
	Clock    clock.Clock
}

// Open opens a home with all its keys; token opens a seal key that lies in a token.
func Open(home string, token key.Opener) (*Room, error) {
	return open(home, func(keys string) (*key.Keys, error) { return key.Open(keys, token) })
}

// OpenLine opens a home for a program that seals nothing: Keys has no Sign.
func OpenLine(home string) (*Room, error) { return open(home, key.OpenLine) }

func open(home string, openKeys func(dir string) (*key.Keys, error)) (_ *Room, err error) {
	r := &Room{Home: home, Clock: clock.System()}
	if r.Settings, err = settings.LoadRoom(home); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open room %s: %w", home, ErrNoRoom)
	} else if err != nil {
		return nil, err
	}
	if r.Keys, err = openKeys(r.path("keys")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.RootsPEM, err = os.ReadFile(r.path("root.pem")); err != nil {
		return nil, fmt.Errorf("open room: read headquarters' root: %w", err)
	}
	if r.Roots, err = evidence.ParseRoots(r.RootsPEM); err != nil {
		return nil, fmt.Errorf("open room: read %s: %w", r.path("root.pem"), err)
	}
	if r.Vault, err = vault.Open(durable.OS{}, r.path("vault")); err != nil {
		return nil, err
	}
	r.Box, err = outbox.Open(r.path("outbox.db"), r.Settings.Room)
	return r, err
}

// Close closes what is open.
func (r *Room) Close() error {
	err := r.Keys.Close()
	if r.Box != nil {
		err = errors.Join(err, r.Box.Close())
	}
	return err
}

func (r *Room) path(name string) string { return filepath.Join(r.Home, name) }

// Signers are the room's seals: P-256, and SM2 beside it if the room has one.
func (r *Room) Signers() []evidence.Signer {
	signers := []evidence.Signer{r.Keys.Sign}
	if r.Keys.SM2 != nil {
		signers = append(signers, r.Keys.SM2)
	}
	return signers
}

// Line makes a connection to headquarters; limit is in bytes a second, 0 for none.
func (r *Room) Line(limit int64) (*upload.Line, error) {
	floor, err := r.Box.LastReceipt(context.Background())
	if err != nil {
		return nil, err
	}
	return upload.NewLine(upload.Terms{
		URL: r.Settings.HQ, Roots: r.RootsPEM, Certificate: r.Keys.TLS, Floor: floor, Limit: limit, Now: r.Clock.Now,
	})
}

// Courier makes the room's courier on a line, with the hours of the settings. addToken adds a timestamp to a package, by its id, that was sealed
// out of reach of a clock.
func (r *Room) Courier(line *upload.Line, addToken func(ctx context.Context, id string) error) *upload.Courier {
	c := upload.New(r.Box, line, r.path("vault"), upload.Believe(r.Roots, []string{r.Keys.HQ}))
	c.AddToken = func(ctx context.Context, dir string) error {
		if stamped(dir) {
			return nil
		}
		return addToken(ctx, filepath.Base(dir))
	}
	c.Heard = func(l wire.Lacking) { r.hear(l.Beacon) }
	c.Hours.From, c.Hours.To = r.Settings.Hours()
	return c
}

// stamped reports whether the package in dir holds a trusted time, in its first layer or after the room's.
func stamped(dir string) bool {
	late, err := filepath.Glob(filepath.Join(dir, "META-INF", "timestamp*.tst"))
	if err == nil && len(late) > 0 {
		return true
	}
	read := func(name string) []byte {
		raw, _ := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		return raw
	}
	sig, err := evidence.VerifyCMS(read(evidence.SealPath(1, evidence.LayerSignature)), read(evidence.ManifestPath(1)))
	return err == nil && sig.Token != nil
}

// stampTime is how long a time-stamping authority may take.
const stampTime = 15 * time.Second

// Stamper asks headquarters' clock, or the outside one of the settings.
func (r *Room) Stamper() evidence.Stamper {
	if r.Settings.TSA != "" {
		return stamp.Client{URL: r.Settings.TSA, HTTP: &http.Client{Timeout: stampTime}}
	}
	config, _ := wire.ClientTLS(r.RootsPEM, r.Keys.TLS, r.Clock.Now) // without a root each call says that it trusts nobody
	return stamp.Client{
		URL:  strings.TrimSuffix(r.Settings.HQ, "/") + "/v1/tsa",
		HTTP: &http.Client{Timeout: stampTime, Transport: &http.Transport{TLSClientConfig: config}},
	}
}

// Ledger opens the room's own list. One process writes it at a time: the recorder.
func (r *Room) Ledger() (*ledger.Ledger, func() error, error) {
	file, err := ledger.OpenFile(durable.OS{}, filepath.Join(r.path("ledger"), "entries.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	return ledger.New(file, r.Keys.Ledger, r.Clock.Now), file.Close, nil
}

// beaconFile keeps the newest statement of headquarters, the lower bound of the next recording's time.
const beaconFile = "beacon.json"

// hear keeps a beacon that headquarters signed and that is newer than the one kept. A beacon that cannot be
// kept is no loss: the next one comes with the next announcement.
func (r *Room) hear(signed string) {
	c, err := evidence.OpenTreeHead([]byte(signed), []string{r.Keys.HQ})
	if err != nil {
		return
	}
	known := r.Beacon()
	body := evidence.BeaconBody{
		Time: evidence.FormatTime(c.Time), Size: c.Tree.N, Root: fmt.Sprintf("%x", c.Tree.Hash[:]), Note: signed,
	}
	if body.Time <= known.Time || body.Size < known.Size {
		return
	}
	if raw, err := evidence.MarshalBody(body); err == nil {
		_ = durable.WriteFile(durable.OS{}, r.path(beaconFile), raw)
	}
}

// Beacon is the newest known statement of headquarters; its size is 0 when none is known.
func (r *Room) Beacon() evidence.BeaconBody {
	var b evidence.BeaconBody
	raw, err := os.ReadFile(r.path(beaconFile))
	if err != nil || json.Unmarshal(raw, &b) != nil {
		return evidence.BeaconBody{}
	}
	return b
}
