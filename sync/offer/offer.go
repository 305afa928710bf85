// Package offer hands the organisation's signed release from headquarters to its rooms.
//
// Nothing here is trusted: the room judges the list's signature by the root that its own technician compared with
// the paper, and every file by that list.
package offer

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// fileTime is how long one file may take: the largest has 50 MB, and a line may carry 64 kB a second.
const fileTime = time.Hour

// Door gives a bundle's files to rooms. Every call needs the room's certificate.
type Door struct {
	Folder string // of the bundle; it need not be there
	Admit  func(*tls.ConnectionState) (room string, err error)
}

// Routes adds the call to mux.
func (d *Door) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+wire.ReleasePath+"{name...}", d.give)
}

func (d *Door) give(w http.ResponseWriter, r *http.Request) {
	if _, err := d.Admit(r.TLS); err != nil {
		http.Error(w, "a room's certificate is needed", http.StatusForbidden)
		return
	}
	line, end := http.NewResponseController(w), time.Now().Add(fileTime)
	if err := errors.Join(line.SetReadDeadline(end), line.SetWriteDeadline(end)); err != nil {
		http.Error(w, "headquarters cannot answer now; try again", http.StatusInternalServerError)
		return
	}
	f, err := os.OpenInRoot(d.Folder, filepath.FromSlash(r.PathValue("name")))
	if err != nil {
		http.Error(w, "headquarters offers no such file", http.StatusNotFound)
		return
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		http.Error(w, "headquarters offers no such file", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, f)
}

// ErrNone says that headquarters offers no release.
var ErrNone = errors.New("headquarters offers no release")

// Taker brings files of the offer.
type Taker struct {
	Client *http.Client
	URL    string // of headquarters
}

// Read brings a small file whole, at most most bytes.
func (t Taker) Read(ctx context.Context, name string, most int64) ([]byte, error) {
	body, err := t.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s has more than %d bytes", name, most)
	}
	return text, err
}

// Bring writes a file of the offer to path, if it is not there already with the digest sum, in hex. A file with
// another digest is never left there.
func (t Taker) Bring(ctx context.Context, name, sum, path string) error {
	if have, err := evidence.FileSHA256(path); err == nil && have == sum {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	body, err := t.open(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	draft := path + ".part"
	f, err := os.Create(draft)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), body)
	err = errors.Join(err, f.Sync(), f.Close())
	if got := hex.EncodeToString(h.Sum(nil)); err == nil && got != sum {
		err = fmt.Errorf("%s came with the digest %s; the signed list says %s", name, got, sum)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Rename(draft, path)
}

func (t Taker) open(ctx context.Context, name string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL+wire.ReleasePath+name, nil)
	if err != nil {
		return nil, err
	}
	res, err := t.Client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	said, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	err = errors.Join(err, res.Body.Close())
	if res.StatusCode == http.StatusNotFound {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrNone, name), err)
	}
	return nil, errors.Join(fmt.Errorf("bring %s: headquarters answers %s: %s", name, res.Status, said), err)
}
