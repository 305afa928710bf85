package rtsp_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"

	"minglu/capture/source/synth/synthtest"
)

// ipCamera is an RTSP server that passes on what ffmpeg publishes to it, as a camera in the network would
// send it. pass decides packet by packet; a test may delay or lose them there.
type ipCamera struct {
	server    *gortsplib.Server
	address   string
	published chan struct{}
	pass      func(*description.Media, *rtp.Packet, func(*rtp.Packet))

	mutex  sync.Mutex
	stream *gortsplib.ServerStream
}

func startCamera(t *testing.T) *ipCamera {
	t.Helper()
	c := &ipCamera{published: make(chan struct{})}
	c.pass = func(_ *description.Media, p *rtp.Packet, send func(*rtp.Packet)) { send(p) }
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.address = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	c.server = &gortsplib.Server{Handler: c, RTSPAddress: c.address}
	if err := c.server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.server.Close)
	return c
}

// publish lets ffmpeg send a clip over and over, with a tone as sound coded by args (none: no sound).
func (c *ipCamera) publish(t *testing.T, clip string, sound ...string) {
	t.Helper()
	synthtest.Require(t, "ffmpeg")
	args := []string{"-v", "error", "-re", "-stream_loop", "-1", "-i", clip}
	if len(sound) > 0 {
		args = append(args, "-re", "-f", "lavfi", "-i", "sine=1000:r=48000", "-map", "0:v", "-map", "1:a")
		args = append(args, sound...)
	}
	args = append(args, "-c:v", "copy", "-f", "rtsp", "-rtsp_transport", "tcp", "rtsp://"+c.address+"/live")
	var complaint bytes.Buffer
	cmd := exec.Command("ffmpeg", args...)
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // killed
	})
	select {
	case <-c.published:
	case <-time.After(10 * time.Second):
		t.Fatalf("ffmpeg published nothing: %s", complaint.Bytes())
	}
}

func (c *ipCamera) url(user string) string { return "rtsp://" + user + "@" + c.address + "/live" }

// clip finds real pictures of a webcam beside the repository.
func clip(t *testing.T) string {
	t.Helper()
	name := filepath.Join("..", "..", "..", "..", "shared", "clips", "walk.mkv")
	if _, err := os.Stat(name); err != nil {
		t.Skip("../shared/clips is absent; no real pictures to send")
	}
	return name
}

func (c *ipCamera) announce(d *description.Session) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.stream = &gortsplib.ServerStream{Server: c.server, Desc: d}
	return c.stream.Initialize()
}

func (c *ipCamera) OnAnnounce(ctx *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, c.announce(ctx.Description)
}

func (c *ipCamera) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return c.admit(ctx.Conn, ctx.Request)
}

func (c *ipCamera) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if ctx.Session.State() == gortsplib.ServerSessionStatePreRecord {
		return &base.Response{StatusCode: base.StatusOK}, nil, nil
	}
	return c.admit(ctx.Conn, ctx.Request)
}

func (c *ipCamera) admit(conn *gortsplib.ServerConn, request *base.Request) (*base.Response, *gortsplib.ServerStream, error) {
	if !conn.VerifyCredentials(request, "admin", "geheim") {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stream == nil {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, c.stream, nil
}

func (c *ipCamera) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (c *ipCamera) OnRecord(ctx *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	ctx.Session.OnPacketRTPAny(func(media *description.Media, _ format.Format, p *rtp.Packet) {
		c.pass(media, p, func(p *rtp.Packet) {
			c.stream.WritePacketRTP(media, p) // fails when the test has closed the server
		})
	})
	close(c.published)
	return &base.Response{StatusCode: base.StatusOK}, nil
}
