package doctor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"minglu/app/doctor"
	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/capture/key"
)

// bureau is an authority and a headquarters that answers.
type bureau struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
	server *httptest.Server
	status atomic.Int64
	ahead  atomic.Int64 // seconds of its clock before ours
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{t: t}
	b.status.Store(http.StatusOK)
	b.key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * 365 * time.Hour)}
	b.root = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, b.key.Public(), b.key))))
	b.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		date := time.Now().Add(time.Duration(b.ahead.Load()) * time.Second)
		w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
		w.WriteHeader(int(b.status.Load()))
	}))
	own := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	roots := x509.NewCertPool()
	roots.AddCert(b.root)
	b.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{b.issue("hq", own.Public(), time.Hour*24)}, PrivateKey: own}},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots}
	b.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.server.StartTLS()
	t.Cleanup(b.server.Close)
	return b
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (b *bureau) issue(name string, public any, life time.Duration) []byte {
	return must(x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageEmailProtection}}, b.root, public, b.key))
}

// room is an enrolled room on a machine that has everything.
func (b *bureau) room(code string, life time.Duration) doctor.Room {
	b.t.Helper()
	home, programs := b.t.TempDir(), b.t.TempDir()
	dir := filepath.Join(home, "keys")
	b.check(key.Create(dir, key.Plan{Room: code}))
	requests := must(key.Request(dir, code, nil))
	certify := func(der []byte) string {
		request := must(x509.ParseCertificateRequest(der))
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.issue(code, request.PublicKey, life)}))
	}
	_, hq, err := note.GenerateKey(rand.Reader, "minglu/hq/test")
	b.check(err)
	b.check(key.Install(dir, key.Issued{Sign: certify(requests.Sign), TLS: certify(requests.TLS), HQ: hq}, nil))
	b.check(os.WriteFile(filepath.Join(home, "root.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.root.Raw}), 0o600))
	b.check(settings.Room{V: 1, Room: "A3", Title: "第三约谈室", HQ: b.server.URL}.Save(durable.OS{}, home))
	for _, name := range []string{"minglu", "minglu-agent", "minglu-desk", "minglu-verify"} {
		b.check(os.WriteFile(filepath.Join(programs, name), nil, 0o755))
	}
	r := doctor.NewRoom(home, programs)
	r.Root = fullRoot()
	r.Getenv = func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] }
	r.Free = func(string) (int64, error) { return 500e9, nil }
	r.Kernel = func() doctor.Kernel {
		return doctor.Kernel{Known: true, Synchronised: true, MaxError: time.Millisecond}
	}
	return r
}

func (b *bureau) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// fullRoot is a file system with every library and a running input method.
func fullRoot() fstest.MapFS {
	root := fstest.MapFS{"proc/42/comm": {Data: []byte("fcitx5\n")}, "etc/ld.so.conf.d/x.conf": {Data: []byte("/opt/lib\n")}}
	for _, name := range []string{"libGL.so.1", "libX11.so.6", "libXcursor.so.1", "libXrandr.so.2", "libXinerama.so.1", "libXi.so.6",
		"libXxf86vm.so.1", "libpulse.so.0", "libEGL.so.1", "libGLESv2.so.2"} {
		root["opt/lib/"+name] = &fstest.MapFile{}
	}
	return root
}

func TestAHealthyRoomHasNothingToMend(t *testing.T) {
	r := newBureau(t).room("A3", 365*24*time.Hour)
	r.Vault = func(context.Context) (string, error) { return "3", nil }
	r.Outbox = func(context.Context) (string, error) { return "0", nil }
	r.Camera = func(context.Context) ([]doctor.Probe, error) {
		return []doctor.Probe{{Title: "C920", Width: 1280, Height: 720, FPS: 25}}, nil
	}
	r.Microphone = func(context.Context) ([]doctor.Probe, error) { return []doctor.Probe{{Title: "USB", PeakDB: -20}}, nil }
	got, tally := results(r.Checks(), i18n.ZH)
	if tally.Warn+tally.Fail+tally.Skipped > 0 || tally.OK != 18 {
		t.Errorf("got %+v", tally)
	}
	for name, result := range got {
		if result.State != doctor.OK || strings.Contains(result.Found, "{") || strings.Contains(result.Title, "doctor.") {
			t.Errorf("%s: %+v", name, result)
		}
	}
}

// Each thing that goes wrong is found by its own check, and what stands on it is skipped.
func TestEachFaultIsFoundByItsCheck(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("libraries and rights are looked at on Linux only")
	}
	b := newBureau(t)
	for name, fault := range map[string]struct {
		breaks        func(*doctor.Room)
		check, code   string
		state         doctor.State
		skippedBehind string
	}{
		"no settings":     {func(r *doctor.Room) { b.check(os.Remove(filepath.Join(r.Home, "room.json"))) }, "settings", "room.not_enrolled", doctor.Fail, "keys"},
		"bad settings":    {func(r *doctor.Room) { b.check(os.WriteFile(filepath.Join(r.Home, "room.json"), []byte("{}"), 0o600)) }, "settings", "file.faults", doctor.Fail, "hq_tls"},
		"no home":         {func(r *doctor.Room) { r.Home += "/none" }, "settings", "room.not_enrolled", doctor.Fail, "keys"},
		"program missing": {func(r *doctor.Room) { b.check(os.Remove(filepath.Join(r.Programs, "minglu-agent"))) }, "programs", "programs.missing", doctor.Fail, ""},
		"window missing":  {func(r *doctor.Room) { b.check(os.Remove(filepath.Join(r.Programs, "minglu-desk"))) }, "programs", "programs.no_window", doctor.Warn, ""},
		"no libraries":    {func(r *doctor.Room) { r.Root = fstest.MapFS{} }, "graphics", "graphics.missing", doctor.Warn, ""},
		"no sound":        {func(r *doctor.Room) { r.Root = fstest.MapFS{} }, "sound", "sound.missing", doctor.Fail, ""},
		"no input method": {func(r *doctor.Room) { r.Root = fstest.MapFS{} }, "input", "input.missing", doctor.Warn, ""},
		"no display":      {func(r *doctor.Room) { r.Getenv = func(string) string { return "" } }, "graphics", "graphics.no_display", doctor.Warn, ""},
		"disk full":       {func(r *doctor.Room) { r.Free = func(string) (int64, error) { return 5e8, nil } }, "disk", "disk.full", doctor.Fail, ""},
		"disk low":        {func(r *doctor.Room) { r.Free = func(string) (int64, error) { return 5e9, nil } }, "disk", "disk.low", doctor.Warn, ""},
		"no time service": {func(r *doctor.Room) {
			r.Kernel = func() doctor.Kernel { return doctor.Kernel{Known: true} }
		}, "clock", "clock.unsynchronised", doctor.Warn, ""},
		"clock lost":    {func(r *doctor.Room) { r.Now = func() time.Time { return time.Unix(0, 0) } }, "clock", "clock.absurd", doctor.Fail, ""},
		"key readable":  {func(r *doctor.Room) { b.check(os.Chmod(filepath.Join(r.Home, "keys/sign.key"), 0o644)) }, "keys", "keys.rights", doctor.Fail, "hq_tls"},
		"key missing":   {func(r *doctor.Room) { b.check(os.Remove(filepath.Join(r.Home, "keys/sign.key"))) }, "keys", "file.missing", doctor.Fail, "hq_health"},
		"expired":       {func(r *doctor.Room) { r.Now = func() time.Time { return time.Now().Add(400 * 24 * time.Hour) } }, "keys", "keys.expired", doctor.Fail, "hq_tls"},
		"expiring":      {func(r *doctor.Room) { r.Now = func() time.Time { return time.Now().Add(350 * 24 * time.Hour) } }, "keys", "keys.soon", doctor.Warn, ""},
		"not yet valid": {func(r *doctor.Room) { r.Now = func() time.Time { return time.Now().Add(-48 * time.Hour) } }, "keys", "keys.early", doctor.Fail, ""},
		"no root":       {func(r *doctor.Room) { b.check(os.Remove(filepath.Join(r.Home, "root.pem"))) }, "hq_tls", "hq_tls.no_roots", doctor.Fail, "hq_health"},
		"other root":    {func(r *doctor.Room) { *r = otherRoot(t, *r) }, "hq_tls", "tls.authority", doctor.Fail, "hq_offset"},
		"queue broken": {func(r *doctor.Room) {
			r.Outbox = func(context.Context) (string, error) { return "", errors.New("row 3") }
		}, "outbox", "unknown", doctor.Fail, ""},
		"no camera": {func(r *doctor.Room) { r.Camera = probes() }, "camera", "camera.none", doctor.Fail, ""},
		"no camera there": {func(r *doctor.Room) {
			r.Camera = probes(doctor.Probe{Code: "device.none", Fault: "find camera: none found"})
		}, "camera", "camera.none", doctor.Fail, ""},
		"camera fault": {func(r *doctor.Room) { r.Camera = probes(doctor.Probe{FPS: 25}, doctor.Probe{Fault: "busy"}) }, "camera", "camera.fault", doctor.Fail, ""},
		"camera slow":  {func(r *doctor.Room) { r.Camera = probes(doctor.Probe{FPS: 5}) }, "camera", "camera.slow", doctor.Warn, ""},
		"silent":       {func(r *doctor.Room) { r.Microphone = probes(doctor.Probe{PeakDB: -120}) }, "microphone", "microphone.silent", doctor.Warn, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.room("A3", 365*24*time.Hour)
			fault.breaks(&r)
			got, _ := results(r.Checks(), i18n.ZH)
			if c := got[fault.check]; c.State != fault.state || c.Code != fault.code || c.Do == "" {
				t.Errorf("got %+v; want %s %s", c, fault.state, fault.code)
			}
			if behind := fault.skippedBehind; behind != "" && got[behind].State != doctor.Skipped {
				t.Errorf("%s was not skipped: %+v", behind, got[behind])
			}
		})
	}
}

func probes(p ...doctor.Probe) func(context.Context) ([]doctor.Probe, error) {
	return func(context.Context) ([]doctor.Probe, error) { return p, nil }
}

// otherRoot gives the room the root of another bureau.
func otherRoot(t *testing.T, r doctor.Room) doctor.Room {
	other := newBureau(t)
	other.check(os.WriteFile(filepath.Join(r.Home, "root.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.root.Raw}), 0o600))
	return r
}

func TestHeadquartersFaultsAreToldApart(t *testing.T) {
	b := newBureau(t)
	look := func(r doctor.Room) map[string]doctor.Result {
		got, _ := results(r.Checks(), i18n.EN)
		return got
	}
	r := b.room("A3", 365*24*time.Hour)
	b.status.Store(http.StatusServiceUnavailable)
	if got := look(r)["hq_health"]; got.Code != "hq_health.status" || got.State != doctor.Fail {
		t.Errorf("unwell: got %+v", got)
	}
	b.status.Store(http.StatusOK)
	b.ahead.Store(3600)
	if got := look(r)["hq_offset"]; got.Code != "hq_offset.off" || got.State != doctor.Warn {
		t.Errorf("an hour apart: got %+v", got)
	}
	stranger := newBureau(t).room("A3", 365*24*time.Hour)
	for _, name := range []string{"root.pem", "room.json"} {
		b.check(os.WriteFile(filepath.Join(stranger.Home, name), must(os.ReadFile(filepath.Join(r.Home, name))), 0o600))
	}
	if got := look(stranger)["hq_health"]; got.Code != "tls.refused" || got.State != doctor.Fail {
		t.Errorf("certificate refused: got %+v", got)
	}
	b.server.Close()
	if got := look(r); got["hq_tcp"].Code != "net.refused" || got["hq_tls"].State != doctor.Skipped {
		t.Errorf("not running: got %+v", got["hq_tcp"])
	}
	if got := look(b.room("B7", time.Hour)); got["keys"].Code != "keys.room" {
		t.Errorf("another room's certificate: got %+v", got["keys"])
	}
}
