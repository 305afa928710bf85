package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"minglu/sync/wire"
)

// How the line is measured: so much is sent, and a line on which a day's recordings would take longer than a
// night is too slow.
const (
	rateBytes   = 512 << 10
	rateTime    = 20 * time.Second
	queueLonger = 12 * time.Hour
)

// hqRate sends some bytes to headquarters and says how long today's queue would take.
func (v *visit) hqRate(ctx context.Context) Finding {
	rate, err := v.measure(ctx)
	if err != nil {
		return Finding{State: Warn, Err: err}
	}
	if rate == 0 {
		return ok("hq_rate.unknown")
	}
	var waiting int64
	if v.Waiting != nil {
		if waiting, err = v.Waiting(ctx); err != nil {
			return broken(err)
		}
	}
	takes := float64(waiting) / rate // seconds
	values := []string{"rate", strconv.FormatFloat(rate*8/1e6, 'f', 1, 64), "waiting", strconv.FormatFloat(float64(waiting)/1e6, 'f', 0, 64),
		"minutes", strconv.Itoa(int(takes/60 + 0.99)), "hour", strconv.Itoa(int(float64(v.BytesPerHour)/rate/60 + 0.99))}
	if longest := queueLonger.Seconds(); takes > longest || float64(v.BytesPerHour)/rate > longest {
		return warn("hq_rate.slow", values...)
	}
	return ok("hq_rate.ok", values...)
}

// measure is the line's rate in bytes a second; 0 when headquarters is too old to take bytes only to count them.
func (v *visit) measure(ctx context.Context) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, rateTime)
	defer cancel()
	body := make([]byte, rateBytes)
	if _, err := rand.Read(body); err != nil { // noise: a line that compresses must not look faster
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.settings.HQ+wire.MeasurePath, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	transport := &http.Transport{TLSClientConfig: v.line.config}
	defer transport.CloseIdleConnections()
	begun := time.Now()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return rateBytes / time.Since(begun).Seconds(), nil
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return 0, nil
	}
	return 0, fmt.Errorf("measure the line: headquarters answers %s", res.Status)
}
