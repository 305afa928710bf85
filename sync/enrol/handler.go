package enrol

import (
	"encoding/json"
	"errors"
	"net/http"

	"minglu/sync/wire"
)

const maxRequest = 32 << 10

// Handler serves POST /v1/enrol and GET /v1/crl, /v1/roots to everybody, and POST /v1/renew to enrolled rooms.
func Handler(a *Authority) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/enrol", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(q wire.EnrolRequest) (wire.EnrolAnswer, error) { return a.Enrol(q, a.shown()) })
	})
	mux.HandleFunc("POST /v1/renew", func(w http.ResponseWriter, r *http.Request) {
		room, err := a.Room(r.TLS)
		if err != nil {
			sendError(w, err, wire.RefuseCertificate)
			return
		}
		answer(w, r, func(q wire.EnrolRequest) (wire.EnrolAnswer, error) { return a.Renew(room, q) })
	})
	mux.HandleFunc("GET /v1/crl", func(w http.ResponseWriter, _ *http.Request) {
		lists, err := a.RevocationLists()
		sendPEM(w, lists, err)
	})
	mux.HandleFunc("GET /v1/roots", func(w http.ResponseWriter, _ *http.Request) { sendPEM(w, a.RootsPEM(), nil) })
	return mux
}

func answer(w http.ResponseWriter, r *http.Request, by func(wire.EnrolRequest) (wire.EnrolAnswer, error)) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	d.DisallowUnknownFields()
	var q wire.EnrolRequest
	if err := d.Decode(&q); err != nil {
		sendError(w, refuse("the request is not the JSON that PROTOCOL.md describes"), wire.RefuseForm)
		return
	}
	got, err := by(q)
	if err != nil {
		sendError(w, err, wire.RefuseForm)
		return
	}
	send(w, http.StatusOK, got)
}

// sendError answers 403 with the reasons to a refusal; 500 to a fault of our own, whose cause is not the asker's.
func sendError(w http.ResponseWriter, err error, code string) {
	var refused *Refused
	if errors.As(err, &refused) {
		send(w, http.StatusForbidden, wire.Refusal{Code: code, Reasons: refused.Reasons})
		return
	}
	http.Error(w, "headquarters cannot answer now; try again", http.StatusInternalServerError)
}

func send(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "headquarters cannot answer now; try again", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil {
		return // the asker went away and will ask again
	}
}

func sendPEM(w http.ResponseWriter, text []byte, err error) {
	if err != nil {
		sendError(w, err, wire.RefuseForm)
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	if _, err := w.Write(text); err != nil {
		return // the asker went away and will ask again
	}
}
