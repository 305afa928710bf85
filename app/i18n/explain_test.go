package i18n_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"minglu/app/i18n"
	"minglu/app/settings"
	"minglu/capture/attach"
	"minglu/capture/key"
	"minglu/capture/source"
	"minglu/capture/transcript"
	"minglu/sync/enrol"
	"minglu/sync/outbox"
	"minglu/sync/upload"
)

type coded struct{}

func (coded) Error() string     { return "the queue waits" }
func (coded) FaultCode() string { return "net.slow" }

func TestErrorsAreRecognisedThroughTheirWrapping(t *testing.T) {
	for want, err := range map[string]error{
		"room.not_enrolled":  fmt.Errorf("open keys: %w", key.ErrNotEnrolled),
		"agent.absent":       fmt.Errorf("ask: %w", attach.ErrNoAgent),
		"source.lost":        fmt.Errorf("read camera: %w", source.ErrLost),
		"transcript.signed":  errors.Join(errors.New("x"), transcript.ErrSigned),
		"disk.full":          &os.PathError{Op: "write", Path: "/v", Err: syscall.ENOSPC},
		"disk.readonly":      &os.PathError{Op: "open", Path: "/v", Err: syscall.EROFS},
		"disk.broken":        &os.PathError{Op: "read", Path: "/v", Err: syscall.EIO},
		"file.missing":       &os.PathError{Op: "open", Path: "/v", Err: syscall.ENOENT},
		"file.rights":        &os.PathError{Op: "open", Path: "/v", Err: syscall.EACCES},
		"net.refused":        &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"net.unreachable":    &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)},
		"net.cut":            &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
		"net.name":           &net.DNSError{Name: "hq.example", IsNotFound: true},
		"net.slow":           fmt.Errorf("ask: %w", context.DeadlineExceeded),
		"stopped":            context.Canceled,
		"tls.refused":        &net.OpError{Op: "remote error", Err: tls.AlertError(42)},
		"tls.plain":          tls.RecordHeaderError{Msg: "not TLS"},
		"tls.expired":        &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
		"unknown":            errors.New("moon"),
		"disk.slow_on_agent": &attach.Refused{Code: "disk.slow_on_agent", Detail: "x"},
	} {
		if got := i18n.FaultCode(err); got != want {
			t.Errorf("%v: got %s; want %s", err, got, want)
		}
	}
	if got := i18n.FaultCode(fmt.Errorf("send: %w", coded{})); got != "net.slow" {
		t.Errorf("got %s for an error that names its code", got)
	}
}

func TestARealTLSFaultIsRecognised(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	get := func(url string, config *tls.Config) error {
		client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}
		res, err := client.Get(url)
		if err == nil {
			err = errors.Join(errors.New("no fault"), res.Body.Close())
		}
		return err
	}
	if got := i18n.FaultCode(get(server.URL, nil)); got != "tls.authority" {
		t.Errorf("unknown authority: got %s", got)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if got := i18n.FaultCode(get(server.URL, &tls.Config{RootCAs: roots, ServerName: "other.test"})); got != "tls.name" {
		t.Errorf("another name: got %s", got)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	if got := i18n.FaultCode(get(strings.Replace(plain.URL, "http:", "https:", 1), nil)); got != "tls.plain" {
		t.Errorf("no TLS: got %s", got)
	}
}

func TestAFaultyFileIsExplainedFaultByFault(t *testing.T) {
	_, err := settings.ParseRoom("room.json", []byte("{\"v\":1,\n\"room\":\"x\",\"title\":\"t\",\"org\":\"o\",\n\"hq\":\"ftp://h\",\"colour\":1}"))
	got := i18n.Explain(err, i18n.ZH)
	want := "文件中有错误，未予采用。请按下列各项改正后重试。 [file.faults]\n  room.json 第 3 行：不认识的项目 colour"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	_, err = settings.ParseRoom("room.json", []byte("{\"v\":1,\n\"room\":\"x\",\"title\":\"t\",\"org\":\"o\",\n\"hq\":\"ftp://h\"}"))
	english := i18n.Explain(err, i18n.EN).String()
	for _, want := range []string{`room.json line 2: room is wrong: "x" (want [A-Z0-9]{1,16})`, "room.json line 3: hq is wrong (want https://HOST)"} {
		if !strings.Contains(english, want) {
			t.Errorf("no %q in\n%s", want, english)
		}
	}
}

func TestATranscriptInAnotherEncodingSaysWhatToDo(t *testing.T) {
	_, err := transcript.Parse("talk.txt", strings.NewReader("\xce\xca\xa3\xba\xc4\xe3\xba\xc3"))
	got := i18n.Explain(err, i18n.ZH).String()
	want := "文件不是 UTF-8 文本。请用编辑器打开，另存为“UTF-8”编码后重试。 [file.encoding]\n  talk.txt 第 1 行第 1 字节：不是 UTF-8：CE GB18030"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAMissingFileIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	_, err := os.ReadFile(path)
	if got := i18n.Explain(err, i18n.EN); got.What != "The file "+path+" is not there." || got.Do == "" || len(got.Detail) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestACodeWithoutWordsIsStillExplained(t *testing.T) {
	got := i18n.Explain(&attach.Refused{Code: "new.code", Detail: "something"}, i18n.EN)
	if got.Code != "new.code" || got.What == "" || got.Detail[0] != "something" {
		t.Errorf("got %+v", got)
	}
}

func TestFaultsOfTheLineAndOfAnEnrolmentAreExplained(t *testing.T) {
	for want, err := range map[string]error{
		"cause.full":    fmt.Errorf("send: %w", &upload.Fault{Cause: outbox.CauseFull, Why: "507"}),
		"enrol.refused": fmt.Errorf("enrol: %w", &enrol.Refused{Reasons: []string{"this code expired"}}),
		"enrol.code":    join(t, enrol.Invitation{Code: "0000-0000-0000-0000-0001"}),
		"enrol.address": join(t, enrol.Invitation{Code: "0000-0000-0000-0000-0000", URL: "https://hq.test", Fingerprint: "sha256:12"}),
	} {
		got := i18n.Explain(err, i18n.EN)
		if unknown := i18n.Say(i18n.EN, "error.unknown"); got.Code != want || got.What == unknown || got.Do == "" {
			t.Errorf("%v: got %+v; want %s", err, got, want)
		}
	}
}

func join(t *testing.T, inv enrol.Invitation) error {
	t.Helper()
	inv.Home = t.TempDir()
	_, err := enrol.Join(t.Context(), inv)
	return err
}
