package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"minglu/app/doctor"
	"minglu/app/release"
	"minglu/capture/durable"
	"minglu/sync/offer"
)

// maxList bounds the lists that headquarters offers.
const maxList = 4 << 20

// bring copies headquarters' release into folder, and goes on where an earlier call was cut off. done says that
// this machine has that release already. The list's signature is judged before any file is asked for.
func bring(ctx context.Context, c *call, folder string) (done bool, err error) {
	config, url, err := doctor.NewRoom(c.home, "").Line()
	if err != nil {
		return false, err
	}
	transport := &http.Transport{TLSClientConfig: config, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	defer transport.CloseIdleConnections()
	taker := offer.Taker{Client: &http.Client{Transport: transport}, URL: url}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return false, err
	}
	for _, name := range []string{"SHA256SUMS", "SHA256SUMS.p7s"} {
		text, err := taker.Read(ctx, name, maxList)
		if errors.Is(err, offer.ErrNone) {
			return false, &coded{"update.none", err.Error()}
		}
		if err == nil {
			err = durable.WriteFile(durable.OS{}, filepath.Join(folder, name), text)
		}
		if err != nil {
			return false, err
		}
	}
	sums, err := release.CheckList(os.DirFS("/"), os.DirFS(folder), time.Now())
	if errors.Is(err, release.ErrNoAnchor) {
		return false, &coded{"update.first", err.Error()}
	}
	if err != nil {
		return false, &coded{"update.refused", err.Error()}
	}
	if same, err := offered(ctx, taker, sums, folder); same || err != nil {
		if same {
			c.say("update.current", "version", release.Version())
		}
		return same, err
	}
	c.say("update.bringing", "files", fmt.Sprint(len(sums)))
	return false, bringAll(ctx, taker, sums, folder)
}

// offered says whether the offer is the release of this program.
func offered(ctx context.Context, taker offer.Taker, sums map[string]string, folder string) (bool, error) {
	const about = "release.json"
	path := filepath.Join(folder, about)
	if err := taker.Bring(ctx, about, sums[about], path); err != nil {
		return false, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	var r struct {
		Version string `json:"version"`
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&r); err != nil {
		return false, &coded{"update.refused", about + ": " + err.Error()}
	}
	return r.Version == release.Version(), nil
}

// bringAll brings every listed file, and removes what an earlier release left in the folder.
func bringAll(ctx context.Context, taker offer.Taker, sums map[string]string, folder string) error {
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return &coded{"update.refused", fmt.Sprintf("the list names %q", name)}
		}
		if err := taker.Bring(ctx, name, sums[name], filepath.Join(folder, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if name = filepath.ToSlash(name); err != nil || sums[name] != "" || name == "SHA256SUMS" || name == "SHA256SUMS.p7s" {
			return err
		}
		return os.Remove(path)
	})
}
