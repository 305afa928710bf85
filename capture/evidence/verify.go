package evidence

import (
	"fmt"
	"io/fs"
	"time"
)

// Options say how far a verification goes and whom it trusts. The zero value checks every byte and trusts nobody.
type Options struct {
	Roots *Roots // with the revocation lists, if any
	// At is the moment certificates are judged for when nothing in the package proves one; zero is now.
	At time.Time
	// ID, if not empty, is the recording asked for; a package of another one is a fault. The folder's name
	// says nothing.
	ID string
	// Whole also hashes media files as a whole, beside their segments.
	Whole bool
	// SM3 also checks the SM3 digest of every media segment.
	SM3 bool
	// Digests are SHA-256 (hex) by path that the caller took of these very bytes; with Whole they are not
	// taken again.
	Digests map[string]string
	// LedgerKeys are note verifier keys of headquarters' ledger, for receipts and beacons.
	LedgerKeys []string
	// Certificates is the room's chain, leaf first, for a package that has no layer yet.
	Certificates []*Certificate
	// Progress, if set, hears of media bytes read so far.
	Progress func(done int64)
}

// Verify checks a package and answers with everything it found; it never stops at the first fault. Its error
// says that it could not look: the files cannot be listed, or nothing there is a package.
func Verify(fsys fs.FS, o Options) (*Report, error) {
	if o.At.IsZero() {
		o.At = time.Now()
	}
	c := &checker{fsys: fsys, o: o, report: newReport(), kept: map[string][]byte{}}
	if err := c.list(); err != nil {
		return nil, fmt.Errorf("verify package: %w", err)
	}
	c.readLayers()
	c.hashFiles()
	c.readBag()
	c.settleClaims()
	c.checkCoverage()
	c.readPlan()
	c.readJournal()
	c.checkTexts()
	c.checkMedia()
	c.checkRecord()
	c.checkDuty()
	c.checkSeal()
	c.readReceipt()
	c.judgeSigners()
	c.judgeTime()
	c.admit()
	c.report.order()
	c.report.conclude(len(c.layers) > 0 || c.story.signed > 0)
	return c.report, nil
}

// Refused is the report on a package that was turned away at the border.
func Refused(e *BorderError) *Report {
	r := newReport()
	r.fault(Fault{Code: FaultBorder, File: e.File, What: e.What})
	r.Signer = Answer{SignerUnknown, "the package was not opened"}
	r.Time = Answer{TimeClaimed, "the package was not opened"}
	r.conclude(true)
	return r
}

// checker is one verification under way.
type checker struct {
	fsys   fs.FS
	o      Options
	report *Report

	sizes  map[string]int64      // all files
	kept   map[string][]byte     // small files that are read again
	sums   map[string]FileDigest // of all files but media
	claims []claim               // what some file says of another
	layers []*layer
	bagged bool // manifest-sha256.txt is there
	info   *BagInfo
	// damaged are files that a sound layer says are not as they were.
	damaged map[string]bool

	story   *story
	room    *Certificate // whose key signs the journal; nil when not known
	receipt *Receipt
	proofs  []proof
}

// sealed reports whether the room put its first layer on the package.
func (c *checker) sealed() bool { return len(c.layers) > 0 }

// claim is a digest of a file that another file states.
type claim struct {
	by   string
	of   FileDigest
	from *layer // nil when a bag manifest says so
}
