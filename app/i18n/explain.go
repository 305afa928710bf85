package i18n

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"minglu/capture/attach"
	"minglu/capture/key"
	"minglu/capture/source"
	"minglu/capture/strict"
	"minglu/capture/transcript"
)

// Explanation is an error in words.
type Explanation struct {
	Code   string   `json:"code"`   // for the technician; the key of its sentences is "error." + Code, or Code if that is a cause
	What   string   `json:"what"`   // what happened
	Do     string   `json:"do"`     // what to do
	Detail []string `json:"detail"` // the single faults in words, or the technician's text
}

// String puts the explanation on one line, its faults on lines of their own.
func (e Explanation) String() string {
	text := e.Sentences() + " [" + e.Code + "]"
	for _, d := range e.Detail {
		text += "\n  " + d
	}
	return text
}

// Sentences are what happened and what to do; no blank follows a full stop of Chinese.
func (e Explanation) Sentences() string { return strings.ReplaceAll(e.What+" "+e.Do, "。 ", "。") }

// Coded is an error that names its own code; it goes before every rule here.
type Coded interface {
	error
	FaultCode() string
}

// rule recognises one kind of error.
type rule struct {
	code string
	is   func(error) bool
}

// rules are tried from the first to the last: what a program says of itself before what the system says.
func rules() []rule {
	return []rule{
		{"room.not_enrolled", sentinel(key.ErrNotEnrolled)},
		{"agent.absent", sentinel(attach.ErrNoAgent)},
		{"source.lost", sentinel(source.ErrLost)},
		{"source.end", sentinel(source.ErrEnd)},
		{"transcript.segment", sentinel(transcript.ErrNoSegment)},
		{"transcript.signed", sentinel(transcript.ErrSigned)},
		{"program.absent", sentinel(exec.ErrNotFound)},
		{"tls.authority", kind[x509.UnknownAuthorityError]},
		{"tls.name", kind[x509.HostnameError]},
		{"tls.expired", expired},
		{"tls.certificate", kind[*tls.CertificateVerificationError]},
		{"tls.refused", alerted},
		{"tls.plain", func(err error) bool {
			return kind[tls.RecordHeaderError](err) || errors.Is(err, http.ErrSchemeMismatch)
		}},
		{"net.name", kind[*net.DNSError]},
		{"net.refused", sentinel(syscall.ECONNREFUSED)},
		{"net.unreachable", sentinel(syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN)},
		{"net.cut", sentinel(syscall.ECONNRESET, syscall.EPIPE)},
		{"disk.full", sentinel(syscall.ENOSPC, syscall.EDQUOT)},
		{"disk.readonly", sentinel(syscall.EROFS)},
		{"disk.broken", sentinel(syscall.EIO)},
		{"file.missing", sentinel(fs.ErrNotExist)},
		{"file.rights", sentinel(fs.ErrPermission)},
		{"file.exists", sentinel(fs.ErrExist)},
		{"net.slow", sentinel(context.DeadlineExceeded, syscall.ETIMEDOUT)},
		{"stopped", sentinel(context.Canceled)},
		{"net.fault", kind[net.Error]},
	}
}

func sentinel(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
}

func kind[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// alerted reports whether the other side broke off the TLS handshake: crypto/tls says so by this word alone.
func alerted(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

func expired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// FaultCode gives an error's code: short words a technician can search for, and the key of its sentences.
func FaultCode(err error) string {
	var refused *attach.Refused
	if errors.As(err, &refused) && refused.Code != "" {
		return refused.Code
	}
	var coded Coded
	if errors.As(err, &coded) {
		return coded.FaultCode()
	}
	var faults strict.Faults
	if errors.As(err, &faults) {
		return fileCode(faults)
	}
	for _, r := range rules() {
		if r.is(err) {
			return r.code
		}
	}
	return "unknown"
}

// Codes lists every code that FaultCode finds by itself.
func Codes() []string {
	codes := []string{"unknown", "file.encoding", "file.control", "file.shape", "file.faults"}
	for _, r := range rules() {
		codes = append(codes, r.code)
	}
	return codes
}

// fileCode tells files that are no text, which have advice of their own, from those with faults inside.
func fileCode(faults strict.Faults) string {
	switch faults[0].Kind {
	case strict.Encoding:
		return "file.encoding"
	case strict.Control:
		return "file.control"
	case strict.Shape:
		return "file.shape"
	}
	return "file.faults"
}

// Explain turns an error into words. A code without words of its own gets those of an unknown fault.
func Explain(err error, lang Lang) Explanation {
	e := Explanation{Code: FaultCode(err)}
	key := "error." + e.Code
	if strings.HasPrefix(e.Code, "cause.") {
		key = e.Code // what a recording waits for has sentences of its own
	}
	if _, ok := Find(lang, key); !ok {
		key = "error.unknown"
	}
	pairs := fillings(err, lang)
	e.What, e.Do = Say(lang, key, pairs...), Say(lang, key+".do", pairs...)
	var faults strict.Faults
	var worded Worded
	switch {
	case errors.As(err, &worded):
		e.Detail = worded.Words(lang)
	case !errors.As(err, &faults):
		e.Detail = []string{err.Error()}
	}
	for _, f := range faults {
		e.Detail = append(e.Detail, Fault(f, lang))
	}
	return e
}

// Worded is an error that puts its own faults into words.
type Worded interface {
	error
	Words(Lang) []string
}

// Advise is what is wrong and what to do, in one line for a screen; "" for no error.
func Advise(err error, lang Lang) string {
	if err == nil {
		return ""
	}
	e := Explain(err, lang)
	return e.Sentences()
}

// Filled is an error that brings what its sentences leave open, as name, value, … A value that is itself the key of
// a sentence stands for that.
type Filled interface {
	error
	Pairs() []string
}

func fillings(err error, lang Lang) []string {
	var path *fs.PathError
	pairs := []string{"path", ""}
	if errors.As(err, &path) {
		pairs[1] = path.Path
	}
	var filled Filled
	if !errors.As(err, &filled) {
		return pairs
	}
	own := filled.Pairs()
	for i := 1; i < len(own); i += 2 {
		if text, ok := Find(lang, own[i]); ok {
			own[i] = text
		}
	}
	return append(pairs, own...)
}

// Fault puts one fault of a file into words.
func Fault(f strict.Fault, lang Lang) string {
	place := f.File
	if f.Line > 0 {
		place = Say(lang, "strict.line", "file", f.File, "line", strconv.Itoa(f.Line))
	}
	if f.Byte > 0 {
		place = Say(lang, "strict.byte", "file", f.File, "line", strconv.Itoa(f.Line), "byte", strconv.Itoa(f.Byte))
	}
	text := place + strings.TrimSpace(Say(lang, "strict."+string(f.Kind), "field", f.Field))
	if f.Got != "" {
		text += Say(lang, "strict.got", "got", f.Got)
	}
	if f.Want != "" {
		text += Say(lang, "strict.want", "want", f.Want)
	}
	return text
}
