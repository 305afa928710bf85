// Package stamp asks for trusted timestamps and, at headquarters, grants them: RFC 3161 over HTTP.
package stamp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"minglu/capture/evidence"
)

const (
	queryType = "application/timestamp-query"
	replyType = "application/timestamp-reply"
	maxQuery  = 4 << 10
	maxReply  = evidence.MaxCMS
)

// Client asks a time authority: headquarters' /v1/tsa, or any other that speaks RFC 3161 over HTTP.
type Client struct {
	URL  string
	HTTP *http.Client // its own, with time-outs and, for headquarters, its TLS roots
}

// Stamp gives a token over digest. The answer is verified before it is given back: it holds our nonce and our
// digest, and its signature fits. Whether the authority is trusted is judged with the package.
func (c Client) Stamp(ctx context.Context, digest [sha256.Size]byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("ask for time stamp: %w", err)
	}
	query, err := newQuery(digest, nonce)
	if err != nil {
		return nil, fmt.Errorf("ask for time stamp: %w", err)
	}
	reply, err := c.post(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("ask %s for a time stamp: %w", c.URL, err)
	}
	token, err := openReply(reply)
	if err != nil {
		return nil, fmt.Errorf("ask %s for a time stamp: %w", c.URL, err)
	}
	t, err := evidence.VerifyToken(token, digest)
	if err != nil {
		return nil, fmt.Errorf("ask %s for a time stamp: %w", c.URL, err)
	}
	if t.Nonce == nil || t.Nonce.Cmp(nonce) != 0 {
		return nil, fmt.Errorf("ask %s for a time stamp: the answer is to another question (nonce)", c.URL)
	}
	return token, nil
}

func (c Client) post(ctx context.Context, query []byte) (_ []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", queryType)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("it cannot be reached: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", res.Status)
	}
	reply, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("its answer broke off: %w", err)
	case len(reply) > maxReply:
		return nil, fmt.Errorf("its answer is over %d bytes", maxReply)
	}
	return reply, nil
}

// Authority grants time stamps. It is an http.Handler for POST of application/timestamp-query.
type Authority struct {
	P256 evidence.Signer // answers SHA-256, SHA-384 and SHA-512
	SM2  evidence.Signer // answers SM3; nil refuses it
	Now  func() time.Time
}

// ServeHTTP answers one query. A query that is understood and refused is answered with 200 and the refusal
// inside, as RFC 3161 has it.
func (a Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "send a time-stamp query by POST", http.StatusMethodNotAllowed)
		return
	}
	if r.Header.Get("Content-Type") != queryType {
		http.Error(w, "send "+queryType, http.StatusUnsupportedMediaType)
		return
	}
	query, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuery))
	if err != nil {
		http.Error(w, "the query is too long or broke off", http.StatusBadRequest)
		return
	}
	reply, err := a.Answer(query)
	if err != nil {
		http.Error(w, "the time authority cannot sign", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", replyType)
	if _, err := w.Write(reply); err != nil {
		return // the asker went away and will ask again
	}
}

// Answer gives the DER TimeStampResp to a DER TimeStampReq. Its error means that the key failed.
func (a Authority) Answer(query []byte) ([]byte, error) {
	q, err := readQuery(query)
	if err != nil {
		return refuse(badFormat, err)
	}
	hash, size, ok := digestOf(q.Imprint.Algorithm)
	signer := a.P256
	if hash == "SM3" {
		signer = a.SM2
	}
	switch {
	case !ok || signer == nil:
		return refuse(badAlgorithm, fmt.Errorf("digest %v is not served", q.Imprint.Algorithm.Algorithm))
	case len(q.Imprint.Digest) != size:
		return refuse(badFormat, fmt.Errorf("a %s digest has %d bytes, not %d", hash, size, len(q.Imprint.Digest)))
	case len(q.Policy) > 0 && !q.Policy.Equal(policy()):
		return refuse(unacceptedPolicy, fmt.Errorf("policy %v is not served", q.Policy))
	case len(q.Extensions) > 0:
		return refuse(unacceptedExtension, fmt.Errorf("extension %v is not served", q.Extensions[0].Id))
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159)) // unique without a counter on disk
	if err != nil {
		return nil, err
	}
	token, err := evidence.SignToken(signer, evidence.TokenRequest{
		Hash: hash, Digest: q.Imprint.Digest, Nonce: q.Nonce, Serial: serial.Add(serial, big.NewInt(1)),
		Time: a.Now(), Policy: policy(), Bare: !q.Certificates,
	})
	if err != nil {
		return nil, err
	}
	return grant(token)
}
