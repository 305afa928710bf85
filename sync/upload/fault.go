package upload

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// Fault is why an exchange did not succeed and what follows from it.
type Fault struct {
	Cause  outbox.Cause
	Status int // HTTP status, 0 without an answer
	Why    string
	After  time.Duration // headquarters asked to wait this long
	Stop   outbox.State  // Blocked or Refused; "" means try again
}

// Error tells the cause in words.
func (f *Fault) Error() string { return f.Why }

// FaultCode names the sentences that people are told; they are those of a waiting recording's cause.
func (f *Fault) FaultCode() string { return "cause." + string(f.Cause) }

var errStalled = errors.New("nothing moved for too long")

// unreachable says that there was no answer: the work may or may not have been done.
func unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if !errors.Is(cause, errStalled) {
			return cause
		}
		err = cause
	}
	var stranger *tls.CertificateVerificationError
	if errors.As(err, &stranger) {
		return &Fault{Cause: outbox.CauseStranger, Why: "who answers is not headquarters: " + err.Error()}
	}
	return &Fault{Cause: outbox.CauseUnreachable, Why: "headquarters does not answer: " + err.Error()}
}

// strange says that an answer came which headquarters would not give: perhaps a proxy's page.
func strange(res *http.Response, why string) error {
	return &Fault{Cause: outbox.CauseServer, Status: res.StatusCode, Why: why}
}

// judge turns an answer that is not a success into a fault. A bare 400 does not stop a package: a tus server
// says it too when another request took the part over, or the line broke.
func judge(res *http.Response, body []byte) error {
	var r wire.Refusal
	if json.Unmarshal(body, &r) != nil {
		r = wire.Refusal{}
	}
	f := &Fault{Status: res.StatusCode, After: retryAfter(res.Header)}
	f.Cause, f.Stop = verdict(res.StatusCode, r.Code)
	f.Why = fmt.Sprintf("headquarters answers %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	if len(r.Reasons) > 0 {
		f.Why += ": " + strings.Join(r.Reasons, "; ")
	}
	return f
}

func verdict(status int, code string) (outbox.Cause, outbox.State) {
	switch code {
	case wire.RefuseContent:
		return outbox.CauseContent, outbox.Refused
	case wire.RefuseConflict:
		return outbox.CauseConflict, outbox.Refused
	case wire.RefuseCertificate:
		return outbox.CauseCertificate, outbox.Blocked
	case wire.RefuseForm:
		return outbox.CauseForm, outbox.Blocked
	case wire.RefuseFull:
		return outbox.CauseFull, ""
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusGone:
		return outbox.CauseCertificate, outbox.Blocked
	case http.StatusUnprocessableEntity:
		return outbox.CauseContent, outbox.Refused
	case http.StatusInsufficientStorage:
		return outbox.CauseFull, ""
	case http.StatusTooManyRequests, http.StatusLocked, http.StatusServiceUnavailable:
		return outbox.CauseBusy, ""
	case statusChecksum:
		return outbox.CauseChecksum, ""
	}
	return outbox.CauseServer, ""
}

// retryAfter reads Retry-After in seconds; a date would depend on clocks that need not agree.
func retryAfter(h http.Header) time.Duration {
	s, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return time.Duration(min(s, 3600)) * time.Second
}

// blame turns any error of a step into a fault.
func blame(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return &Fault{Cause: outbox.CauseDisk, Why: err.Error()}
	}
	return &Fault{Cause: outbox.CauseServer, Why: err.Error()}
}
