package seal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"minglu/capture/durable"
	"minglu/capture/evidence"
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
	// Papers makes files of the typed texts, by path in the package (data/transcript.json and .pdf, or
	// data/dutylog.json and .pdf); nil makes none.
	Papers func(plan evidence.Plan, record evidence.Record, texts []byte) (map[string][]byte, error)
}

// ErrOpen is returned for a journal without its close line.
var ErrOpen = errors.New("journal is not closed")

// Seal does it, and returns the record. stamped is false when no layer that was made now got a token.
// What the first layer covers is never written again: a package found with it only gets the layers it lacks.
func (c Closing) Seal(ctx context.Context) (record evidence.Record, stamped bool, err error) {
	fail := func(err error) (evidence.Record, bool, error) {
		return record, false, fmt.Errorf("seal %s: %w", filepath.Base(c.Dir), err)
	}
	if err := c.sweep("."); err != nil {
		return fail(err)
	}
	var payload []evidence.FileDigest
	if !c.has(evidence.SealPath(1, evidence.LayerSignature)) {
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
	known, err := c.finaliseMedia(tally, &record)
	if err != nil {
		return record, nil, err
	}
	if err := c.papers(plan, &record); err != nil {
		return record, nil, err
	}
	payload, err = c.bag(plan, record, known)
	return record, payload, err
}

// record reads the record of a package that was sealed before.
func (c Closing) record() (r evidence.Record, err error) {
	raw, err := c.FS.ReadFile(c.path(evidence.FileRecord))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(raw, &r)
}

// read takes the plan and the closed journal.
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

// papers writes the transcript and names its digests in the record, with the journal's.
func (c Closing) papers(plan evidence.Plan, record *evidence.Record) error {
	journal, err := c.FS.ReadFile(c.path(evidence.FileJournal))
	if err != nil {
		return err
	}
	record.JournalSHA256, _ = evidence.Digests(journal)
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
		switch sha, _ := evidence.Digests(data); name {
		case evidence.FileTranscript:
			record.TranscriptSHA = sha
		case evidence.FilePDF:
			record.TranscriptPDF = sha
		case evidence.FileDutyLog:
			record.DutyLogSHA = sha
		case evidence.FileDutyPDF:
			record.DutyLogPDF = sha
		}
	}
	return nil
}

// bag writes the record and the tag files, and gives the digests of the payload; those known are not taken again.
func (c Closing) bag(plan evidence.Plan, record evidence.Record, known map[string]evidence.FileDigest) (payload []evidence.FileDigest, err error) {
	raw, err := json.MarshalIndent(record, "", " ")
	if err != nil {
		return nil, err
	}
	if err := durable.WriteFile(c.FS, c.path(evidence.FileRecord), append(raw, '\n')); err != nil {
		return nil, err
	}
	if payload, err = c.digests("data", known); err != nil {
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
