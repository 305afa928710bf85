package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"minglu/capture/catalog"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// ErrEnded answers an act in a recording that is over.
var ErrEnded = errors.New("the recording is over")

// ErrBreak answers a break in a break, or a resume without one.
var ErrBreak = errors.New("no such break")

// KindError refuses a code that the catalogue does not have.
type KindError struct {
	Role string // mark, break or paper
	Code string
	Want []string
}

func (e *KindError) Error() string {
	return fmt.Sprintf("%s of kind %.40q: the catalogue has %s", e.Role, e.Code, strings.Join(e.Want, ", "))
}

// known refuses a code that is none of the terms: what a journal says must have words.
func known(role, code string, terms []catalog.Term) error {
	if _, ok := catalog.Find(terms, code); ok {
		return nil
	}
	e := &KindError{Role: role, Code: code}
	for _, t := range terms {
		e.Want = append(e.Want, t.Code)
	}
	return e
}

// Interruption refuses a reason for an interruption that the catalogue does not have.
func (g Gear) Interruption(code string) error { return known("break", code, g.Words.Interruptions) }

// Mark sets a marker of a kind of the catalogue, with a text or without, and returns when it is signed and
// on the disk.
func (s *Session) Mark(kind, by, text string) error {
	if err := known("mark", kind, s.gear.Words.Markers); err != nil {
		return err
	}
	return s.act(func(at int64) error {
		digest, err := s.text("mark", by, text, at)
		if err != nil {
			return err
		}
		_, err = s.chain.Add(evidence.KindMark, evidence.MarkBody{Mark: kind, AtMS: at, By: by, TextSHA256: digest})
		s.tell(Event{Name: "mark", Kind: kind, MS: at})
		return err
	})
}

// Pause begins a break for a reason of the catalogue: pictures and sound are not kept until Resume, a gap
// says so, and the film shows a placard meanwhile.
func (s *Session) Pause(reason, by, text string) error {
	if err := s.gear.Interruption(reason); err != nil {
		return err
	}
	return s.act(func(at int64) error { return s.turn(true, evidence.KindPause, reason, by, text, at) })
}

// Resume ends a break with its explanation.
func (s *Session) Resume(by, text string) error {
	return s.act(func(at int64) error { return s.turn(false, evidence.KindResume, "", by, text, at) })
}

// turn lets breaks begin and end by turns, whoever asks at once.
func (s *Session) turn(pause bool, kind evidence.Kind, reason, by, text string, at int64) error {
	s.turns.Lock()
	defer s.turns.Unlock()
	if s.onBreak() == pause {
		return fmt.Errorf("%s at %d ms: %w", kind, at, ErrBreak)
	}
	digest, err := s.text("reason", by, text, at)
	if err != nil {
		return err
	}
	if _, err := s.chain.Add(kind, evidence.BreakBody{Reason: reason, AtMS: at, By: by, TextSHA256: digest}); err != nil {
		return err
	}
	if s.paused.Store(nil); pause {
		s.paused.Store(&reason)
	}
	s.tell(Event{Name: string(kind), Kind: reason, MS: at})
	return nil
}

// Revise keeps a revision of the transcript, its line first, then the line's digest in the journal, and
// answers it with its number when both are on the disk.
func (s *Session) Revise(r transcript.Revision) (transcript.Revision, error) {
	err := s.act(func(at int64) error {
		r.AtMS = at
		var err error
		r, _, err = s.revise(r)
		s.tell(Event{Name: "text", Kind: r.What, Seq: r.Rev, MS: at})
		return err
	})
	return r, err
}

// Printed notes that a paper with this digest was handed to the printer.
func (s *Session) Printed(paper, digest string) error {
	terms := make([]catalog.Term, len(s.gear.Words.Documents))
	for i, d := range s.gear.Words.Documents {
		terms[i] = catalog.Term{Code: d.Code}
	}
	if err := known("paper", paper, terms); err != nil {
		return err
	}
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		return fmt.Errorf("note paper %s: %.80q is no SHA-256", paper, digest)
	}
	return s.act(func(at int64) error {
		_, err := s.chain.Add(evidence.KindPrint, evidence.PrintBody{Paper: paper, SHA256: digest, AtMS: at})
		return err
	})
}

// Speaker notes that a loudspeaker in the room begins (play) or ends (stop) to play earlier sound, which the
// microphones then hear too.
func (s *Session) Speaker(title, what, detail string) error {
	return s.act(func(at int64) error {
		_, err := s.chain.Add(evidence.KindDevice, evidence.DeviceBody{
			Role: "speaker", Name: title, What: what, AtMS: at, Detail: detail,
		})
		return err
	})
}

// Transcript is the transcript as it stands.
func (s *Session) Transcript() transcript.Transcript {
	s.texts.Lock()
	defer s.texts.Unlock()
	return s.book.Transcript()
}

// text keeps what was typed for a mark or a break. An empty text leaves nothing.
func (s *Session) text(what, by, text string, at int64) (digest string, err error) {
	if text == "" {
		return "", nil
	}
	_, digest, err = s.revise(transcript.Revision{What: what, Author: by, AtMS: at, Text: text})
	return digest, err
}

func (s *Session) revise(r transcript.Revision) (_ transcript.Revision, digest string, err error) {
	s.texts.Lock()
	defer s.texts.Unlock()
	r, line, err := s.book.Revise(r)
	if err != nil {
		return r, "", err
	}
	raw := bytes.TrimSuffix(line, []byte("\n"))
	off, err := s.draft.AppendText(raw)
	if err != nil {
		return r, "", err
	}
	digest, _ = evidence.Digests(raw)
	_, err = s.chain.Add(evidence.KindText, evidence.TextBody{
		Rev: r.Rev, What: r.What, Off: off, Len: int64(len(raw)), SHA256: digest, Author: r.Author, AtMS: r.AtMS,
	})
	return r, digest, err
}

// act does something at this moment of a recording that still runs. Finish waits for acts under way.
func (s *Session) act(f func(at int64) error) error {
	s.acts.RLock()
	defer s.acts.RUnlock()
	if s.closed {
		return ErrEnded
	}
	return f(s.at().Milliseconds())
}
