package seal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
)

// Closing turns a closed journal and its media into a sealed package. Each step writes a file whole or finds
// it written, so that sealing may be cut off anywhere and done again.
type Closing struct {
	FS           durable.FS
	Dir          string            // of the package
	Signers      []evidence.Signer // P-256 first; one layer each
	Stamper      evidence.Stamper  // nil: none
	Organization string
	Software     string
	KeyStore     string
	Now          func() time.Time
	// Papers makes files of the typed texts, by path in the package (data/transcript.json, data/transcript.pdf);
	// nil makes none.
	Papers func(plan evidence.Plan, record evidence.Record, texts []byte) (map[string][]byte, error)
}

// ErrOpen is returned for a journal without its close line.
var ErrOpen = errors.New("journal is not closed")

// Seal does it, and returns the record. stamped is false when no token could be had for the first layer.
// What the first layer covers is never written again: a package found with it only gets the layers it lacks.
func (c Closing) Seal(ctx context.Context) (record evidence.Record, stamped bool, err error) {
	fail := func(err error) (evidence.Record, bool, error) {
		return record, false, fmt.Errorf("seal %s: %w", filepath.Base(c.Dir), err)
	}
	if err := c.sweep("."); err != nil {
		return fail(err)
	}
	var payload []evidence.FileDigest
	if !c.exists(evidence.SealPath(1, evidence.LayerSignature)) {
		if record, payload, err = c.content(); err != nil {
			return fail(err)
		}
	} else if record, err = c.record(); err != nil {
		return fail(err)
	}
	if stamped, err = c.layers(ctx, payload); err != nil {
		return fail(err)
	}
	return record, stamped, nil
}

// content writes all that the first layer will cover.
func (c Closing) content() (record evidence.Record, payload []evidence.FileDigest, err error) {
	plan, tally, err := c.read()
	if err != nil {
		return record, nil, err
	}
	record = tally.Record(plan)
	record.SoftwareName, record.KeyStore = c.Software, c.KeyStore
	if err := c.finaliseMedia(tally, &record); err != nil {
		return record, nil, err
	}
	if err := c.papers(plan, &record); err != nil {
		return record, nil, err
	}
	payload, err = c.bag(plan, record)
	return record, payload, err
}

func (c Closing) record() (r evidence.Record, err error) {
	raw, err := c.FS.ReadFile(c.path(evidence.FileRecord))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(raw, &r)
}

// sweep removes what whole-file writes left when a crash cut them off.
func (c Closing) sweep(below string) error {
	entries, err := c.FS.ReadDir(c.path(below))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(below, e.Name())
		if e.IsDir() {
			err = c.sweep(name)
		} else if strings.HasSuffix(name, durable.Unfinished) {
			err = c.FS.Remove(c.path(name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c Closing) path(slash string) string { return filepath.Join(c.Dir, filepath.FromSlash(slash)) }

func (c Closing) read() (plan evidence.Plan, tally *Tally, err error) {
	raw, err := c.FS.ReadFile(c.path(evidence.FilePlan))
	if err != nil {
		return plan, nil, err
	}
	if err := json.Unmarshal(raw, &plan); err != nil {
		return plan, nil, fmt.Errorf("read %s: %w", evidence.FilePlan, err)
	}
	journal, err := c.FS.OpenFile(c.path(evidence.FileJournal))
	if err != nil {
		return plan, nil, err
	}
	size, err := journal.Size()
	if err == nil {
		tally, _, err = ReadJournal(io.NewSectionReader(journal, 0, size))
	}
	if err = errors.Join(err, journal.Close()); err != nil {
		return plan, nil, err
	}
	if tally.Close == nil {
		return plan, nil, ErrOpen
	}
	return plan, tally, nil
}

// finaliseMedia makes each media file an ordinary MP4 file.
func (c Closing) finaliseMedia(tally *Tally, record *evidence.Record) error {
	for i, track := range record.Tracks {
		file, err := c.FS.OpenFile(c.path(track.File))
		if errors.Is(err, fs.ErrNotExist) && tally.Files[track.Track] == nil {
			continue // the crash came before the file
		}
		if err != nil {
			return err
		}
		record.Tracks[i].Bytes, err = finalise(media{file}, tally.Files[track.Track])
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("%s: %w", track.File, err)
		}
	}
	return nil
}

// finalise ends a media file after its last segment. One whose head no line claims is emptied.
func finalise(file media, f *FileTally) (size int64, err error) {
	if f == nil {
		return 0, errors.Join(file.Truncate(0), file.Sync())
	}
	return fmp4.Finalise(file, fmp4.Range(f.Ranges[0]), ranges(f.Ranges[1:]))
}

// media gives a durable file the form that fmp4 asks for.
type media struct{ durable.File }

func ranges(from []Range) []fmp4.Range {
	to := make([]fmp4.Range, len(from))
	for i, r := range from {
		to[i] = fmp4.Range(r)
	}
	return to
}

// papers writes the transcript and names its digests in the record, with the journal's.
func (c Closing) papers(plan evidence.Plan, record *evidence.Record) error {
	digest := func(name string) (string, error) {
		raw, err := c.FS.ReadFile(c.path(name))
		if err != nil {
			return "", err
		}
		sha, _ := evidence.Digests(raw)
		return sha, nil
	}
	var err error
	if record.JournalSHA256, err = digest(evidence.FileJournal); err != nil {
		return err
	}
	if c.Papers == nil {
		return nil
	}
	texts, err := c.FS.ReadFile(c.path(evidence.FileTexts))
	if err != nil {
		return err
	}
	files, err := c.Papers(plan, *record, texts)
	if err != nil {
		return fmt.Errorf("write papers: %w", err)
	}
	for name, data := range files {
		if err := durable.WriteFile(c.FS, c.path(name), data); err != nil {
			return err
		}
		sha, _ := evidence.Digests(data)
		switch name {
		case evidence.FileTranscript:
			record.TranscriptSHA = sha
		case evidence.FilePDF:
			record.TranscriptPDF = sha
		}
	}
	return nil
}

// bag writes the record and the tag files, and gives the digests of the payload.
func (c Closing) bag(plan evidence.Plan, record evidence.Record) (payload []evidence.FileDigest, err error) {
	raw, err := json.MarshalIndent(record, "", " ")
	if err != nil {
		return nil, err
	}
	if err := durable.WriteFile(c.FS, c.path(evidence.FileRecord), append(raw, '\n')); err != nil {
		return nil, err
	}
	if payload, err = c.Digests("data"); err != nil {
		return nil, err
	}
	files, err := evidence.BagFiles(evidence.BagInfo{
		ID: plan.ID, Organization: c.Organization, Date: record.End[:min(10, len(record.End))],
		Software: c.Software, RoomLayers: len(c.Signers),
	}, payload)
	if err != nil {
		return nil, err
	}
	for name, data := range files {
		if err := durable.WriteFile(c.FS, c.path(name), data); err != nil {
			return nil, err
		}
	}
	return payload, nil
}

// layers signs the package once for each signer whose layer it lacks. payload spares reading the media again;
// nil when their digests are not known.
func (c Closing) layers(ctx context.Context, payload []evidence.FileDigest) (stamped bool, err error) {
	refs := payload
	if refs == nil {
		if refs, err = c.Digests("data"); err != nil {
			return false, err
		}
	}
	for _, name := range []string{evidence.FileMimetype, evidence.FileBagIt, evidence.FileBagInfo, evidence.FileManifest, evidence.FileTagManifest} {
		d, err := c.digest(name)
		if err != nil {
			return false, err
		}
		refs = append(refs, d)
	}
	for i, signer := range c.Signers {
		n := i + 1
		if !c.exists(evidence.SealPath(n, evidence.LayerSignature)) {
			layer, late, err := Sign(ctx, n, refs, signer, c.Stamper, c.Now())
			if err != nil {
				return false, err
			}
			stamped = stamped || late == nil
			if err := c.Write(n, layer); err != nil {
				return false, err
			}
		}
		for _, name := range []string{evidence.ManifestPath(n), evidence.SealPath(n, evidence.LayerSignature)} {
			d, err := c.digest(name)
			if err != nil {
				return false, err
			}
			refs = append(refs, d)
		}
	}
	return stamped, nil
}

// Late adds a layer of a token alone, over all files there, to a package that was sealed out of reach of a
// timestamp authority.
func (c Closing) Late(ctx context.Context) error {
	refs, err := c.Digests(".")
	if err != nil {
		return err
	}
	n := len(c.Signers) + 1
	for c.exists(evidence.SealPath(n, evidence.LayerSignature)) || c.exists(evidence.SealPath(n, evidence.LayerTimestamp)) {
		n++
	}
	refs = slices.DeleteFunc(refs, func(d evidence.FileDigest) bool { return d.Path == evidence.ManifestPath(n) })
	layer, err := Stamp(ctx, n, refs, c.Stamper)
	if err != nil {
		return fmt.Errorf("stamp %s: %w", filepath.Base(c.Dir), err)
	}
	return c.Write(n, layer)
}

// Write puts a layer into the package, manifest first: the seal makes it count.
func (c Closing) Write(n int, l Layer) error {
	if err := durable.WriteFile(c.FS, c.path(evidence.ManifestPath(n)), l.Manifest); err != nil {
		return err
	}
	return durable.WriteFile(c.FS, c.path(evidence.SealPath(n, l.Kind)), l.Seal)
}

func (c Closing) exists(name string) bool {
	entries, err := c.FS.ReadDir(filepath.Dir(c.path(name)))
	if err != nil {
		return false
	}
	for _, e := range entries {
		if e.Name() == path.Base(name) {
			return true
		}
	}
	return false
}

// Digests takes the digests of all files below a folder of the package, in the order of their paths. Media
// go by SHA-256 alone: their SM3 stands in the journal, segment by segment.
func (c Closing) Digests(below string) ([]evidence.FileDigest, error) {
	var all []evidence.FileDigest
	entries, err := c.FS.ReadDir(c.path(below))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name := path.Join(below, e.Name())
		if e.IsDir() {
			inner, err := c.Digests(name)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
			continue
		}
		d, err := c.digest(name)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Path < all[j].Path })
	return all, nil
}

func (c Closing) digest(name string) (evidence.FileDigest, error) {
	if !strings.HasPrefix(name, "data/media/") {
		raw, err := c.FS.ReadFile(c.path(name))
		if err != nil {
			return evidence.FileDigest{}, err
		}
		sha, sm := evidence.Digests(raw)
		return evidence.FileDigest{Path: name, Size: int64(len(raw)), SHA256: sha, SM3: sm}, nil
	}
	f, err := c.FS.OpenFile(c.path(name))
	if err != nil {
		return evidence.FileDigest{}, err
	}
	size, err := f.Size()
	sum := sha256.New()
	if err == nil {
		_, err = io.CopyBuffer(sum, io.NewSectionReader(f, 0, size), make([]byte, 1<<20))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return evidence.FileDigest{}, fmt.Errorf("read %s: %w", name, err)
	}
	return evidence.FileDigest{Path: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}
