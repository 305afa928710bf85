package receive

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	"golang.org/x/exp/slog"

	"minglu/sync/blob"
	"minglu/sync/wire"
)

const (
	partsPath = "/v1/parts/"
	// statusChecksum is tus' answer to bytes that are not those their digest names.
	statusChecksum = 460
	// deadLine is how long a request may deliver nothing before what came is kept and the line dropped.
	deadLine = 30 * time.Second
	lockWait = 10 * time.Second
	// patience is how long the holder of a part may go on after somebody else has asked for it.
	patience   = 2 * time.Second
	checksums  = "sha1,sha256"
	extensions = "creation,creation-with-upload,checksum"
)

// request is what the store must know of the HTTP request it serves.
type request struct {
	room   string
	length int64     // of the body, -1 when not told
	sum    hash.Hash // of the body, nil unless it came with a checksum
	want   []byte
}

type requestKey struct{}

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// parts serves tus 1.0 with creation and checksum. The upload id of a part is its SHA-256, so that creation
// may be repeated.
func (d *Desk) parts() (http.Handler, error) {
	composer := handler.NewStoreComposer()
	composer.UseCore(shelf{d})
	composer.UseLocker(patient{memorylocker.New()})
	tus, err := handler.NewHandler(handler.Config{
		StoreComposer: composer, BasePath: partsPath,
		DisableDownload: true, DisableTermination: true, DisableConcatenation: true,
		Cors:           &handler.CorsConfig{Disable: true},
		NetworkTimeout: deadLine, AcquireLockTimeout: lockWait,
		Logger:                  slog.New(silent{}),
		PreUploadCreateCallback: d.create,
	})
	if err != nil {
		return nil, fmt.Errorf("open parts: %w", err)
	}
	return http.StripPrefix(partsPath, tus), nil
}

// serveParts gives a request to tus with what the store must know of it.
func serveParts(tus http.Handler, room string, w http.ResponseWriter, r *http.Request) {
	r.Header.Del("X-HTTP-Method-Override")
	if r.Method == http.MethodOptions {
		h := w.Header()
		h.Set("Tus-Resumable", "1.0.0")
		h.Set("Tus-Version", "1.0.0")
		h.Set("Tus-Extension", extensions)
		h.Set("Tus-Checksum-Algorithm", checksums)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q := request{room: room, length: r.ContentLength}
	if header := r.Header.Get("Upload-Checksum"); header != "" {
		var err error
		if q.sum, q.want, err = parseChecksum(header); err != nil {
			answer(w, refuse(400, wire.RefuseForm, err.Error()), nil)
			return
		}
	}
	tus.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, q)))
}

func parseChecksum(header string) (hash.Hash, []byte, error) {
	algorithm, value, _ := strings.Cut(header, " ")
	want, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, nil, fmt.Errorf("Upload-Checksum: %w", err)
	}
	switch algorithm {
	case "sha256":
		return sha256.New(), want, nil
	case "sha1": // every tus server must know it; it finds broken lines, not forgers
		return sha1.New(), want, nil
	}
	return nil, nil, fmt.Errorf("Upload-Checksum: %.20q is not one of %s", algorithm, checksums)
}

// create names the upload by its digest. For a part that is here or under way it answers at once where it
// stands: tus would append a body sent along without asking.
func (d *Desk) create(hook handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	var none handler.HTTPResponse
	q := requestOf(hook.Context)
	digest, err := blob.ParseDigest(hook.Upload.MetaData["sha256"])
	if err != nil {
		return none, handler.FileInfoChanges{}, tusError(400, wire.RefuseForm, "Upload-Metadata must give sha256: "+err.Error())
	}
	u, err := d.stands(hook.Context, q.room, digest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return none, handler.FileInfoChanges{ID: digest.String(), MetaData: handler.MetaData{}}, nil
	case err != nil:
		return none, handler.FileInfoChanges{}, err
	case u.size != hook.Upload.Size:
		return none, handler.FileInfoChanges{}, tusError(400, wire.RefuseForm, fmt.Sprintf("the part has %d bytes, not %d", u.size, hook.Upload.Size))
	}
	there := handler.NewError("", "", http.StatusCreated) // an answer, not an error: tus knows no other way out
	there.HTTPResponse.Body = ""
	there.HTTPResponse.Header = handler.HTTPHeader{
		"Location": partsPath + digest.String(), "Upload-Offset": strconv.FormatInt(u.off, 10),
	}
	return none, handler.FileInfoChanges{}, there
}

// tusError is a refusal as tus passes it on.
func tusError(status int, code string, reasons ...string) handler.Error {
	body, err := json.Marshal(refuse(status, code, reasons...).Refusal)
	if err != nil {
		body = nil // strings always marshal
	}
	e := handler.NewError(code, strings.Join(reasons, "; "), status)
	e.HTTPResponse.Body = string(body)
	e.HTTPResponse.Header = handler.HTTPHeader{"Content-Type": "application/json"}
	if code == wire.RefuseFull {
		e.HTTPResponse.Header["Retry-After"] = "300"
	}
	return e
}

func full() error {
	return tusError(507, wire.RefuseFull, "headquarters has no space left; it is kept here until there is")
}

// stands answers how far a part has come: whole for every room, under way for the room that sends it.
func (d *Desk) stands(ctx context.Context, room string, digest blob.Digest) (draft, error) {
	info, err := d.Blobs.Stat(ctx, digest)
	if err == nil {
		return draft{room: room, digest: digest, size: info.Size, off: info.Size}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return draft{}, err
	}
	u, err := loadDraft(d.DB, room, digest)
	if err != nil || u.off < u.size {
		return u, err
	}
	// A crash came between the last byte and its naming. tus would not finish it again: the room has nothing
	// left to send.
	return u, d.finish(ctx, u)
}

// shelf is the desk as tus sees it.
type shelf struct{ desk *Desk }

var _ handler.DataStore = shelf{}

// NewUpload implements handler.DataStore.
func (s shelf) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	digest, err := blob.ParseDigest(info.ID)
	if err != nil {
		return nil, err
	}
	err = s.desk.space(info.Size)
	if errors.Is(err, errFull) {
		return nil, full()
	}
	if err != nil {
		return nil, err
	}
	u, err := s.desk.begin(ctx, draft{room: requestOf(ctx).room, digest: digest, size: info.Size})
	if err != nil {
		return nil, err
	}
	return &incoming{desk: s.desk, u: u}, nil
}

// GetUpload implements handler.DataStore.
func (s shelf) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	digest, err := blob.ParseDigest(id)
	if err != nil {
		return nil, handler.ErrNotFound
	}
	u, err := s.desk.stands(ctx, requestOf(ctx).room, digest)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, blob.ErrDigest):
		return nil, handler.ErrNotFound
	case err != nil:
		return nil, err
	}
	return &incoming{desk: s.desk, u: u}, nil
}

// incoming is one part as tus sees it during one request. The locker keeps others away from it.
type incoming struct {
	desk *Desk
	u    draft
}

// GetInfo implements handler.Upload.
func (i *incoming) GetInfo(context.Context) (handler.FileInfo, error) {
	return handler.FileInfo{ID: i.u.digest.String(), Size: i.u.size, Offset: i.u.off}, nil
}

// WriteChunk implements handler.Upload. The bytes it counts are durable.
func (i *incoming) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	u, err := loadDraft(i.desk.DB, i.u.room, i.u.digest)
	if err != nil || u.off != offset {
		return 0, errors.Join(handler.ErrMismatchOffset, err)
	}
	a, err := i.desk.arrive(ctx, u)
	if err != nil {
		return 0, i.say(err)
	}
	q := requestOf(ctx)
	err = a.take(ctx, src, q.sum)
	if err == nil && q.sum != nil && a.off-offset == q.length && !bytes.Equal(q.sum.Sum(nil), q.want) {
		// All of it came and it is not what was sent. Of a body that broke off, what came is kept: the digest
		// of the whole part decides.
		err = blob.ErrDigest
	} else if err == nil {
		err = a.save(ctx)
	}
	i.u = a.u
	return a.u.off - offset, i.say(errors.Join(err, a.file.Close()))
}

// say turns what went wrong into an answer of tus.
func (i *incoming) say(err error) error {
	switch {
	case errors.Is(err, blob.ErrDigest):
		return tusError(statusChecksum, "checksum", "these are not the bytes that the checksum names; ask for the offset and send again")
	case errors.Is(err, errFull), isNoSpace(err):
		return full()
	}
	return err
}

// FinishUpload implements handler.Upload.
func (i *incoming) FinishUpload(ctx context.Context) error {
	if i.u.hash == nil {
		return nil // it was whole before this request
	}
	return i.say(i.desk.finish(ctx, i.u))
}

// GetReader implements handler.Upload. Nobody reads evidence back through this door.
func (i *incoming) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// patient gives the holder of a part time before it has to let go. A room that comes back by a new line while
// its old one hangs waits that long; two clones of a room, which would cut each other off at every request
// and get nowhere, both get on.
type patient struct{ handler.Locker }

func (p patient) NewLock(id string) (handler.Lock, error) {
	lock, err := p.Locker.NewLock(id)
	return patientLock{lock}, err
}

type patientLock struct{ inner handler.Lock }

func (l patientLock) Lock(ctx context.Context, letGo func()) error {
	return l.inner.Lock(ctx, func() { time.AfterFunc(patience, letGo) })
}

func (l patientLock) Unlock() error { return l.inner.Unlock() }

// silent keeps tus from writing every request to standard error.
type silent struct{}

func (silent) Enabled(context.Context, slog.Level) bool  { return false }
func (silent) Handle(context.Context, slog.Record) error { return nil }
func (s silent) WithAttrs([]slog.Attr) slog.Handler      { return s }
func (s silent) WithGroup(string) slog.Handler           { return s }
