package evidence

// Codes of faults.
const (
	FaultBorder     Code = "border"      // the container itself does harm
	FaultName       Code = "name"        // a name that not every system can hold
	FaultUnread     Code = "unread"      // a file could not be read
	FaultMissing    Code = "missing"     // a file that should be there
	FaultExtra      Code = "extra"       // a file that should not
	FaultDigest     Code = "digest"      // a file's content differs from what was sealed
	FaultForm       Code = "form"        // a file is not written as the format says
	FaultCoverage   Code = "coverage"    // a layer does not cover what it must
	FaultSignature  Code = "signature"   // a layer's signature does not fit
	FaultToken      Code = "token"       // a timestamp does not fit
	FaultSigner     Code = "signer"      // signed by somebody who must not
	FaultLine       Code = "line"        // a journal line is not well formed
	FaultChain      Code = "chain"       // a journal line is not the one the next line names
	FaultLineSign   Code = "line_sign"   // a journal line's signature is missing or does not fit
	FaultOrder      Code = "order"       // journal lines in an order that cannot be
	FaultSegment    Code = "segment"     // media bytes differ from their journal line
	FaultTruncated  Code = "truncated"   // a media file ends too early
	FaultTrailing   Code = "trailing"    // a media file goes on after its index
	FaultHead       Code = "head"        // the 16 bytes that open a finished file
	FaultIndex      Code = "index"       // the index is not the one the fragments give
	FaultFragment   Code = "fragment"    // media no recorder writes
	FaultUnfinished Code = "unfinished"  // a sealed media file without its index
	FaultText       Code = "text"        // typed text differs from its journal line
	FaultPlan       Code = "plan"        // the plan is not the one the journal opened with
	FaultDisagrees  Code = "disagrees"   // record.json and journal say different things
	FaultID         Code = "id"          // another recording than asked for, or two names for one
	FaultReceipt    Code = "receipt"     // headquarters' receipt does not fit
	FaultTime       Code = "time"        // two proven times that exclude each other
	FaultNoClose    Code = "no_close"    // dangling: the journal has no last line
	FaultNoSeal     Code = "no_seal"     // dangling: no layer
	FaultTornLine   Code = "torn_line"   // dangling: bytes after the last whole line
	FaultTornMedia  Code = "torn_media"  // dangling: media after the last segment line
	FaultTornText   Code = "torn_text"   // dangling: typed text after the last text line
	FaultUnsigned   Code = "unsigned"    // dangling: lines after the last signature
	FaultHalfSealed Code = "half_sealed" // dangling: the sealing did not come to its end
)

// Codes of remarks.
const (
	RemarkInterrupted Code = "interrupted"    // the recorder died and the end was mended
	RemarkBreak       Code = "break"          // a break with its reason
	RemarkDevice      Code = "device"         // a camera or microphone misbehaved
	RemarkJump        Code = "clock_jump"     // the wall clock was moved, and the journal says so
	RemarkSilentJump  Code = "clock_silent"   // the wall clock moved and the journal does not say so
	RemarkClock       Code = "clock_unsure"   // the clock was not synchronised
	RemarkClockOff    Code = "clock_off"      // the room's clock disagrees with a proven time
	RemarkLate        Code = "late_signature" // more than ten seconds without a signature
	RemarkHole        Code = "hole"           // media missing without a gap line
	RemarkOverride    Code = "override"       // something mandatory was passed over, with a reason
	RemarkLayer       Code = "layer"          // a layer that nobody given vouches for
	RemarkTokenTrust  Code = "token_trust"    // a timestamp that nobody given vouches for
	RemarkQueued      Code = "token_queued"   // a timestamp was not to be had at the time
	RemarkEmptyTrack  Code = "empty_track"    // a planned file for which nothing was recorded
	RemarkMore        Code = "more"           // the list was cut
)

// What was not checked, in words; programs may compare them.
const (
	SkippedWhole   = "the whole-file digests of the media (their every byte is bound by the journal's segments and the rebuilt index; use --whole)"
	SkippedSM3     = "the SM3 digests of the media segments (use --whole)"
	SkippedRoots   = "whether anybody trusted vouches for the keys (no root certificate was given)"
	SkippedSM2Root = "whether anybody trusted vouches for the SM2 keys (no SM2 root certificate was given)"
	SkippedRevoked = "whether a certificate was revoked (no revocation list was given)"
	SkippedLines   = "the signatures of the journal's lines (the room's certificate is not known)"
	SkippedReceipt = "the signature on headquarters' receipt (no ledger key was given; use --hq-key)"
	SkippedBeacon  = "the signature on headquarters' statement that bounds the time from below (no ledger key was given; use --hq-key)"
	SkippedIndex   = "the index of a media file whose fragments are damaged"
	SkippedLayers  = "whether layers were taken off the end (only headquarters' ledger knows)"
	SkippedPicture = "whether what camera and microphone were shown was real"
)
