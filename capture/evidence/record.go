package evidence

// Plan is data/plan.json: the session as it was opened, durable before the first media byte, so that a
// crash loses none of it. The open line holds its SHA-256.
type Plan struct {
	V         int      `json:"v"`
	ID        string   `json:"id"`
	Room      string   `json:"room"`
	RoomTitle string   `json:"room_title"`
	Item      string   `json:"item"`
	ItemTitle string   `json:"item_title"`
	Case      string   `json:"case"`
	Taxpayer  Taxpayer `json:"taxpayer"`
	Persons   []Person `json:"persons"`
	Officers  []Person `json:"officers"` // two or more, with certificates
	Operator  Person   `json:"operator"` // who runs the recording; empty when one of the officers does
	Clerk     Person   `json:"clerk"`
	Place     string   `json:"place"`
	Retention string   `json:"retention"` // retention class
	Language  string   `json:"language"`
	Overrides []string `json:"overrides"` // reasons given for going on without something mandatory
	Relates   []string `json:"relates_to"`
	// Kind is "" for a recording. Packages of before know neither this nor what follows.
	Kind string   `json:"kind,omitempty"`
	Duty *DutyDay `json:"duty,omitempty"` // of a KindDutyDay
}

// KindDutyDay is the Kind of a package that holds one closed day of a service hall's duty log.
const KindDutyDay = "duty_day"

// DutyDay says which day of which hall a package holds. A day has a second part when entries came after its first
// was closed; each part holds the whole day.
type DutyDay struct {
	Hall     string `json:"hall"`
	Title    string `json:"title"`
	Day      string `json:"day"` // 2026-11-25, of the country's legal time
	Part     int64  `json:"part"`
	Leader   string `json:"leader"`    // of the last shift, "" when there was none
	ClosedBy string `json:"closed_by"` // who closed it; DutySystem when its leader did not
	Entry    string `json:"entry"`     // id of the closing entry
}

// DutySystem closes a day that its leader did not close.
const DutySystem = "system"

// What the text lines of a duty day hold: the matters that were open when it began, and its entries in their order.
const (
	TextDutyBefore = "before"
	TextDutyEntry  = "entry"
)

// Taxpayer is a household of the one-household archive.
type Taxpayer struct {
	Name string `json:"name"`
	USCC string `json:"uscc"` // unified social credit code, GB 32100, or ""
}

// Person is anybody named in a record.
type Person struct {
	Name        string `json:"name"`
	Certificate string `json:"certificate"`
	Role        string `json:"role"`
}

// Record is data/record.json, written when the recording is sealed.
type Record struct {
	V             int           `json:"v"`
	ID            string        `json:"id"`
	Room          string        `json:"room"`
	Number        int64         `json:"n"`
	Plan          Plan          `json:"plan"`
	Start         string        `json:"start"` // UTC of recording time zero
	End           string        `json:"end"`
	DurationMS    int64         `json:"duration_ms"`
	Interrupted   bool          `json:"interrupted"` // sealed by a recovery, not by a person
	CloseReason   string        `json:"close_reason"`
	Tracks        []TrackRecord `json:"tracks"`
	Gaps          []GapBody     `json:"gaps"`
	Marks         []MarkBody    `json:"marks"`
	JournalSHA256 string        `json:"journal_sha256"`
	JournalHead   string        `json:"journal_head"`
	JournalLines  int64         `json:"journal_lines"`
	TranscriptSHA string        `json:"transcript_sha256"` // of data/transcript.json, or ""
	TranscriptPDF string        `json:"transcript_pdf_sha256"`
	DutyLogSHA    string        `json:"dutylog_sha256,omitempty"` // of data/dutylog.json, in a KindDutyDay alone
	DutyLogPDF    string        `json:"dutylog_pdf_sha256,omitempty"`
	Software      string        `json:"software_sha256"`
	SoftwareName  string        `json:"software"`
	LedgerSize    int64         `json:"ledger_size"`
	LedgerRoot    string        `json:"ledger_root"`
	NotBefore     string        `json:"not_before"` // time of the newest HQ statement at start, or ""
	Clock         ClockBody     `json:"clock"`      // worst of the recording
	KeyStore      string        `json:"key_store"`  // file, pkcs11, …
	QueuedDigests []string      `json:"queued_digests"`
	Elements      Elements      `json:"elements"`
}

// TrackRecord sums up one media file.
type TrackRecord struct {
	TrackPlan
	Bytes   int64 `json:"bytes"` // finished file
	Frames  int64 `json:"frames"`
	Dropped int64 `json:"dropped"`
	Sounds  int64 `json:"packets"`
}

// Elements are the seven elements of a record (七要素).
type Elements struct {
	Time    string `json:"time"`
	Place   string `json:"place"`
	Persons string `json:"persons"`
	Event   string `json:"event"`
	Cause   string `json:"cause"`
	Process string `json:"process"`
	Result  string `json:"result"`
}
