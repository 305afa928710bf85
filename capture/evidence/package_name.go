package evidence

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Bounds of a package. A reader refuses what is larger before it spends memory on it.
const (
	MaxFiles     = 4096      // files in a package
	maxName      = 240       // bytes of a path below the package
	maxSmallFile = 256 << 20 // bytes of the journal, the texts or a paper
	maxTagFile   = 4 << 20   // bytes of a tag file, a manifest, a signature or a receipt
)

// Places of the files every package has.
const (
	FileMimetype    = "mimetype"
	FileBagIt       = "bagit.txt"
	FileBagInfo     = "bag-info.txt"
	FileManifest    = "manifest-sha256.txt"
	FileTagManifest = "tagmanifest-sha256.txt"
	FilePlan        = "data/plan.json"
	FileRecord      = "data/record.json"
	FileJournal     = "data/journal.jsonl"
	FileTexts       = "data/texts.jsonl"
	FileTranscript  = "data/transcript.json"
	FilePDF         = "data/transcript.pdf"
	FileDutyLog     = "data/dutylog.json"
	FileDutyPDF     = "data/dutylog.pdf"
	FileReceipt     = "receipt.tlog-proof"

	dirData  = "data/"
	dirMedia = "data/media/"
	dirMeta  = "META-INF/"
)

// MediaPath is where a track's media file lies.
func MediaPath(track string) string { return dirMedia + track + ".mp4" }

// IsMedia reports whether a path names a media file, which is bound by its segments.
func IsMedia(name string) bool { return strings.HasPrefix(name, dirMedia) }

// elementForm leaves out everything that some system or shell reads in its own way: separators of other
// systems, colons, blanks, control characters, letters that look alike, leading and trailing dots.
var elementForm = regexp.MustCompile(`^[A-Za-z0-9_-]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$`)

// deviceForm are names that Windows gives to devices, whatever their ending.
var deviceForm = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\.|$)`)

// checkName refuses a path that could mean another place, or two places, on some machine.
func checkName(name string) error {
	switch {
	case len(name) > maxName:
		return fmt.Errorf("name of %d bytes is over the bound of %d", len(name), maxName)
	case strings.ContainsRune(name, 0):
		return fmt.Errorf("name %q holds a NUL", name)
	case strings.Contains(name, `\`):
		return fmt.Errorf("name %q holds a backslash", name)
	case path.IsAbs(name):
		return fmt.Errorf("name %q is absolute", name)
	case !fs.ValidPath(name) || name == ".":
		return fmt.Errorf("name %q leaves its folder", name)
	}
	for element := range strings.SplitSeq(name, "/") {
		if !elementForm.MatchString(element) {
			return fmt.Errorf("name %q holds what not every system can write", name)
		}
		if deviceForm.MatchString(element) {
			return fmt.Errorf("name %q is a device on some systems", name)
		}
	}
	return nil
}
