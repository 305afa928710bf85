// Package wire is what a room and headquarters say to each other.
//
// PROTOCOL.md in this folder is the paper. Bulk data travels by tus 1.0 on /v1/parts/; everything here is
// small JSON over mutual TLS. Every call may be repeated: the answer is the same.
package wire

// Announcement is the body of PUT /v1/packages/{id}. It goes out when a recording begins (state recording)
// and again when it is sealed; only then Files is filled.
type Announcement struct {
	V      int    `json:"v"`
	ID     string `json:"id"`
	Room   string `json:"room"`
	Number int64  `json:"n"`
	State  string `json:"state"` // recording, sealed
	Item   string `json:"item"`
	Start  string `json:"start"`
	Seal   string `json:"seal"` // SHA-256 (hex) of META-INF/ASiCManifest001.xml, once sealed
	Files  []Part `json:"files"`
}

// Part is one file of a package; SHA256 is also its upload id, Path is slash-separated below the package.
type Part struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Lacking answers an announcement: which parts headquarters does not hold whole.
type Lacking struct {
	Missing []string `json:"missing"` // SHA-256 of parts
	HQTime  string   `json:"hq_time"`
	Beacon  string   `json:"beacon"` // newest signed checkpoint of headquarters' ledger
}

// Receipt answers POST /v1/packages/{id}/seal and GET /v1/packages/{id}/receipt: the files headquarters adds to the package.
type Receipt struct {
	ID    string `json:"id"`
	Seal  string `json:"seal"`
	Files []File `json:"files"` // receipt.tlog-proof and headquarters' layer
}

// File is a small file travelling inside JSON.
type File struct {
	Path string `json:"path"`
	Data []byte `json:"data"` // base64 in JSON
}

// Refusal is the body of every answer that is not to be retried unchanged.
type Refusal struct {
	Code    string   `json:"code"` // Refuse constants
	Reasons []string `json:"reasons"`
}

// Codes of a refusal.
const (
	RefuseContent     = "content"     // the package does not verify; quarantined
	RefuseConflict    = "conflict"    // same id, another seal
	RefuseCertificate = "certificate" // unknown, expired or revoked
	RefuseForm        = "form"        // the request itself is wrong
	RefuseFull        = "full"        // no space; retry later (507)
	RefuseMissing     = "missing"     // not announced, or parts lack; announce, send, ask again
)

// Paths of what a room says about itself, beside its evidence.
const (
	FactsPath   = "/v1/facts/"  // PUT FactsPath + kind
	MeasurePath = "/v1/measure" // POST: bytes that are only counted
)

// ReleasePath is where headquarters offers its copy of the organisation's signed release: GET ReleasePath + a name
// of the bundle's list.
const ReleasePath = "/v1/release/"

// Audit is the body of POST /v1/receipts/audit: what the room holds receipts for.
type Audit struct {
	Receipts []Held `json:"receipts"`
}

// Held is one receipt the room holds.
type Held struct {
	ID   string `json:"id"`
	Seal string `json:"seal"`
}

// Forgotten answers an audit: the ids headquarters has no receipt for.
type Forgotten struct {
	IDs []string `json:"ids"`
}

// EnrolRequest is the body of POST /v1/enrol and of /v1/renew. Without any request for a certificate it only
// asks which room the invitation is for; with them Room is that room. A renewal has no invitation and no proof.
type EnrolRequest struct {
	Invitation string `json:"invitation"` // the first signs of the code, by which headquarters finds it
	Room       string `json:"room"`
	Proof      []byte `json:"proof"`      // HMAC-SHA-256 under the invitation's secret over the rest
	SignCSR    []byte `json:"sign_csr"`   // DER, P-256
	SM2CSR     []byte `json:"sm2_csr"`    // DER, SM2; empty when the key store has none
	TLSCSR     []byte `json:"tls_csr"`    // DER, P-256
	LedgerKey  string `json:"ledger_key"` // note verifier key, Ed25519
}

// MaxDutyEntries bounds what one call carries of a duty log.
const MaxDutyEntries = 500

// DutyEntries is the body of POST /v1/duty/{hall}/entries: entries of a hall's duty log, each its exact JSON. A
// machine sends its own alone.
type DutyEntries struct {
	V       int      `json:"v"`
	Entries []string `json:"entries"`
}

// DutyTaken answers it: all of them are durable at headquarters.
type DutyTaken struct {
	Taken  int   `json:"taken"`
	Newest int64 `json:"newest"` // the hall's newest number there
}

// DutyPage answers GET /v1/duty/{hall}/entries?after=N: the hall's entries in the order headquarters got them. Newest
// below the N that was asked after means that headquarters was restored from an older copy.
type DutyPage struct {
	Entries []DutyEntry `json:"entries"`
	Newest  int64       `json:"newest"`
	More    bool        `json:"more"`
}

// DutyEntry is one entry and headquarters' number of it.
type DutyEntry struct {
	Seq   int64  `json:"seq"`
	Entry string `json:"entry"`
}

// DutyNoted is the body of POST /v1/duty/{hall}/facts: the keys of the facts that this machine has noted durably.
type DutyNoted struct {
	V     int      `json:"v"`
	Noted []string `json:"noted"`
}

// DutyFacts answers it: what came by itself in the hall's rooms and nobody has noted yet, and which are in use now. A
// fact is told to one machine at a time, again and again until that one has noted it.
type DutyFacts struct {
	Facts []RoomFact  `json:"facts"`
	More  bool        `json:"more"`
	Using []RoomInUse `json:"using"`
}

// Kinds of RoomFact.
const (
	FactUsed        = "used"        // a recording is received
	FactInterrupted = "interrupted" // the same, and it broke off on the way
	FactRefused     = "refused"     // headquarters did not take it
	FactFailing     = "failing"     // the room's doctor found something failing
)

// RoomFact is something that happened in a room of the hall.
type RoomFact struct {
	Key   string `json:"key"`
	Room  string `json:"room"`
	Title string `json:"title"` // of the room
	Kind  string `json:"kind"`
	At    string `json:"at"`              // UTC
	ID    string `json:"id,omitempty"`    // of the recording
	Item  string `json:"item,omitempty"`  // its act
	Check string `json:"check,omitempty"` // what the doctor looked at, in the room's language
	Found string `json:"found,omitempty"`
}

// RoomInUse is a room that is recording, as far as headquarters has heard.
type RoomInUse struct {
	Room  string `json:"room"`
	Title string `json:"title"`
	ID    string `json:"id"`
	Item  string `json:"item"`
	Since string `json:"since"`
}

// EnrolAnswer carries the certificates, PEM, leaf first.
type EnrolAnswer struct {
	Room      string `json:"room"`
	Title     string `json:"title"`
	Proof     []byte `json:"proof"` // HMAC over the rest: headquarters knows the secret too
	SignChain string `json:"sign_chain"`
	SM2Chain  string `json:"sm2_chain"`
	TLSChain  string `json:"tls_chain"`
	Roots     string `json:"roots"`  // P-256 and SM2 roots
	HQKey     string `json:"hq_key"` // note verifier key of headquarters' ledger
	// Hall is the service hall whose duty log the room keeps, with the hall's other machines; "" for a room alone.
	Hall      string `json:"hall,omitempty"`
	HallTitle string `json:"hall_title,omitempty"`
}

// Consistency answers GET /v1/consistency?from=N: headquarters' ledger of the checkpoint Note only added to the
// one of From entries (RFC 6962, 2.1.2).
type Consistency struct {
	From   int64    `json:"from"`
	Hashes []string `json:"hashes"` // base64
	Note   string   `json:"note"`
}
