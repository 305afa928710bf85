package enrol

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// call is a connection to headquarters that trusts only the root of a fingerprint.
type call struct {
	base string
	http *http.Client
}

func newCall(base, print string, client *tls.Certificate) (*call, error) {
	if err := checkFingerprint(print); err != nil {
		return nil, err
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, &fault{faultAddress, fmt.Errorf("%.80q is no address of headquarters; want https://host:port", base)}
	}
	config := PinnedTLS(print, u.Hostname())
	if client != nil {
		config.Certificates = []tls.Certificate{*client}
	}
	return &call{
		base: strings.TrimSuffix(base, "/"),
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: config}},
	}, nil
}

func (c *call) close() { c.http.CloseIdleConnections() }

func checkFingerprint(print string) error {
	digits, ok := strings.CutPrefix(print, "sha256:")
	if raw, err := hex.DecodeString(digits); !ok || err != nil || len(raw) != sha256.Size {
		return &fault{faultAddress, fmt.Errorf("fingerprint %.80q is not sha256: and 64 hex digits, as headquarters prints it", print)}
	}
	return nil
}

// PinnedTLS accepts a server whose chain ends in the root of a fingerprint and whose certificate is for host.
// The server sends its root along, as ours does.
func PinnedTLS(print, host string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		ServerName:         host,
		InsecureSkipVerify: true, // the machine's own roots have no say; VerifyConnection does all of it
		VerifyConnection: func(s tls.ConnectionState) error {
			roots, between := x509.NewCertPool(), x509.NewCertPool()
			found := false
			for _, c := range s.PeerCertificates {
				if strings.EqualFold(fingerprint(c.Raw), print) {
					roots.AddCert(c)
					found = true
				} else {
					between.AddCert(c)
				}
			}
			if !found {
				return &fault{faultStranger, errors.New("this server is not headquarters: its root has another fingerprint")}
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
			return err
		},
	}
}

// pinned reports whether the first root in a PEM file has the fingerprint.
func pinned(text []byte, print string) (bool, error) {
	certs, err := evidence.ParseCertificates(text)
	if err != nil {
		return false, err
	}
	return strings.EqualFold(fingerprint(certs[0].Raw), print), nil
}

// enrol sends a proven request and checks the proof of its answer.
func (c *call) enrol(ctx context.Context, code string, secret []byte, r wire.EnrolRequest) (wire.EnrolAnswer, error) {
	r.Invitation = find(code)
	server, err := c.server(ctx)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	if r.Proof, err = proveRequest(secret, server, r); err != nil {
		return wire.EnrolAnswer{}, err
	}
	answer, seen, err := c.post(ctx, "/v1/enrol", r)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	want, err := proveAnswer(secret, seen, r.Proof, answer)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	if !bytes.Equal(seen, server) || !hmac.Equal(want, answer.Proof) {
		return wire.EnrolAnswer{}, &fault{faultStranger, errors.New("headquarters does not prove that it knows the code")}
	}
	return answer, nil
}

// server is the certificate that headquarters shows.
func (c *call) server(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/v1/roots", nil)
	if err != nil {
		return nil, err
	}
	_, seen, err := c.do(req)
	return seen, err
}

func (c *call) post(ctx context.Context, path string, r wire.EnrolRequest) (wire.EnrolAnswer, []byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return wire.EnrolAnswer{}, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return wire.EnrolAnswer{}, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	text, seen, err := c.do(req)
	if err != nil {
		return wire.EnrolAnswer{}, nil, err
	}
	var answer wire.EnrolAnswer
	if err := json.Unmarshal(text, &answer); err != nil {
		return wire.EnrolAnswer{}, nil, fmt.Errorf("its answer is not an enrolment: %w", err)
	}
	return answer, seen, nil
}

// do gives an answer's body and the server's certificate; a refusal becomes *Refused.
func (c *call) do(req *http.Request) (body, server []byte, err error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("headquarters cannot be reached: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("its answer broke off: %w", err)
	case len(body) > maxAnswer:
		return nil, nil, fmt.Errorf("its answer is over %d bytes", maxAnswer)
	case res.StatusCode == http.StatusForbidden:
		var no wire.Refusal
		if err := json.Unmarshal(body, &no); err == nil && len(no.Reasons) > 0 {
			return nil, nil, refuse(no.Reasons...)
		}
		fallthrough
	case res.StatusCode != http.StatusOK:
		return nil, nil, fmt.Errorf("it answers %s", res.Status)
	}
	return body, res.TLS.PeerCertificates[0].Raw, nil
}

const maxAnswer = 256 << 10
