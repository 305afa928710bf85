package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"minglu/app/room"
	"minglu/capture"
	"minglu/capture/agent"
	"minglu/capture/attach"
	"minglu/capture/catalog"
	"minglu/capture/clock"
	"minglu/capture/codec"
	"minglu/capture/device"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/source"
	"minglu/sync/ledger"
	"minglu/sync/outbox"
	"minglu/sync/upload"
)

// works joins the recorder to the room it serves.
type works struct {
	r      *room.Room
	stage  *stage
	words  *catalog.Words
	ledger *ledger.Ledger
	shut   func() error // closes the ledger
	beat   *beat
	digest string // of this program
	log    io.Writer
}

func newWorks(ctx context.Context, r *room.Room, log io.Writer) (*works, error) {
	w := &works{r: r, stage: newStage(r.Clock), log: log}
	var err error
	if w.words, err = catalog.LoadWords(); err != nil {
		return nil, err
	}
	if w.digest, err = ownDigest(); err != nil {
		return nil, err
	}
	if w.ledger, w.shut, err = r.Ledger(); err != nil {
		return nil, err
	}
	if w.beat, err = openBeat(attach.RunDir(r.Home)); err != nil {
		return nil, errors.Join(err, w.shut())
	}
	w.keepReserve()
	return w, w.reconcile(ctx)
}

func (w *works) close() error {
	w.stage.clear()
	return errors.Join(w.shut(), w.beat.close())
}

// ownDigest is the SHA-256 of the running program, which every recording names.
func ownDigest() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	sum, err := evidence.FileSHA256(path)
	if err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	return sum, nil
}

// version names the program in packages.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return "minglu " + info.Main.Version
	}
	return "minglu 0.1"
}

func (w *works) room() agent.Room {
	s := w.r.Settings
	return agent.Room{
		Code: s.Room, Title: s.Title, Organization: s.Org,
		Vault: w.r.Vault, Gear: w.gear(), Signers: w.r.Signers(), KeyStore: w.r.Keys.Store,
		Program: version(), Software: w.digest,
		OpenCamera: w.stage.openCamera, OpenMicrophone: w.stage.openMicrophone, Paired: w.stage.clear,
		Devices: listDevices,
		Play:    w.play, Trials: filepath.Join(w.r.Home, "trial"), Hear: openOpus,
		Begin: w.begin, Number: w.number, Opened: w.opened, Interrupted: w.interrupted, Sealed: w.sealed,
		Papers:    room.AllPapers(s.Org, w.dutyRules),
		Day:       w.day,
		MakeSpace: w.makeSpace,
		FaultCode: faultCode,
		Alive:     w.beat.alive, LastAlive: w.beat.last,
	}
}

// listDevices is the machine's cameras and microphones, each with its stable id and its title.
func listDevices(context.Context) ([]byte, error) {
	cameras, microphones, err := device.List()
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Event       string        `json:"event"`
		Cameras     []source.Info `json:"cameras"`
		Microphones []source.Info `json:"microphones"`
	}{"devices", cameras, microphones})
}

// Rates of the compressors: the figures of the requirements, by the picture's size.
const (
	bitsSmall, bitsLarge = 2_000_000, 4_000_000
	largeFrom            = 1280*720 + 1
	soundBits            = 64_000
)

func (w *works) gear() capture.Gear {
	pens := newPens()
	return capture.Gear{
		Clock: w.r.Clock, Signer: w.r.Keys.Sign, Vault: w.r.Vault, Words: w.words,
		NewVideo: func(m source.Mode) (capture.VideoEncoder, error) {
			bits := bitsSmall
			if m.Width*m.Height >= largeFrom {
				bits = bitsLarge
			}
			return codec.NewH264(codec.H264Config{
				Width: m.Width, Height: m.Height, FPS: m.FPS, Bitrate: bits, GOP: 2 * m.FPS, FullRange: m.FullRange,
			})
		},
		NewSound: func(channels int) (capture.SoundEncoder, error) {
			return codec.NewOpus(codec.OpusConfig{Channels: channels, Bitrate: soundBits})
		},
		Burn: pens.caption, Placard: pens.placard(w.words),
		Stamper: w.r.Stamper(),
		Clocks:  w.clocks,
		Free:    func() (int64, error) { return durable.Free(w.r.Home) },
	}
}

// clocks says what the kernel and, if one is set, a time server know of the clock's error.
func (w *works) clocks(ctx context.Context) evidence.ClockBody {
	r, err := clock.Look(ctx, w.r.Settings.NTP)
	if err != nil {
		fmt.Fprintf(w.log, "ask the time server: %v\n", err) // what the kernel knows stands in
	}
	return evidence.ClockBody{
		Source: r.Source, Synchronised: r.Synchronised, OffsetMS: r.Offset.Milliseconds(), UncertaintyMS: r.Uncertainty.Milliseconds(),
	}
}

// errClock refuses to begin at a time that cannot be.
var errClock = errors.New("the clock is set back")

// roomToBegin is how much the disk must take for a recording to begin: ten minutes beside the reserve that
// closing it needs.
const roomToBegin = 256 << 20

// begin fills the first line. A clock that is behind headquarters' last word, or behind the room's own
// ledger, is refused unless the plan says why to go on.
func (w *works) begin(plan evidence.Plan) (evidence.OpenBody, error) {
	open := evidence.OpenBody{CertSHA256: w.certificate(), Beacon: w.r.Beacon()}
	left, err := durable.Free(w.r.Home)
	if err != nil {
		return open, err
	}
	if left < roomToBegin {
		return open, fmt.Errorf("begin with %d MB left on the disk: %w", left>>20, syscall.ENOSPC)
	}
	tree, err := w.ledger.Tree()
	if err != nil {
		return open, err
	}
	open.LedgerSize, open.LedgerRoot = tree.N, hex.EncodeToString(tree.Hash[:])
	now := evidence.FormatTime(w.r.Clock.Now().Add(2 * time.Second))
	newest, err := newestTime(tree.N, w.ledger.Entry)
	if err != nil {
		return open, err
	}
	newest = max(newest, open.Beacon.Time)
	if now < newest && len(plan.Overrides) == 0 {
		return open, fmt.Errorf("%w: it says %s, and %s has been before", errClock, now, newest)
	}
	return open, w.r.Keys.Check(w.r.Clock.Now())
}

func (w *works) certificate() string {
	sum := sha256.Sum256(w.r.Keys.Sign.Chain()[0])
	return hex.EncodeToString(sum[:])
}

func (w *works) number() (int64, error) {
	return w.r.Box.Reserve(context.Background(), w.r.Clock.Now())
}

// entry is a line of the room's ledger.
type entry struct {
	V    int    `json:"v"`
	Type string `json:"type"` // open, seal
	ID   string `json:"id"`
	Time string `json:"time"`
	Seal string `json:"seal"`
}

// newestTime is the latest time in the first n entries, "" without any. A clock set back in a recording leaves its
// last entry earlier than others.
func newestTime(n int64, read func(int64) ([]byte, error)) (newest string, err error) {
	for i := range n {
		raw, err := read(i)
		if err != nil {
			return "", err
		}
		var e entry
		if json.Unmarshal(raw, &e) == nil {
			newest = max(newest, e.Time)
		}
	}
	return newest, nil
}

func (w *works) enter(kind, id, seal string) error {
	raw, err := evidence.MarshalBody(entry{1, kind, id, evidence.FormatTime(w.r.Clock.Now()), seal})
	if err != nil {
		return err
	}
	_, err = w.ledger.Append(raw)
	return err
}

// opened enters the recording into the ledger and tells the outbox what headquarters may know at once.
func (w *works) opened(plan evidence.Plan) error {
	return errors.Join(w.enter("open", plan.ID, ""),
		w.r.Box.Describe(context.Background(), plan.ID, plan.Item, evidence.FormatTime(w.r.Clock.Now())))
}

func (w *works) interrupted(id string) error {
	return w.r.Box.Interrupt(context.Background(), id, w.r.Clock.Now())
}

// sealed hands a sealed package to the outbox. It may be done again.
func (w *works) sealed(id string, record evidence.Record, _ bool) error {
	ctx, now := context.Background(), w.r.Clock.Now()
	p, err := upload.List(w.r.Vault.Dir(id), id)
	if err != nil {
		return err
	}
	if err := w.enter("seal", id, p.Seal); err != nil {
		return err
	}
	if err := w.r.Box.Describe(ctx, id, record.Plan.Item, record.Start); err != nil {
		return err
	}
	if err := w.r.Box.Seal(ctx, id, p.Seal, now); err != nil {
		return err
	}
	return w.daySealed(ctx, id, record.Plan)
}

// reconcile brings vault and outbox together before anything is recorded.
func (w *works) reconcile(ctx context.Context) error {
	ids, err := w.r.Vault.IDs()
	if err != nil {
		return err
	}
	var folders []outbox.Folder
	for _, id := range ids {
		f := outbox.Folder{ID: id}
		if w.r.Vault.Complete(id, len(w.r.Signers())) {
			p, err := upload.List(w.r.Vault.Dir(id), id)
			if err != nil {
				fmt.Fprintf(w.log, "%s: %v\n", id, err)
				continue
			}
			f.Seal = p.Seal
		}
		folders = append(folders, f)
	}
	found, err := w.r.Box.Reconcile(ctx, folders, w.r.Clock.Now())
	for _, f := range found {
		fmt.Fprintf(w.log, "%s: %s: %s\n", f.ID, f.What, f.Text)
	}
	return err
}
