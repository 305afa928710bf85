package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// readBuffer is how much of a file is read at a time.
const readBuffer = 1 << 20

// list finds all files and their sizes.
func (c *checker) list() error {
	c.sizes = map[string]int64{}
	folded := map[string]string{}
	err := fs.WalkDir(c.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return nil
		}
		if len(c.sizes) == MaxFiles {
			return &BorderError{What: fmt.Sprintf("more than %d files", MaxFiles)}
		}
		c.admitName(name, folded)
		if !d.Type().IsRegular() {
			c.report.fault(Fault{Code: FaultBorder, File: name, What: "is a link or a device, not a file"})
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		c.sizes[name] = info.Size()
		c.report.Size += info.Size()
		return nil
	})
	c.report.Files = len(c.sizes)
	if err == nil && !c.has(FileJournal) && !c.has(FileBagIt) && !c.has(ManifestPath(1)) {
		err = fmt.Errorf("%w: no data/journal.jsonl, no bagit.txt, no META-INF", ErrNoPackage)
	}
	return err
}

func (c *checker) admitName(name string, folded map[string]string) {
	if err := checkName(name); err != nil {
		c.report.fault(Fault{Code: FaultName, File: name, What: err.Error()})
	}
	var border *BorderError
	if err := checkFold(folded, name); errors.As(err, &border) {
		c.report.fault(Fault{Code: FaultName, File: name, What: border.What})
	}
}

func (c *checker) has(name string) bool { _, ok := c.sizes[name]; return ok }

// names lists the files in order.
func (c *checker) names() []string {
	var names []string
	for name := range c.sizes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// keep reads a small file; nil when it is not there or cannot be read, which is a fault.
func (c *checker) keep(name string) []byte {
	if raw, ok := c.kept[name]; ok {
		return raw
	}
	if !c.has(name) {
		return nil
	}
	raw, err := readSmall(c.fsys, name, maxTagFile)
	if err != nil {
		c.unread(name, err)
	}
	c.kept[name] = raw
	return raw
}

func (c *checker) unread(name string, err error) {
	c.report.fault(Fault{Code: FaultUnread, File: name, What: "cannot be read: " + err.Error()})
}

// hashFiles takes the digests of all files but media, which checkMedia reads.
func (c *checker) hashFiles() {
	c.sums = map[string]FileDigest{}
	buf := make([]byte, readBuffer)
	for _, name := range c.names() {
		if IsMedia(name) {
			continue
		}
		sum, err := c.hashFile(name, buf, maxSmallFile)
		if err != nil {
			c.unread(name, err)
			continue
		}
		c.sums[name] = sum
	}
}

// hashFile takes the digests of a file of at most limit bytes.
func (c *checker) hashFile(name string, buf []byte, limit int64) (FileDigest, error) {
	if c.sizes[name] > limit {
		return FileDigest{}, fmt.Errorf("it is over the bound of %d bytes", limit)
	}
	f, err := c.fsys.Open(name)
	if err != nil {
		return FileDigest{}, err
	}
	sha, sm := sha256.New(), hash.Hash(nil)
	to := io.Writer(sha)
	if c.wantsSM3(name) {
		sm = sm3.New()
		to = io.MultiWriter(sha, sm)
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{io.LimitReader(f, limit+1)}, buf)
	c.report.Hashed += n
	if err == nil && n != c.sizes[name] {
		err = fmt.Errorf("%d bytes came of %d", n, c.sizes[name])
	}
	sum := FileDigest{Path: name, Size: n, SHA256: hex.EncodeToString(sha.Sum(nil))}
	if sm != nil {
		sum.SM3 = hex.EncodeToString(sm.Sum(nil))
	}
	return sum, errors.Join(err, f.Close())
}

// wantsSM3 reports whether some layer names the file by SM3.
func (c *checker) wantsSM3(name string) bool {
	for _, cl := range c.claims {
		if cl.of.Path == name && cl.of.SM3 != "" {
			return true
		}
	}
	return false
}

// readBag reads the bag's tag files and keeps what they claim.
func (c *checker) readBag() {
	for name, want := range map[string]string{FileMimetype: mimetype, FileBagIt: bagIt} {
		if c.has(name) && string(c.keep(name)) != want {
			c.report.fault(Fault{Code: FaultForm, File: name, What: "does not say what kind of container this is"})
		}
	}
	for _, name := range []string{FileManifest, FileTagManifest} {
		if !c.has(name) {
			continue
		}
		files, err := parseManifest(c.keep(name))
		if err != nil {
			c.report.fault(Fault{Code: FaultForm, File: name, What: err.Error()})
		}
		for _, f := range files {
			c.claims = append(c.claims, claim{by: name, of: f})
		}
		c.bagged = c.bagged || name == FileManifest && err == nil
	}
	if !c.has(FileBagInfo) {
		return
	}
	info, err := parseBagInfo(c.keep(FileBagInfo))
	if err != nil {
		c.report.fault(Fault{Code: FaultForm, File: FileBagInfo, What: err.Error()})
		return
	}
	c.info = &info
}

// checkCoverage finds files that are missing or that nothing accounts for.
func (c *checker) checkCoverage() {
	if c.sealed() {
		for _, name := range []string{FileMimetype, FileBagIt, FileBagInfo, FileManifest, FileTagManifest, FilePlan, FileRecord, FileJournal} {
			if !c.has(name) {
				c.report.fault(Fault{Code: FaultMissing, File: name, What: "is missing"})
			}
		}
	}
	claimed := map[string]map[string]bool{FileManifest: {}, FileTagManifest: {}}
	for _, cl := range c.claims {
		if cl.from != nil || c.damaged[cl.by] {
			continue
		}
		claimed[cl.by][cl.of.Path] = true
		if !c.has(cl.of.Path) {
			c.report.fault(Fault{Code: FaultMissing, File: cl.of.Path, What: "is missing; " + cl.by + " lists it"})
		}
	}
	for _, name := range c.names() {
		if c.bagged && !c.damaged[FileManifest] && strings.HasPrefix(name, dirData) && !claimed[FileManifest][name] {
			c.report.fault(Fault{Code: FaultExtra, File: name, What: "was not there when the package was sealed"})
		}
	}
	if c.sealed() && c.has(FileTagManifest) && !c.damaged[FileTagManifest] {
		for _, name := range []string{FileMimetype, FileBagIt, FileBagInfo, FileManifest} {
			if !claimed[FileTagManifest][name] {
				c.report.fault(Fault{Code: FaultCoverage, File: FileTagManifest, What: "does not list " + name})
			}
		}
	}
	c.checkLayerCoverage()
}

// settleClaims compares all claims with the files. A claim counts only if the file that makes it is itself
// as it was sealed, so that one changed file is one fault and the right one is named.
func (c *checker) settleClaims() {
	c.damaged = map[string]bool{}
	for _, cl := range c.claims {
		if cl.from != nil && cl.from.whole && !c.agrees(cl.of) {
			c.damaged[cl.of.Path] = true
		}
	}
	for _, order := range []string{FileTagManifest, FileManifest} {
		for _, cl := range c.claims {
			if cl.by == order && !c.damaged[cl.by] && !c.agrees(cl.of) {
				c.damaged[cl.of.Path] = true
			}
		}
	}
	if c.damaged[FileBagInfo] {
		c.info = nil
	}
	for name := range c.damaged {
		c.report.fault(Fault{Code: FaultDigest, File: name, What: "differs from what was sealed; the digest is of the whole file, so the place in it is not known"})
	}
}

// agrees compares a claim with the digests taken; a file that was not hashed is not judged here.
func (c *checker) agrees(of FileDigest) bool {
	sum, ok := c.sums[of.Path]
	if !ok {
		return true
	}
	return (of.SHA256 == "" || of.SHA256 == sum.SHA256) && (of.SM3 == "" || of.SM3 == sum.SM3)
}

// wholeDigest is what the seal says of a media file as a whole, "" when nothing does; layers and bag must agree.
func (c *checker) wholeDigest(name string) string {
	var digest string
	for _, cl := range c.claims {
		if cl.of.Path != name || cl.of.SHA256 == "" || c.damaged[cl.by] || cl.from != nil && !cl.from.whole {
			continue
		}
		if digest != "" && digest != cl.of.SHA256 {
			c.report.fault(Fault{Code: FaultDigest, File: cl.by, What: "gives " + name + " another digest than the rest of the seal"})
		}
		digest = cl.of.SHA256
	}
	return digest
}
