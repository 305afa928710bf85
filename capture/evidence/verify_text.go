package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// checkTexts compares data/texts.jsonl with the text lines: one line of it for each, in their order, and
// nothing between or after them but newlines.
func (c *checker) checkTexts() {
	texts := c.story.texts
	if !c.has(FileTexts) {
		if len(texts) > 0 {
			c.report.fault(Fault{Code: FaultMissing, File: FileTexts, What: "is missing; the journal tells of typed texts"})
		}
		return
	}
	f, err := c.fsys.Open(FileTexts)
	if err != nil {
		c.unread(FileTexts, err)
		return
	}
	end := c.compareTexts(newCursor(f), texts)
	if rest := c.sizes[FileTexts] - end; rest > 0 && len(c.report.Faults) == 0 {
		f := Fault{Code: FaultTornText, File: FileTexts, Offset: end, What: fmt.Sprintf("%d bytes that the journal does not tell of", rest)}
		if c.sealed() {
			f.Code = FaultText
			c.report.fault(f)
		} else {
			c.report.dangle(f)
		}
	}
	if err := f.Close(); err != nil {
		c.unread(FileTexts, err)
	}
}

// compareTexts gives the offset after the last text that could be looked at.
func (c *checker) compareTexts(from *cursor, texts []TextBody) (end int64) {
	for i, t := range texts {
		if t.Off != end || t.Len < 0 || t.Len > maxText || t.Off+t.Len+1 > c.sizes[FileTexts] {
			c.textFault(t, "text %d should lie from %d, %d bytes long", i, t.Off, t.Len)
			return end
		}
		b := make([]byte, t.Len+1)
		if err := from.read(b, t.Off); err != nil {
			c.unread(FileTexts, err)
			return end
		}
		end += t.Len + 1
		if sum := sha256.Sum256(b[:t.Len]); hex.EncodeToString(sum[:]) != t.SHA256 || b[t.Len] != '\n' {
			c.textFault(t, "text %d differs from its journal line", i)
		}
	}
	return end
}

// maxText bounds one typed text, a transcript of a long day.
const maxText = 16 << 20

func (c *checker) textFault(t TextBody, format string, args ...any) {
	c.report.fault(Fault{Code: FaultText, File: FileTexts, Offset: t.Off, FromMS: t.AtMS, ToMS: t.AtMS, What: fmt.Sprintf(format, args...)})
}
