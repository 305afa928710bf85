package room

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// client speaks to headquarters alone, for small calls.
func (r *Room) client() *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.RootsPEM)
	return &http.Client{
		Timeout: 15 * time.Second,
		Transport: &http.Transport{
			TLSHandshakeTimeout: 10 * time.Second,
			TLSClientConfig: &tls.Config{
				MinVersion: tls.VersionTLS13, RootCAs: pool, Certificates: []tls.Certificate{r.Keys.TLS}, Time: r.Clock.Now,
			},
		},
	}
}
