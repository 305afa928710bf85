package capture

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/seal"
	"minglu/capture/transcript"
	"minglu/capture/vault"
)

// Session is one recording that runs. Its methods may be called from any goroutine.
type Session struct {
	setup Setup
	gear  Gear
	draft *vault.Draft
	chain *seal.Chain
	reels []*reel

	zeroOnce sync.Once
	zeroSet  chan struct{} // closed when zero is known
	zero     time.Duration // boot clock at recording time zero
	zeroUTC  time.Time

	halt    context.CancelFunc // ends the devices
	inputs  sync.WaitGroup     // cameras, microphones, encoders
	chores  sync.WaitGroup     // clock, tokens, checkpoints, notes
	writers sync.WaitGroup
	notes   chan note // journal lines that nobody waits for, in their order
	ended   chan struct{}

	texts  sync.Mutex // guards book; held while a revision and its digest are written, so that they keep their order
	book   *transcript.Book
	acts   sync.RWMutex // held for reading by acts, for writing to close; guards closed
	closed bool
	turns  sync.Mutex // held while a break begins or ends

	mu       sync.Mutex // guards what follows
	reason   string     // why it stops; the first reason stays
	failures []error
	latest   time.Duration // when the last of the tracks that arrived was first heard or seen
	arrivals int           // tracks that have delivered something
	awaited  int           // tracks that are expected to

	paused atomic.Pointer[string] // the reason of the break under way
	live   atomic.Int32           // tracks that have not reached their end
	status atomic.Pointer[Status]
	meters meters
}

type note struct {
	kind evidence.Kind
	body any
}

// Reasons a recording ends for.
const (
	StopAsked   = "stopped"
	StopLimit   = "limit"
	StopSource  = "source_end"
	StopDisk    = "disk_full"
	StopFault   = "fault"
	StopCrash   = "recovered"
	StopDevices = "device_lost"
)

// Start opens the devices, makes the package and its signed first line durable, and records until Stop, the
// limit, the end of a finite source, or a fault. Faults of all devices are reported together.
func Start(ctx context.Context, setup Setup, gear Gear) (*Session, error) {
	inputs, err := openAll(ctx, setup.Inputs, gear)
	if err != nil {
		return nil, err
	}
	draft, book, err := makePackage(&setup, gear)
	if err != nil {
		return nil, errors.Join(err, closeAll(inputs))
	}
	run, halt := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{
		setup: setup, gear: gear, draft: draft, book: book, halt: halt,
		chain:   seal.NewChain(gear.Signer, gear.Clock, draft.AppendLine),
		zeroSet: make(chan struct{}), notes: make(chan note, 4096), ended: make(chan struct{}),
	}
	for _, in := range inputs {
		s.awaited += in.tracks()
	}
	if err := s.begin(inputs); err != nil {
		halt()
		return nil, errors.Join(fmt.Errorf("begin recording %s: %w", setup.Plan.ID, err), closeAll(inputs), draft.Close())
	}
	s.run(run, inputs)
	return s, nil
}

// makePackage takes the number and makes the package and the transcript's book.
func makePackage(setup *Setup, gear Gear) (*vault.Draft, *transcript.Book, error) {
	n, err := setup.Number()
	if err != nil {
		return nil, nil, fmt.Errorf("take the next number: %w", err)
	}
	id := evidence.MakeID(setup.Plan.Room, n)
	setup.Plan.ID, setup.Open.ID, setup.Open.Number = id, id, n
	form, err := transcript.New(setup.Plan, setup.Bureau)
	if err != nil {
		return nil, nil, err
	}
	draft, err := gear.Vault.Begin(setup.Plan)
	return draft, transcript.NewBook(form), err
}

// begin writes what must be on the disk before the first picture: the open line, then each file's head.
func (s *Session) begin(inputs []*input) error {
	raw, err := evidence.MarshalBody(s.setup.Plan)
	if err != nil {
		return err
	}
	open := s.setup.Open
	open.PlanSHA256, _ = evidence.Digests(raw)
	open.BootID = s.gear.Clock.BootID
	open.Tracks = nil
	for _, in := range inputs {
		open.Tracks = append(open.Tracks, in.plan())
	}
	if _, err := s.chain.Add(evidence.KindOpen, open); err != nil {
		return err
	}
	for _, in := range inputs {
		file, err := s.draft.CreateMedia(in.File())
		if err != nil {
			return err
		}
		in.reel = newReel(in.Track, file)
		tracks := in.lanes()
		body, err := in.reel.head(tracks, s.gear.Clock.Now())
		if err != nil {
			return errors.Join(err, file.Close())
		}
		if _, err := s.chain.Add(evidence.KindSegment, body); err != nil {
			return errors.Join(err, file.Close())
		}
		s.reels = append(s.reels, in.reel)
	}
	return nil
}

// run starts everything that works until the end. Owners: inputs feed reels; writers empty them; chores
// write the journal's other lines; finish waits for them in this order.
func (s *Session) run(ctx context.Context, inputs []*input) {
	for _, in := range inputs {
		s.writers.Go(func() {
			<-s.zeroSet
			in.reel.write(s.zeroUTC, s.durable, s.fail)
		})
		in.start(ctx, s)
	}
	s.chores.Go(s.journal)
	chores, stopChores := context.WithCancel(ctx)
	var timed sync.WaitGroup
	for _, chore := range []func(context.Context){s.awaitDevices, s.cutter, s.statuses, s.checkpoints, s.watchClock, s.stamp, s.watchDisk} {
		timed.Go(func() { chore(chores) })
	}
	go func() {
		s.inputs.Wait()
		s.setZero(s.gear.Clock.Boot()) // nothing ever came: the writers still wait
		stopChores()
		timed.Wait()
		for _, r := range s.reels {
			r.finish()
		}
		s.writers.Wait()
		close(s.notes)
		s.chores.Wait()
		close(s.ended)
	}()
}

// setZero fixes recording time zero, once, and lets the writers go: the start line stands before every
// segment but the heads.
func (s *Session) setZero(at time.Duration) {
	s.zeroOnce.Do(func() {
		s.zero = at
		s.zeroUTC = s.gear.Clock.Now().Add(at - s.gear.Clock.Boot())
		body := evidence.StartBody{ZeroBootNS: int64(at), ZeroUTC: evidence.FormatTime(s.zeroUTC)}
		if _, err := s.chain.Add(evidence.KindStart, body); err != nil {
			s.fail(err)
		}
		close(s.zeroSet)
	})
}

// opening is how long the recording waits for the slowest of its devices before it begins without it.
const opening = 2 * time.Second

// arrive is told by each track when its first sample was taken. The recording begins where all are there.
func (s *Session) arrive(at time.Duration) {
	s.mu.Lock()
	s.latest = max(s.latest, at)
	s.arrivals++
	all := s.arrivals == s.awaited
	latest := s.latest
	s.mu.Unlock()
	if all {
		s.setZero(latest)
	}
}

// awaitDevices begins a recording whose devices do not all deliver.
func (s *Session) awaitDevices(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.zeroSet:
	case <-time.After(opening):
		s.setZero(s.gear.Clock.Boot())
	}
}

// at is recording time now, zero before the first picture.
func (s *Session) at() time.Duration {
	select {
	case <-s.zeroSet:
		return max(0, s.gear.Clock.Boot()-s.zero)
	default:
		return 0
	}
}

// note hands a line to the journal without waiting for the disk.
func (s *Session) note(kind evidence.Kind, body any) { s.notes <- note{kind, body} }

// journal writes the noted lines.
func (s *Session) journal() {
	for n := range s.notes {
		if _, err := s.chain.Add(n.kind, n.body); err != nil {
			s.fail(err)
			continue
		}
		s.tellNote(n)
	}
}

// durable writes a segment's line, media first: a line never claims bytes that are not on the disk.
func (s *Session) durable(b evidence.SegmentBody) error {
	began := s.gear.Clock.Boot()
	if _, err := s.chain.Add(evidence.KindSegment, b); err != nil {
		return err
	}
	s.tell(Event{Name: "segment", Track: b.Track, Seq: b.Seq, MS: b.ToMS, Duration: s.gear.Clock.Boot() - began})
	return nil
}

func (s *Session) tell(e Event) {
	e.ID = s.setup.Plan.ID
	s.gear.Tell(e)
}

// stop ends the recording for a reason; later reasons change nothing.
func (s *Session) stop(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason == "" {
		s.reason = reason
		s.tell(Event{Name: "stopping", Detail: reason})
		s.halt()
	}
}

// fail ends the recording because something broke; all that is durable stays.
func (s *Session) fail(err error) {
	s.mu.Lock()
	s.failures = append(s.failures, err)
	s.mu.Unlock()
	reason := StopFault
	if isNoSpace(err) {
		reason = StopDisk
	}
	s.stop(reason)
}

// Reason is why the recording ended or is ending, "" while it runs.
func (s *Session) Reason() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}

// Stop ends the recording because a person asked.
func (s *Session) Stop() { s.stop(StopAsked) }

// Done is closed when no more media can come; Finish then closes the journal.
func (s *Session) Done() <-chan struct{} { return s.ended }

// Plan is the plan as it lies in the package.
func (s *Session) Plan() evidence.Plan { return s.setup.Plan }

// ID is the recording's id.
func (s *Session) ID() string { return s.setup.Plan.ID }

// Finish waits for the end and writes the last, signed line. The faults that ended the recording are
// returned; the package is whole all the same and wants sealing.
func (s *Session) Finish() (evidence.CloseBody, error) {
	<-s.ended
	s.acts.Lock()
	s.closed = true
	s.acts.Unlock()
	s.mu.Lock()
	reason, failures := s.reason, errors.Join(s.failures...)
	s.mu.Unlock()
	if reason == "" {
		reason = StopSource
	}
	var body evidence.CloseBody
	s.chain.Look(func(t *seal.Tally) { body = t.Closing(reason) })
	_, err := s.chain.Add(evidence.KindClose, body)
	for _, r := range s.reels {
		err = errors.Join(err, r.file.Close())
	}
	return body, errors.Join(failures, err, s.draft.Close())
}

// people names the officers for the picture.
func people(p evidence.Plan) string {
	var names []string
	for _, o := range p.Officers {
		names = append(names, strings.TrimSpace(o.Name+" "+o.Certificate))
	}
	return strings.Join(names, "  ")
}
