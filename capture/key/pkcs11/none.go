//go:build !cgo

package pkcs11

import (
	"errors"

	"minglu/capture/key"
)

// Open says that this program was built without cgo and cannot load a token's library.
func Open(key.URI, bool) (key.Held, error) {
	return nil, errors.New("open token: this program was built without cgo and cannot load a token's library")
}
