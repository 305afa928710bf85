package evidence

import (
	"encoding/json"
	"fmt"
)

// checkRecord compares record.json, which people read, with the journal, which was signed as it grew.
func (c *checker) checkRecord() {
	c.checkID()
	if !c.has(FileRecord) {
		return
	}
	var r Record
	if err := json.Unmarshal(c.keep(FileRecord), &r); err != nil {
		c.report.fault(Fault{Code: FaultForm, File: FileRecord, What: err.Error()})
		return
	}
	c.report.Record = &r
	for _, o := range r.Plan.Overrides {
		c.report.remark(RemarkOverride, 0, "gone on without something mandatory: %s", o)
	}
	for range r.QueuedDigests {
		c.report.remark(RemarkQueued, 0, "a timestamp was asked for and could not be had at the time")
	}
	if c.report.told(FileRecord) || c.report.told(FileJournal) || c.story.open == nil {
		return // what would be said follows from that
	}
	c.compareStart(r)
	c.compareEnd(r)
	for _, t := range r.Tracks {
		c.compareTrack(t)
	}
	if len(r.Tracks) != len(c.story.order) {
		c.disagree("tracks", len(r.Tracks), len(c.story.order))
	}
}

// checkID compares everything that names the recording.
func (c *checker) checkID() {
	id := c.report.ID
	told := id == "" || c.report.told(FileJournal)
	if c.info != nil && c.info.ID != id && !told {
		c.report.fault(Fault{Code: FaultID, File: FileBagInfo, What: fmt.Sprintf("names %q, the journal %q", c.info.ID, id)})
	}
	if p := c.report.Plan; p != nil && !told && (p.ID != id || p.Room != c.report.Room) {
		c.report.fault(Fault{Code: FaultID, File: FilePlan, What: fmt.Sprintf("names %q of room %q, the journal %q of room %q", p.ID, p.Room, id, c.report.Room)})
	}
	if c.o.ID != "" && c.o.ID != id {
		c.report.fault(Fault{Code: FaultID, File: FileJournal, What: fmt.Sprintf("is the recording %q, not %q", id, c.o.ID)})
	}
	c.checkOxum()
}

// checkOxum compares the sizes with what bag-info.txt adds them up to.
func (c *checker) checkOxum() {
	if c.info == nil || !c.sealed() {
		return
	}
	var size, files int64
	for name, n := range c.sizes {
		if len(name) > len(dirData) && name[:len(dirData)] == dirData {
			size, files = size+n, files+1
		}
	}
	if size != c.info.Bytes || files != c.info.Files {
		if len(c.report.Faults) == 0 { // else it follows from what was told
			c.report.fault(Fault{Code: FaultDisagrees, File: FileBagInfo, What: fmt.Sprintf("adds up to %d bytes in %d files; there are %d in %d", c.info.Bytes, c.info.Files, size, files)})
		}
	}
}

func (c *checker) disagree(what string, record, journal any) {
	c.report.fault(Fault{Code: FaultDisagrees, File: FileRecord, What: fmt.Sprintf("%s: the record says %v, the rest of the package %v", what, record, journal)})
}

// same compares one statement of the record with its source.
func same[T comparable](c *checker, what string, record, journal T) {
	if record != journal {
		c.disagree(what, record, journal)
	}
}

func (c *checker) compareStart(r Record) {
	open := c.story.open
	same(c, "version", r.V, 1)
	same(c, "id", r.ID, open.ID)
	same(c, "room", r.Room, open.Room)
	same(c, "number", r.Number, open.Number)
	same(c, "software", r.Software, open.Software)
	same(c, "ledger size", r.LedgerSize, open.LedgerSize)
	same(c, "ledger root", r.LedgerRoot, open.LedgerRoot)
	same(c, "not before", r.NotBefore, open.Beacon.Time)
	if c.story.start != nil {
		same(c, "start", r.Start, c.story.start.ZeroUTC)
	}
	if c.report.Plan != nil && !c.report.told(FilePlan) && !sameJSON(r.Plan, *c.report.Plan) {
		c.disagree("plan", "another one", "data/plan.json")
	}
	if c.report.Plan != nil {
		same(c, "item", c.report.Plan.Item, open.Item)
	}
}

func (c *checker) compareEnd(r Record) {
	s := c.story
	same(c, "journal lines", r.JournalLines, int64(len(s.heads)))
	same(c, "journal head", r.JournalHead, s.head(int64(len(s.heads))-1))
	same(c, "journal digest", r.JournalSHA256, c.sums[FileJournal].SHA256)
	if !c.report.told(FileTranscript) {
		same(c, "transcript", r.TranscriptSHA, c.sums[FileTranscript].SHA256)
	}
	if !c.report.told(FilePDF) {
		same(c, "printed transcript", r.TranscriptPDF, c.sums[FilePDF].SHA256)
	}
	same(c, "interrupted", r.Interrupted, s.interrupted())
	same(c, "duration", r.DurationMS, s.toMS)
	if s.close != nil {
		same(c, "close reason", r.CloseReason, s.close.Reason)
	}
	if !sameList(r.Gaps, s.gaps) {
		c.disagree("gaps", len(r.Gaps), len(s.gaps))
	}
	if !sameList(r.Marks, s.marks) {
		c.disagree("marks", len(r.Marks), len(s.marks))
	}
}

func (c *checker) compareTrack(r TrackRecord) {
	t := c.story.tracks[r.Track]
	if t == nil {
		c.disagree("track", r.Track, "none of this name")
		return
	}
	var dropped int64
	for _, g := range c.story.gaps {
		if g.Track == r.Track && g.Medium == "video" && g.Cause != CauseBreak {
			dropped += g.Count
		}
	}
	same(c, r.Track, r.TrackPlan, t.plan)
	if !c.report.told(t.plan.File) {
		same(c, r.Track+" bytes", r.Bytes, c.sizes[t.plan.File])
	}
	same(c, r.Track+" pictures", r.Frames, t.frames)
	same(c, r.Track+" packets", r.Sounds, t.sounds)
	same(c, r.Track+" dropped", r.Dropped, dropped)
}

// sameList compares two lists; none and an empty one are the same.
func sameList[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
