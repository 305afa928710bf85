package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"minglu/capture"
	"minglu/capture/attach"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/key"
	"minglu/capture/listen"
	"minglu/capture/vault"
)

const (
	trialCode   = "TRIAL" // stands for the room, so that no trial is ever taken for one of its recordings
	trialLength = 10 * time.Second
	trialRoots  = "trial-root.pem"
)

// trial makes a recording of ten seconds by the very same path as a real one, but into a vault of its own, under
// numbers of its own and a certificate that nobody trusts. Earlier trials go.
func (a *Agent) trial(ctx context.Context, order *attach.Order) ([]byte, error) {
	if order == nil {
		return nil, errors.New("trial without devices")
	}
	release, err := a.reserve()
	if err != nil {
		return nil, err
	}
	defer release()
	a.freeDevices()
	stage, roots, err := a.trialStage()
	if err != nil {
		return nil, err
	}
	order.LimitMS = trialLength.Milliseconds()
	p := &order.Plan
	p.Item, p.ItemTitle = trialCode, ""
	p.Persons, p.Officers, p.Overrides, p.Relates = []evidence.Person{}, []evidence.Person{}, []string{}, []string{}
	h := newHub()
	s, err := stage.open(ctx, *order, h)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, s.Stop)()
	watched := make(chan []string, 1)
	go func() { watched <- troubles(s) }()
	stage.finish(s, h)
	last, leave := h.join()
	defer leave()
	var e attach.Event
	for e = range last {
	}
	if e.Event != attach.EventSealed {
		return nil, &attach.Refused{Code: e.Code, Detail: e.Detail}
	}
	t, err := a.examine(e, roots)
	if err != nil {
		return nil, err
	}
	t.Troubles = <-watched
	return json.Marshal(t)
}

// trialStage is this agent with the trials' vault, numbers and seals. roots is the file of who vouches for them.
func (a *Agent) trialStage() (stage *Agent, roots string, err error) {
	room := a.room
	if room.Vault, err = vault.Open(durable.OS{}, room.Trials); err != nil {
		return nil, "", err
	}
	number, err := clearTrials(room.Vault)
	if err != nil {
		return nil, "", err
	}
	var authorities []byte
	room.Signers = nil
	for _, s := range a.room.Signers {
		signer, root, err := key.Trial(s, trialCode, room.Gear.Clock.Now())
		if err != nil {
			return nil, "", err
		}
		room.Signers, authorities = append(room.Signers, signer), append(authorities, root...)
	}
	roots = filepath.Join(room.Trials, trialRoots)
	if err := durable.WriteFile(durable.OS{}, roots, authorities); err != nil {
		return nil, "", err
	}
	leaf, err := evidence.ParseCertificate(room.Signers[0].Chain()[0])
	if err != nil {
		return nil, "", err
	}
	room.Code = trialCode
	room.Gear.Vault, room.Gear.Signer, room.Gear.Stamper = room.Vault, room.Signers[0], nil
	room.Alive = func(string, time.Duration) {}
	room.Number = func() (int64, error) { return number, nil }
	room.Opened = func(evidence.Plan) error { return nil }
	room.Sealed = func(string, evidence.Record, bool) error { return nil }
	begin := a.room.Begin
	room.Begin = func(plan evidence.Plan) (evidence.OpenBody, error) {
		_, err := begin(plan) // its refusals count, its ledger does not
		return evidence.OpenBody{CertSHA256: leaf.Fingerprint(), LedgerRoot: evidence.NoHead}, err
	}
	return New(room, a.log), roots, nil
}

// clearTrials removes earlier trials and gives the next number.
func clearTrials(v *vault.Vault) (number int64, err error) {
	ids, err := v.IDs()
	if err != nil {
		return 0, err
	}
	number = 1
	for _, id := range ids {
		room, n, err := evidence.ParseID(id)
		if err != nil || room != trialCode {
			continue
		}
		number = max(number, n+1)
		if err := os.RemoveAll(v.Dir(id)); err != nil {
			return 0, fmt.Errorf("remove an earlier test recording: %w", err)
		}
	}
	return number, nil
}

// troubles gathers what a screen would have warned of, until the recording's end.
func troubles(s *capture.Session) []string {
	found := []string{}
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-s.Done():
			slices.Sort(found)
			return found
		case <-t.C:
		}
		status := s.Status()
		if status == nil {
			continue
		}
		for who, what := range status.Troubles {
			if one := who + " " + what; !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
}

// examine verifies a sealed trial as a stranger would, and measures what is in it.
func (a *Agent) examine(e attach.Event, roots string) (t attach.Trial, err error) {
	t = attach.Trial{
		Event: "trial", ID: e.ID, Package: e.Package, Roots: roots, DurationMS: e.DurationMS, Reason: e.Reason,
		Faults: []string{}, Tracks: []attach.TrialTrack{}, Troubles: []string{}, PeakDB: quiet,
	}
	pem, err := os.ReadFile(roots)
	if err != nil {
		return t, err
	}
	trusted, err := evidence.ParseRoots(pem)
	if err != nil {
		return t, err
	}
	fsys, closer, err := evidence.OpenPackage(e.Package)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, closer.Close()) }()
	report, err := evidence.Verify(fsys, evidence.Options{Roots: trusted, ID: e.ID, Whole: true, SM3: true})
	if err != nil {
		return t, err
	}
	t.Verdict, t.Bytes, t.Signer = report.Verdict, report.Bytes.State, report.Signer.State
	for _, f := range report.Faults {
		t.Faults = append(t.Faults, f.File+": "+f.What)
	}
	if report.Record == nil {
		return t, errors.New("the test recording has no record")
	}
	for _, r := range report.Record.Tracks {
		track, err := measure(filepath.Join(e.Package, filepath.FromSlash(r.File)), r)
		if err != nil {
			return t, err
		}
		t.Tracks = append(t.Tracks, track)
		t.Frames, t.Dropped, t.Packets = t.Frames+r.Frames, t.Dropped+r.Dropped, t.Packets+r.Sounds
	}
	if t.Packets > 0 {
		t.PeakDB, err = a.loudest(os.DirFS(e.Package), e.DurationMS)
	}
	return t, err
}

// measure reads from a media file where its pictures and its sound end.
func measure(path string, r evidence.TrackRecord) (t attach.TrialTrack, err error) {
	t = attach.TrialTrack{
		Track: r.Track, Source: r.Camera, Width: r.Width, Height: r.Height,
		Frames: r.Frames, Dropped: r.Dropped, Packets: r.Sounds, Bytes: r.Bytes,
	}
	if r.Microphone != "" && r.Microphone != r.Camera {
		t.Source += " + " + r.Microphone
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return t, err
	}
	found, err := fmp4.Scan(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return t, err
	}
	x, err := fmp4.NewIndexer(raw[:found.Head.Len])
	if err != nil {
		return t, err
	}
	for _, f := range found.Frags {
		if err := x.Add(f.Off, raw[f.Off:f.Off+f.Len], f.Len); err != nil {
			return t, err
		}
	}
	for i, track := range x.Header().Tracks {
		end := int64(x.Duration(i) * 1000 / uint64(track.Timescale()))
		if track.H264 != nil {
			t.VideoMS = end
		} else {
			t.AudioMS = end
		}
	}
	if t.VideoMS > 0 {
		t.FPS = math.Round(float64(t.Frames)*1e5/float64(t.VideoMS)) / 100
	}
	return t, nil
}

// loudest opens the sound of a recording and finds its loudest sample.
func (a *Agent) loudest(fsys fs.FS, durationMS int64) (db float64, err error) {
	s, err := listen.Open(fsys, 0, durationMS, a.room.Hear)
	if err != nil {
		return quiet, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	peak := 0.0
	for {
		pcm, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return quiet, err
		}
		for _, v := range pcm {
			peak = max(peak, math.Abs(float64(v)))
		}
	}
	if peak == 0 {
		return quiet, nil
	}
	return max(quiet, math.Round(200*math.Log10(peak/32768))/10), nil
}
