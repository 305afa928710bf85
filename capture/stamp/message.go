package stamp

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// policy is the authority's own: the time of headquarters' server clock. Its arc is the playpen for local use.
func policy() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 3161}
}

// request is TimeStampReq of RFC 3161.
type request struct {
	Version      int
	Imprint      imprint
	Policy       asn1.ObjectIdentifier `asn1:"optional"`
	Nonce        *big.Int              `asn1:"optional"`
	Certificates bool                  `asn1:"optional"`
	Extensions   []pkix.Extension      `asn1:"optional,tag:0"`
}

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

// response is TimeStampResp.
type response struct {
	Status status
	Token  asn1.RawValue `asn1:"optional"`
}

type status struct {
	Code    int
	Text    []asn1.RawValue `asn1:"optional"` // UTF8String
	Failure asn1.BitString  `asn1:"optional"`
}

// Codes of a response's status and bits of its failure.
const (
	granted             = 0
	grantedWithMods     = 1
	rejection           = 2
	badAlgorithm        = 0
	badFormat           = 5
	unacceptedPolicy    = 15
	unacceptedExtension = 16
)

var digests = []struct {
	oid  asn1.ObjectIdentifier
	name string
	size int
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, "SHA-256", 32},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, "SHA-384", 48},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, "SHA-512", 64},
	{asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}, "SM3", 32},
}

func digestOf(id pkix.AlgorithmIdentifier) (name string, size int, ok bool) {
	if p := id.Parameters.FullBytes; len(p) > 0 && !bytes.Equal(p, asn1.NullBytes) {
		return "", 0, false
	}
	for _, d := range digests {
		if d.oid.Equal(id.Algorithm) {
			return d.name, d.size, true
		}
	}
	return "", 0, false
}

func newQuery(digest [sha256.Size]byte, nonce *big.Int) ([]byte, error) {
	id := pkix.AlgorithmIdentifier{Algorithm: digests[0].oid}
	return asn1.Marshal(request{Version: 1, Imprint: imprint{id, digest[:]}, Nonce: nonce, Certificates: true})
}

func readQuery(der []byte) (request, error) {
	var q request
	rest, err := asn1.Unmarshal(der, &q)
	switch {
	case err != nil:
		return request{}, fmt.Errorf("read query: %w", err)
	case len(rest) > 0:
		return request{}, errors.New("read query: bytes follow its end")
	case q.Version != 1:
		return request{}, fmt.Errorf("read query: version %d; want 1", q.Version)
	}
	return q, nil
}

func grant(token []byte) ([]byte, error) {
	return asn1.Marshal(response{Status: status{Code: granted}, Token: asn1.RawValue{FullBytes: token}})
}

func refuse(bit int, why error) ([]byte, error) {
	failure := asn1.BitString{Bytes: make([]byte, bit/8+1), BitLength: bit + 1}
	failure.Bytes[bit/8] = 0x80 >> (bit % 8)
	text := asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(why.Error())}
	return asn1.Marshal(response{Status: status{Code: rejection, Text: []asn1.RawValue{text}, Failure: failure}})
}

// words are what the authority says about its status.
func (s status) words() string {
	var words []string
	for _, t := range s.Text {
		words = append(words, string(t.Bytes))
	}
	return strings.Join(words, "; ")
}

// openReply gives the token inside a response, or what the authority says against it.
func openReply(der []byte) ([]byte, error) {
	var r response
	rest, err := asn1.Unmarshal(der, &r)
	switch {
	case err != nil:
		return nil, fmt.Errorf("its answer is not a time-stamp response: %w", err)
	case len(rest) > 0:
		return nil, errors.New("its answer is not a time-stamp response: bytes follow its end")
	case r.Status.Code != granted && r.Status.Code != grantedWithMods:
		return nil, fmt.Errorf("it refuses (status %d): %.200q", r.Status.Code, r.Status.words())
	case len(r.Token.FullBytes) == 0:
		return nil, errors.New("its answer holds no token")
	}
	return r.Token.FullBytes, nil
}
