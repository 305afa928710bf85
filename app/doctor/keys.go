package doctor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"minglu/capture/evidence"
	"minglu/capture/key"
)

// renewBefore is how long before its end a certificate is to be renewed.
const renewBefore = 30 * 24 * time.Hour

func (v *visit) keys(context.Context) (f Finding) {
	dir := filepath.Join(v.Home, "keys")
	if open, found := readable(dir); found {
		return fail("keys.rights", "path", open)
	}
	keys, err := key.Open(dir, v.Open)
	if err != nil {
		return broken(err)
	}
	defer func() {
		if err := keys.Close(); err != nil && f.State == OK {
			f = broken(err)
		}
	}()
	leaf, err := keys.Certificate()
	if err != nil {
		return broken(err)
	}
	v.line.certificate = keys.TLS
	return v.judge(leaf, keys.Store)
}

// judge says whether the room's certificate is its own and will last.
func (v *visit) judge(leaf *evidence.Certificate, store string) Finding {
	values := []string{"until", leaf.NotAfter.Local().Format(time.DateOnly), "from", leaf.NotBefore.Local().Format(time.DateTime),
		"name", leaf.Name, "room", v.settings.Room}
	switch now := v.Now(); {
	case leaf.Name != v.settings.Room:
		return fail("keys.room", values...)
	case now.After(leaf.NotAfter):
		return fail("keys.expired", values...)
	case now.Before(leaf.NotBefore):
		return fail("keys.early", values...)
	case now.After(leaf.NotAfter.Add(-renewBefore)):
		return warn("keys.soon", values...)
	}
	if store != "file" {
		return ok("keys.token", values...)
	}
	return ok("keys.ok", values...)
}

// readable finds a private key that others than its owner may read.
func readable(dir string) (string, bool) {
	if runtime.GOOS == "windows" {
		return "", false
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.key"))
	for _, path := range files {
		if st, err := os.Stat(path); err == nil && st.Mode()&0o077 != 0 {
			return path, true
		}
	}
	return "", false
}
