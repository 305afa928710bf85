package enrol

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"minglu/sync/wire"
)

// alphabet is Crockford's base 32: no I, L, O, U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// A code is 20 signs in fours: 3 to find the invitation by, 16 of secret (80 bits, too many to try), 1 to
// notice a slip of the finger. The secret never travels; both sides prove that they know it.
const (
	codeSigns = 20
	findSigns = 3
)

// newCode makes a code.
func newCode() (string, error) {
	b := make([]byte, codeSigns-1)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = alphabet[b[i]%32]
	}
	b = append(b, checkSign(b))
	var groups []string
	for i := 0; i < len(b); i += 4 {
		groups = append(groups, string(b[i:i+4]))
	}
	return strings.Join(groups, "-"), nil
}

// checkSign is Luhn's sum modulo 32: it notices one wrong sign and nearly every exchange of two neighbours.
func checkSign(signs []byte) byte {
	sum := 0
	for i := range signs {
		v := strings.IndexByte(alphabet, signs[len(signs)-1-i])
		if i%2 == 0 {
			v *= 2
		}
		sum += v/32 + v%32
	}
	return alphabet[(32-sum%32)%32]
}

// parseCode reads a code as people type it: small letters, any grouping, O for 0, I and L for 1.
func parseCode(typed string) (string, error) {
	r := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")
	code := r.Replace(strings.ToUpper(strings.TrimSpace(typed)))
	if len(code) != codeSigns {
		return "", fmt.Errorf("read code: it has %d signs; want %d", len(code), codeSigns)
	}
	for _, sign := range code {
		if !strings.ContainsRune(alphabet, sign) {
			return "", fmt.Errorf("read code: %q is no sign of a code", sign)
		}
	}
	if body := []byte(code[:codeSigns-1]); checkSign(body) != code[codeSigns-1] {
		return "", errors.New("read code: a sign is mistyped; compare it with the one from headquarters")
	}
	return code, nil
}

// find is the part of a code that names the invitation.
func find(code string) string { return code[:findSigns] }

// secretOf derives the key of both proofs.
func secretOf(code string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(code), nil, "minglu enrol v1", sha256.Size)
}

// proveRequest is the proof inside a request: it covers the request and the server's certificate, so that a
// server in between, with another certificate, cannot pass it on.
func proveRequest(secret, server []byte, r wire.EnrolRequest) ([]byte, error) {
	r.Proof = nil
	return prove(secret, "request", server, r)
}

// proveAnswer covers the answer, the request it answers and the server's certificate.
func proveAnswer(secret, server, request []byte, a wire.EnrolAnswer) ([]byte, error) {
	a.Proof = nil
	return prove(secret, "answer", append(append([]byte{}, server...), request...), a)
}

func prove(secret []byte, what string, bound []byte, message any) ([]byte, error) {
	text, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, secret)
	for _, part := range [][]byte{[]byte("minglu enrol " + what), bound, text} {
		sum := sha256.Sum256(part)
		mac.Write(sum[:])
	}
	return mac.Sum(nil), nil
}
