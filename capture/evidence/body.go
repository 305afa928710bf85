package evidence

// Bodies of the journal's lines. All times *_ms are recording time: milliseconds after the start line's
// zero. Every member is always written. Spoken or typed text is never in the journal, only its digest, so
// that the journal can be shown without the interview.

// OpenBody is the first line. It is signed and durable before the first media byte.
type OpenBody struct {
	V          int         `json:"v"`    // format version, 1
	ID         string      `json:"id"`   // ROOM-NNNNNN
	Room       string      `json:"room"` // room code
	Number     int64       `json:"n"`    // gapless number of the room
	Item       string      `json:"item"` // catalogue code
	PlanSHA256 string      `json:"plan_sha256"`
	CertSHA256 string      `json:"cert_sha256"` // of the DER certificate whose key signs the journal
	BootID     string      `json:"boot_id"`
	Software   string      `json:"software_sha256"` // of the recording program
	LedgerSize int64       `json:"ledger_size"`     // the room's ledger before this recording
	LedgerRoot string      `json:"ledger_root"`     // hex
	Beacon     BeaconBody  `json:"beacon"`
	Tracks     []TrackPlan `json:"tracks"`
}

// TrackPlan says what one media file is meant to hold.
type TrackPlan struct {
	Track      string `json:"track"` // cam0, cam1, mic0
	File       string `json:"file"`  // data/media/cam0.mp4
	Camera     string `json:"camera"`
	Microphone string `json:"microphone"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	FPS        int    `json:"fps"`
	Video      string `json:"video"` // avc1 or ""
	Audio      string `json:"audio"` // opus, mp4a or ""
}

// StartBody fixes recording time zero.
type StartBody struct {
	ZeroBootNS int64  `json:"zero_boot_ns"`
	ZeroUTC    string `json:"zero_utc"`
}

// SegmentBody is one durable range of a media file. Seq 0 is the file's head (ftyp, placeholder, moov);
// its sha256 is over the bytes as first written, before the placeholder is patched.
type SegmentBody struct {
	Track  string `json:"track"`
	Seq    int64  `json:"seq"`
	Off    int64  `json:"off"`
	Len    int64  `json:"len"`
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
	Frames int64  `json:"frames"`  // pictures in it
	Sounds int64  `json:"packets"` // sound packets in it
}

// GapBody is media that should be there and is not: From to To, how many frames or samples, and why.
type GapBody struct {
	Track  string `json:"track"`
	Medium string `json:"medium"` // video or audio
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
	Count  int64  `json:"count"` // frames, or samples of sound
	Cause  string `json:"cause"` // one of the Cause constants
}

// Causes of a gap.
const (
	CauseSource  = "source_lost"  // the device numbered or timed a picture that never came
	CauseDevice  = "device_lost"  // the device is gone
	CauseEncoder = "encoder_late" // the machine was too slow
	CauseDisk    = "disk_stall"   // the disk did not take it in time
	CauseBreak   = "break"        // a break with its reason
	CauseCrash   = "crash"        // the recorder died
)

// MarkBody is a marker; Text, when there is one, lies in data/texts.jsonl under this digest.
type MarkBody struct {
	Mark       string `json:"mark"` // marker kind of the catalogue
	AtMS       int64  `json:"at_ms"`
	By         string `json:"by"`
	TextSHA256 string `json:"text_sha256"`
}

// TextBody is one line of data/texts.jsonl, made durable before this line.
type TextBody struct {
	Rev    int64  `json:"rev"`
	What   string `json:"what"` // transcript, mark, reason, note
	Off    int64  `json:"off"`
	Len    int64  `json:"len"`
	SHA256 string `json:"sha256"`
	Author string `json:"author"`
	AtMS   int64  `json:"at_ms"`
}

// BreakBody is the body of pause and resume; Reason is a code of the catalogue.
type BreakBody struct {
	Reason     string `json:"reason"`
	AtMS       int64  `json:"at_ms"`
	By         string `json:"by"`
	TextSHA256 string `json:"text_sha256"`
}

// DeviceBody is what a camera or microphone did, the disk, or a loudspeaker of the room that played earlier sound.
type DeviceBody struct {
	Role string `json:"role"` // camera, camera2, microphone, speaker, disk
	Name string `json:"name"`
	// What is opened, lost, back, silent, sound, black, frozen, picture; of a speaker play, stop; of the disk low, enough.
	What   string `json:"what"`
	AtMS   int64  `json:"at_ms"`
	Detail string `json:"detail"`
}

// ClockBody is what the clocks say. JumpMS is how far wall clock minus boot clock moved since the last
// clock line; over 2,000 without such a line the verifier remarks.
type ClockBody struct {
	Source        string `json:"source"` // kernel, ntp:HOST, hq, none
	Synchronised  bool   `json:"synchronised"`
	OffsetMS      int64  `json:"offset_ms"`
	UncertaintyMS int64  `json:"uncertainty_ms"`
	JumpMS        int64  `json:"jump_ms"`
}

// BeaconBody is headquarters' newest tree head known to the room. Size 0 means none is known.
type BeaconBody struct {
	Time string `json:"time"`
	Size int64  `json:"size"`
	Root string `json:"root"` // hex
	Note string `json:"note"` // the signed checkpoint whole, C2SP tlog-checkpoint
}

// TokenBody is an RFC 3161 token over the head of line Line.
type TokenBody struct {
	Line  int64  `json:"line"`
	Head  string `json:"head"`
	Token string `json:"token"` // base64 DER
}

// CheckpointBody is signed; it covers all lines before through Prev.
type CheckpointBody struct {
	Lines int64 `json:"lines"`
	AtMS  int64 `json:"at_ms"`
}

// PrintBody is a paper that left the printer.
type PrintBody struct {
	Paper  string `json:"paper"`
	SHA256 string `json:"sha256"`
	AtMS   int64  `json:"at_ms"`
}

// RecoverBody is written by the start after a crash.
type RecoverBody struct {
	DurableMS int64  `json:"durable_ms"` // end of the last durable segment
	LostMaxMS int64  `json:"lost_max_ms"`
	Torn      []Torn `json:"torn"`
	BootID    string `json:"boot_id"`
}

// Torn names bytes after the last durable segment that the recovery cut off.
type Torn struct {
	File string `json:"file"`
	Off  int64  `json:"off"`
	Len  int64  `json:"len"`
}

// CloseBody is the last line, signed.
type CloseBody struct {
	Reason     string       `json:"reason"` // stopped, recovered, disk_full, device_lost, …
	DurationMS int64        `json:"duration_ms"`
	Frames     int64        `json:"frames"`
	Dropped    int64        `json:"dropped"`
	Tracks     []TrackClose `json:"tracks"`
}

// TrackClose is the end of one media file before it was finalised.
type TrackClose struct {
	Track    string `json:"track"`
	Segments int64  `json:"segments"` // with the head
	End      int64  `json:"end"`      // offset after the last segment
}
