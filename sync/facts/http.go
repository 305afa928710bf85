package facts

import (
	"crypto/tls"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"minglu/sync/enrol"
	"minglu/sync/wire"
)

// Bounds of a request.
const (
	maxFact     = 256 << 10
	maxMeasured = 4 << 20
	bodyTime    = time.Minute
)

// Door takes facts in over HTTP. Every call needs the room's certificate.
type Door struct {
	DB    *sql.DB
	Admit func(*tls.ConnectionState) (room string, err error)
	Now   func() time.Time
	Log   *slog.Logger
}

// Routes adds the calls to mux.
func (o *Door) Routes(mux *http.ServeMux) {
	mux.HandleFunc("PUT "+wire.FactsPath+Doctor, o.room(o.doctor))
	mux.HandleFunc("POST "+wire.MeasurePath, o.room(o.measure))
}

type refusal struct {
	status int
	code   string
	why    string
}

func (r *refusal) Error() string { return r.why }

func (o *Door) room(do func(room string, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		line, end := http.NewResponseController(w), time.Now().Add(bodyTime)
		err := errors.Join(line.SetReadDeadline(end), line.SetWriteDeadline(end))
		var room string
		if err == nil {
			room, err = o.admit(r)
		}
		var answer any
		if err == nil {
			answer, err = do(room, r)
		}
		o.answer(w, answer, err)
	}
}

func (o *Door) admit(r *http.Request) (string, error) {
	room, err := o.Admit(r.TLS)
	var unwanted *enrol.Refused
	if errors.As(err, &unwanted) {
		return "", &refusal{http.StatusForbidden, wire.RefuseCertificate, unwanted.Error()}
	}
	return room, err
}

// doctor keeps what a room's doctor found.
func (o *Door) doctor(room string, r *http.Request) (any, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxFact))
	if err != nil {
		return nil, &refusal{http.StatusRequestEntityTooLarge, wire.RefuseForm, err.Error()}
	}
	if _, err := ParseHealth(body); err != nil {
		return nil, &refusal{http.StatusBadRequest, wire.RefuseForm, err.Error()}
	}
	now := o.Now()
	err = Put(r.Context(), o.DB, Fact{room, Doctor, now, body})
	return map[string]string{"received": now.UTC().Format(time.RFC3339)}, err
}

// measure takes bytes only to count them: a room learns what its line carries.
func (o *Door) measure(_ string, r *http.Request) (any, error) {
	n, err := io.Copy(io.Discard, http.MaxBytesReader(nil, r.Body, maxMeasured))
	if err != nil {
		return nil, &refusal{http.StatusRequestEntityTooLarge, wire.RefuseForm, err.Error()}
	}
	return map[string]int64{"bytes": n}, nil
}

func (o *Door) answer(w http.ResponseWriter, v any, err error) {
	status := http.StatusOK
	var no *refusal
	switch {
	case errors.As(err, &no):
		status, v = no.status, wire.Refusal{Code: no.code, Reasons: []string{no.why}}
	case err != nil:
		o.Log.Error("facts", "error", err)
		status, v = http.StatusInternalServerError, wire.Refusal{Reasons: []string{"headquarters could not keep it; say it again later"}}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		o.Log.Warn("answer", "error", err)
	}
}
