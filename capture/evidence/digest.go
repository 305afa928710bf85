package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"github.com/emmansun/gmsm/sm3"
)

// Digests gives the SHA-256 and the SM3 (GB/T 32905) of p, both in hex.
func Digests(p []byte) (sha, sm string) {
	a, b := sha256.Sum256(p), sm3.Sum(p)
	return hex.EncodeToString(a[:]), hex.EncodeToString(b[:])
}

// FileSHA256 is the SHA-256 of a file of any size, in hex.
func FileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
