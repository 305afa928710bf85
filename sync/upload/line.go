package upload

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"minglu/sync/wire"
)

// Bounds of one exchange with headquarters.
const (
	answerMax     = 8 << 20 // bytes of a JSON answer: a receipt with its layer is some 20 kB
	dialPatience  = 20 * time.Second
	stallPatience = 30 * time.Second // without a byte moving, or an answer after the last byte
	sealPatience  = 5 * time.Minute  // headquarters verifies the whole package before it answers
)

// Terms say how a Line reaches headquarters.
type Terms struct {
	URL         string // https://host:port
	Roots       []byte // PEM; only headquarters under one of these is spoken to
	Certificate tls.Certificate
	Floor       time.Time     // the clock is never taken to be before this: build time or last receipt
	Limit       int64         // bytes a second, 0 for none
	Stall       time.Duration // stallPatience when 0
	Now         func() time.Time
}

// Line is the connection to headquarters: HTTP/1.1 over mutual TLS 1.3. One HTTP/2 connection starves
// parallel parts on a lossy line, so it is not offered.
type Line struct {
	root    *url.URL
	client  *http.Client
	limit   *rate.Limiter
	stall   time.Duration
	floor   atomic.Int64 // Unix seconds
	now     func() time.Time
	written atomic.Int64 // bytes of parts given to the network, the measure of what was sent twice
}

// NewLine makes a line; nothing is sent yet.
func NewLine(t Terms) (*Line, error) {
	root, err := url.Parse(t.URL)
	if err != nil || root.Scheme != "https" || root.Host == "" {
		return nil, fmt.Errorf("read address of headquarters: %q is not https://HOST:PORT", t.URL)
	}
	l := &Line{root: root, stall: t.Stall, now: t.Now, limit: limiter(t.Limit)}
	if l.stall == 0 {
		l.stall = stallPatience
	}
	l.Raise(t.Floor)
	config, err := wire.ClientTLS(t.Roots, t.Certificate, l.time)
	if err != nil {
		return nil, err
	}
	config.DynamicRecordSizingDisabled = true // small first records only cost system calls here
	l.client = &http.Client{
		Transport:     l.transport(config),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return l, nil
}

func (l *Line) transport(config *tls.Config) *http.Transport {
	var h1 http.Protocols
	h1.SetHTTP1(true)
	return &http.Transport{
		Protocols:           &h1,
		DialTLSContext:      secureDial(&net.Dialer{Timeout: min(dialPatience, l.stall)}, config),
		IdleConnTimeout:     90 * time.Second,
		MaxIdleConnsPerHost: 8,
	}
}

// time is the clock TLS judges certificates by; a dead battery must not stop the upload.
func (l *Line) time() time.Time {
	if floor := time.Unix(l.floor.Load(), 0); l.now().Before(floor) {
		return floor
	}
	return l.now()
}

// Raise notes a time that has certainly passed.
func (l *Line) Raise(t time.Time) {
	for old := l.floor.Load(); t.Unix() > old && !l.floor.CompareAndSwap(old, t.Unix()); {
		old = l.floor.Load()
	}
}

// Close drops idle connections.
func (l *Line) Close() { l.client.CloseIdleConnections() }

// Written is how many bytes of parts have been given to the network.
func (l *Line) Written() int64 { return l.written.Load() }

// Announce tells headquarters of a recording and learns which parts it lacks.
func (l *Line) Announce(ctx context.Context, a wire.Announcement) (wire.Lacking, error) {
	var answer wire.Lacking
	err := l.call(ctx, http.MethodPut, "/v1/packages/"+a.ID, a, &answer, l.stall)
	return answer, err
}

// Seal asks for the receipt of a package whose parts are all there.
func (l *Line) Seal(ctx context.Context, id string) (wire.Receipt, error) {
	var answer wire.Receipt
	err := l.call(ctx, http.MethodPost, "/v1/packages/"+id+"/seal", nil, &answer, max(l.stall, sealPatience))
	return answer, err
}

// Audit asks which of these receipts headquarters has forgotten.
func (l *Line) Audit(ctx context.Context, a wire.Audit) (wire.Forgotten, error) {
	var answer wire.Forgotten
	err := l.call(ctx, http.MethodPost, "/v1/receipts/audit", a, &answer, l.stall)
	return answer, err
}

// Share sends entries of a hall's duty log that this machine made.
func (l *Line) Share(ctx context.Context, hall string, e wire.DutyEntries) (wire.DutyTaken, error) {
	var answer wire.DutyTaken
	err := l.call(ctx, http.MethodPost, "/v1/duty/"+hall+"/entries", e, &answer, l.stall)
	return answer, err
}

// Shared asks for the hall's entries after headquarters' number after.
func (l *Line) Shared(ctx context.Context, hall string, after int64) (wire.DutyPage, error) {
	var answer wire.DutyPage
	err := l.call(ctx, http.MethodGet, "/v1/duty/"+hall+"/entries?after="+strconv.FormatInt(after, 10), nil, &answer, l.stall)
	return answer, err
}

// Told says which facts about the hall's rooms are noted, and asks for those that are not.
func (l *Line) Told(ctx context.Context, hall string, n wire.DutyNoted) (wire.DutyFacts, error) {
	var answer wire.DutyFacts
	err := l.call(ctx, http.MethodPost, "/v1/duty/"+hall+"/facts", n, &answer, l.stall)
	return answer, err
}

// call exchanges one piece of JSON for another.
func (l *Line) call(ctx context.Context, method, path string, ask, answer any, patience time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errStalled)
	defer cancel()
	var body io.Reader
	if ask != nil {
		data, err := json.Marshal(ask)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	path, query, _ := strings.Cut(path, "?")
	to := l.root.JoinPath(path)
	to.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := l.client.Do(req)
	if err != nil {
		return unreachable(ctx, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, answerMax+1))
	if err != nil {
		return unreachable(ctx, err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		return judge(res, data)
	}
	if len(data) > answerMax || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return strange(res, "the answer is not the JSON that was expected")
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return strange(res, "the answer cannot be read: "+err.Error())
	}
	return nil
}
