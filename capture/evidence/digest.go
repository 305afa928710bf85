package evidence

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/emmansun/gmsm/sm3"
)

// Digests gives the SHA-256 and the SM3 (GB/T 32905) of p, both in hex.
func Digests(p []byte) (sha, sm string) {
	a, b := sha256.Sum256(p), sm3.Sum(p)
	return hex.EncodeToString(a[:]), hex.EncodeToString(b[:])
}
