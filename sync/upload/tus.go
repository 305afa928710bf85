package upload

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"minglu/sync/outbox"
	"minglu/sync/wire"
)

// statusChecksum is tus' answer to bytes that do not have their digest.
const statusChecksum = 460

// errAbsent reports a part that headquarters has never heard of.
var errAbsent = errors.New("headquarters does not know the part")

// errOffset reports a PATCH at the wrong place; HEAD tells the right one.
var errOffset = errors.New("headquarters stands at another offset")

// Offset asks how many bytes of a part headquarters durably holds.
func (l *Line) Offset(ctx context.Context, p wire.Part) (int64, error) {
	res, err := l.tus(ctx, http.MethodHead, p.SHA256, nil, 0, nil)
	if err != nil {
		return 0, err
	}
	return l.offsetOf(res, p)
}

// Create makes a part known at headquarters and says where headquarters stands with it: an existing one stays
// as it is. A server that does not say so has just made it; if it has not, Append finds out.
func (l *Line) Create(ctx context.Context, p wire.Part) (int64, error) {
	digest := base64.StdEncoding.EncodeToString([]byte(p.SHA256))
	res, err := l.tus(ctx, http.MethodPost, "", nil, 0, http.Header{
		"Upload-Length":   {strconv.FormatInt(p.Size, 10)},
		"Upload-Metadata": {"sha256 " + digest},
	})
	if err != nil || res.Header.Get("Upload-Offset") == "" {
		return 0, err
	}
	return l.offsetOf(res, p)
}

// Append sends n bytes of the part from offset on and returns the offset headquarters durably holds then.
func (l *Line) Append(ctx context.Context, p wire.Part, offset int64, src io.Reader, n int64) (int64, error) {
	res, err := l.tus(ctx, http.MethodPatch, p.SHA256, src, n, http.Header{
		"Content-Type":  {"application/offset+octet-stream"},
		"Upload-Offset": {strconv.FormatInt(offset, 10)},
	})
	if err != nil {
		return offset, err
	}
	return l.offsetOf(res, p)
}

func (l *Line) offsetOf(res *http.Response, p wire.Part) (int64, error) {
	offset, err := strconv.ParseInt(res.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 || offset > p.Size {
		return 0, strange(res, fmt.Sprintf("headquarters names offset %.20q of a part of %d bytes",
			res.Header.Get("Upload-Offset"), p.Size))
	}
	return offset, nil
}

// tus makes one exchange; the answer's body has been read and closed. A body that neither moves nor is
// answered for the line's patience ends the exchange.
func (l *Line) tus(ctx context.Context, method, id string, src io.Reader, n int64, h http.Header) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(l.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	req, err := http.NewRequestWithContext(ctx, method, l.root.JoinPath("/v1/parts/"+id).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	if h != nil {
		req.Header = h
	}
	req.Header.Set("Tus-Resumable", "1.0.0")
	body := &flow{ctx: ctx, src: io.LimitReader(src, n), limit: l.limit, moved: func(n int) {
		watch.Reset(l.stall)
		l.written.Add(int64(n))
	}}
	if src != nil {
		req.ContentLength, req.Body = n, io.NopCloser(body)
	}
	res, err := l.client.Do(req)
	if local := body.failed.Load(); local != nil {
		err = errors.Join(*local, closeBody(res))
		return nil, &Fault{Cause: outbox.CauseDisk, Why: err.Error()}
	}
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	return res, tusFault(method, res, answer)
}

func closeBody(res *http.Response) error {
	if res == nil {
		return nil
	}
	return res.Body.Close()
}

// tusFault judges a tus answer.
func tusFault(method string, res *http.Response, body []byte) error {
	switch code := res.StatusCode; {
	case code == http.StatusOK || code == http.StatusNoContent || code == http.StatusCreated:
		return nil
	case code == http.StatusNotFound && method != http.MethodPost:
		return errAbsent
	case code == http.StatusConflict && method == http.MethodPatch:
		return errOffset
	}
	err := judge(res, body)
	var f *Fault
	if errors.As(err, &f) && f.Cause == outbox.CauseForm && method == http.MethodHead {
		f.Stop = "" // a HEAD has no body that could say who refused
	}
	return err
}
