package receive

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"minglu/capture/evidence"
	"minglu/sync/enrol"
	"minglu/sync/wire"
)

const (
	maxBody  = 4 << 20
	bodyTime = time.Minute
	// answerTime bounds a verification, which reads a whole package.
	answerTime = 30 * time.Minute
)

// Door is the desk's HTTP side. Everything about a room needs the room's certificate; the rest is public.
type Door struct {
	Desk *Desk
	// Admit answers the room a connection is from, whose certificate chain TLS has checked. What it refuses with
	// enrol.Refused is told to the room: unknown, revoked.
	Admit func(*tls.ConnectionState) (room string, err error)
	Log   *slog.Logger

	serving sync.WaitGroup // calls that may write
}

// Wait returns when no call is under way any more. The server has been shut down before.
func (o *Door) Wait() { o.serving.Wait() }

// Routes adds the calls to mux.
func (o *Door) Routes(mux *http.ServeMux) error {
	tus, err := o.Desk.parts()
	if err != nil {
		return err
	}
	mux.HandleFunc("PUT /v1/packages/{id}", o.Room(o.announce))
	mux.HandleFunc("POST /v1/packages/{id}/seal", o.Room(o.seal))
	mux.HandleFunc("GET /v1/packages/{id}/receipt", o.Room(o.receipt))
	mux.HandleFunc("POST /v1/receipts/audit", o.Room(o.audit))
	mux.HandleFunc(partsPath, func(w http.ResponseWriter, r *http.Request) {
		o.serving.Add(1)
		defer o.serving.Done()
		room, err := o.admit(r)
		if err != nil {
			o.answer(w, r, err, nil)
			return
		}
		serveParts(tus, room, w, r)
	})
	mux.HandleFunc("GET /v1/beacon", o.beacon)
	mux.HandleFunc("GET /v1/consistency", o.consistency)
	mux.HandleFunc("GET /v1/healthz", o.health)
	return nil
}

// admit answers whose request it is.
func (o *Door) admit(r *http.Request) (string, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || len(r.TLS.VerifiedChains) == 0 {
		return "", refuse(401, wire.RefuseCertificate, "this call needs the room's certificate")
	}
	room, err := o.Admit(r.TLS)
	var unwanted *enrol.Refused
	if errors.As(err, &unwanted) {
		return "", refuse(403, wire.RefuseCertificate, unwanted.Reasons...)
	}
	if err != nil {
		return "", err
	}
	if !evidence.IsRoom(room) {
		return "", refuse(403, wire.RefuseCertificate, "the certificate is not a room's")
	}
	return room, nil
}

// Call answers one request of an admitted room. A *Refused is told to the room as it is.
type Call func(room string, w http.ResponseWriter, r *http.Request) (any, error)

// Room serves a call with a small JSON body that needs a room's certificate.
func (o *Door) Room(do Call) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o.serving.Add(1)
		defer o.serving.Done()
		// A part sent on this connection before has left its own deadlines behind.
		line, now := http.NewResponseController(w), time.Now()
		if err := errors.Join(line.SetReadDeadline(now.Add(bodyTime)), line.SetWriteDeadline(now.Add(answerTime))); err != nil {
			o.Log.Warn("set deadline", "error", err)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		room, err := o.admit(r)
		var v any
		if err == nil {
			v, err = do(room, w, r)
		}
		o.answer(w, r, err, v)
	}
}

func (o *Door) announce(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	var a wire.Announcement
	if err := read(r, &a); err != nil {
		return nil, err
	}
	if a.ID != r.PathValue("id") {
		return nil, refuse(400, wire.RefuseForm, "the address names another recording than the announcement")
	}
	return o.Desk.Announce(r.Context(), room, a)
}

func (o *Door) seal(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	return o.Desk.Seal(r.Context(), room, r.PathValue("id"))
}

func (o *Door) receipt(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	return o.Desk.Receipt(r.Context(), room, r.PathValue("id"))
}

func (o *Door) audit(room string, _ http.ResponseWriter, r *http.Request) (any, error) {
	var a wire.Audit
	if err := read(r, &a); err != nil {
		return nil, err
	}
	return o.Desk.Audit(r.Context(), room, a)
}

func (o *Door) beacon(w http.ResponseWriter, r *http.Request) {
	b, err := o.Desk.Beacon()
	o.answer(w, r, err, b)
}

// consistency shows that the ledger only grew since a size the asker has seen.
func (o *Door) consistency(w http.ResponseWriter, r *http.Request) {
	from, err := strconv.ParseInt(r.FormValue("from"), 10, 64)
	if err != nil {
		o.answer(w, r, refuse(400, wire.RefuseForm, "from is not a number"), nil)
		return
	}
	c, err := o.Desk.Consistency(from)
	o.answer(w, r, err, c)
}

// Consistency proves that the present ledger only added to the one of size from.
func (d *Desk) Consistency(from int64) (wire.Consistency, error) {
	list := d.ledger(d.DB)
	c, err := list.Checkpoint()
	if err != nil {
		return wire.Consistency{}, err
	}
	if from < 1 || from > c.Tree.N {
		return wire.Consistency{}, refuse(400, wire.RefuseForm, "the ledger never had "+strconv.FormatInt(from, 10)+" entries, or not yet")
	}
	proof, err := list.Consistent(from, c.Tree.N)
	if err != nil {
		return wire.Consistency{}, err
	}
	answer := wire.Consistency{From: from, Hashes: []string{}, Note: string(c.Note)}
	for _, h := range proof {
		answer.Hashes = append(answer.Hashes, base64.StdEncoding.EncodeToString(h[:]))
	}
	return answer, nil
}

func (o *Door) health(w http.ResponseWriter, r *http.Request) {
	err := o.Desk.DB.PingContext(r.Context())
	if err == nil {
		err = o.Desk.space(0)
	}
	if errors.Is(err, errFull) {
		err = refuse(507, wire.RefuseFull, "no space left for parts")
	}
	o.answer(w, r, err, map[string]string{"hq_time": evidence.FormatTime(o.Desk.Now())})
}

// Read takes the one JSON value of a request's body; its errors are refusals.
func Read(r *http.Request, v any) error { return read(r, v) }

// read takes one JSON value of known members and nothing after it.
func read(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("something follows the value")
		}
	}
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLong):
		return refuse(413, wire.RefuseForm, "the body is over 4 MiB")
	}
	return refuse(400, wire.RefuseForm, "the body is not what this call takes: "+err.Error())
}

// answer writes the one answer of a call. What headquarters did wrong is logged, not told.
func (o *Door) answer(w http.ResponseWriter, r *http.Request, err error, v any) {
	var refused *Refused
	if err != nil && !errors.As(err, &refused) && !isNoSpace(err) {
		o.Log.Error("serve", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	answer(w, err, v)
}

func answer(w http.ResponseWriter, err error, v any) {
	status := http.StatusOK
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		status, v = refused.Status, refused.Refusal
	case isNoSpace(err):
		status, v = 507, refuse(507, wire.RefuseFull, "headquarters has no space left").Refusal
	case err != nil:
		status, v = 500, wire.Refusal{Code: "server", Reasons: []string{"headquarters could not do it; try again later"}}
	}
	if status == 507 {
		w.Header().Set("Retry-After", "300")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the asker may have gone; it asks again
}

// isNoSpace reports whether the disk, or the quota on it, is full.
func isNoSpace(err error) bool {
	return errors.Is(err, errFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
