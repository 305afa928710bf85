package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"minglu/app/settings"
	"minglu/capture/key"
	"minglu/sync/facts"
	"minglu/sync/wire"
)

// tellTime is how long headquarters may take to hear.
const tellTime = 30 * time.Second

// Tell sends an examination to headquarters. It is a fact about a machine and no evidence: when it does not get
// through, the next one will.
func (r Room) Tell(ctx context.Context, e Examination) error {
	config, hq, err := r.Line()
	if err != nil {
		return err
	}
	text, err := json.Marshal(health(e))
	if err != nil {
		return err
	}
	return put(ctx, config, hq+wire.FactsPath+facts.Doctor, text)
}

// Line is how the room speaks to its headquarters: with its certificate, to the address in its settings.
func (r Room) Line() (config *tls.Config, hq string, err error) {
	s, err := settings.LoadRoom(r.Home)
	if err != nil {
		return nil, "", settingsFault(err)
	}
	keys, err := key.OpenLine(filepath.Join(r.Home, "keys"))
	if err != nil {
		return nil, "", err
	}
	certificate := keys.TLS
	if err := keys.Close(); err != nil {
		return nil, "", err
	}
	roots, err := os.ReadFile(filepath.Join(r.Home, "root.pem"))
	if err != nil {
		return nil, "", err
	}
	config, err = wire.ClientTLS(roots, certificate, r.Now)
	return config, s.HQ, err
}

// health is an examination as headquarters keeps it.
func health(e Examination) facts.Health {
	h := facts.Health{V: 1, At: e.At.UTC().Format(time.RFC3339), Version: e.Version}
	for _, r := range e.Results {
		h.Checks = append(h.Checks, facts.Check{Check: r.Check, State: string(r.State), Title: r.Title, Found: r.Found, Do: r.Do})
	}
	return h
}

func put(ctx context.Context, config *tls.Config, url string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("tell headquarters: it answers %s: %s", res.Status, said)
	}
	return err
}
