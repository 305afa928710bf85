package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"minglu/sync/wire"
)

// line is the way to headquarters, as far as it was walked.
type line struct {
	certificate tls.Certificate
	config      *tls.Config
	skew        time.Duration // this clock behind headquarters'
	timed       bool
}

// address is headquarters' host and port.
func (v *visit) address() (host, port string) {
	u, err := url.Parse(v.settings.HQ)
	if err != nil {
		return "", ""
	}
	if port = u.Port(); port == "" {
		port = "443"
	}
	return u.Hostname(), port
}

func (v *visit) hqName(ctx context.Context) Finding {
	host, _ := v.address()
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil || len(addresses) == 0 {
		return broken(errors.Join(fmt.Errorf("find %s", host), err))
	}
	return ok("hq_name.ok", "host", host, "address", addresses[0])
}

func (v *visit) hqTCP(ctx context.Context) Finding {
	at := net.JoinHostPort(v.address())
	begun := time.Now()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err == nil {
		err = conn.Close()
	}
	if err != nil {
		return broken(err)
	}
	return ok("hq_tcp.ok", "host", at, "ms", strconv.FormatInt(time.Since(begun).Milliseconds(), 10))
}

func (v *visit) hqTLS(ctx context.Context) Finding {
	roots, err := os.ReadFile(filepath.Join(v.Home, "root.pem"))
	if err != nil {
		return fail("hq_tls.no_roots")
	}
	if v.line.config, err = wire.ClientTLS(roots, v.line.certificate, v.Now); err != nil {
		return fail("hq_tls.no_roots")
	}
	conn, err := (&tls.Dialer{Config: v.line.config}).DialContext(ctx, "tcp", net.JoinHostPort(v.address()))
	if err == nil {
		err = conn.Close()
	}
	if err != nil {
		return broken(err)
	}
	return ok("hq_tls.ok")
}

// hqHealth asks the service how it is. The room's certificate is refused here and not in the handshake: in
// TLS 1.3 the client's certificate is judged after the client is done.
func (v *visit) hqHealth(ctx context.Context) Finding {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.settings.HQ+"/v1/healthz", nil)
	if err != nil {
		return broken(err)
	}
	transport := &http.Transport{TLSClientConfig: v.line.config}
	defer transport.CloseIdleConnections()
	begun := v.Now()
	res, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return broken(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)); err != nil {
		return broken(err)
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		// Date is cut to seconds: the middle of its second is the best guess.
		v.line.skew, v.line.timed = date.Add(500*time.Millisecond).Sub(begun.Add(v.Now().Sub(begun)/2)), true
	}
	if res.StatusCode != http.StatusOK {
		return fail("hq_health.status", "status", res.Status)
	}
	return ok("hq_health.ok")
}

// offsetMost is how far the room's clock may be from headquarters'; the header that tells it counts whole seconds.
const offsetMost = 3 * time.Second

func (v *visit) hqOffset(context.Context) Finding {
	if !v.line.timed {
		return warn("hq_offset.unknown")
	}
	seconds := strconv.FormatFloat(v.line.skew.Abs().Seconds(), 'f', 0, 64)
	if v.line.skew.Abs() > offsetMost {
		return warn("hq_offset.off", "seconds", seconds)
	}
	return ok("hq_offset.ok", "seconds", seconds)
}
