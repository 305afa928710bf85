// Package rtsptest is an IP camera for tests: a real RTSP server that sends what ffmpeg publishes to it.
package rtsptest

import (
	"bytes"
	"net"
	"os/exec"
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

// Camera is an RTSP server that passes on what ffmpeg publishes to it, as a camera in the network would send
// it. Its user is admin, the password geheim.
type Camera struct {
	Server  *gortsplib.Server
	Address string // host:port
	// Pass decides packet by packet; a test may delay or lose them there.
	Pass func(*description.Media, *rtp.Packet, func(*rtp.Packet))

	published chan struct{}
	mutex     sync.Mutex
	stream    *gortsplib.ServerStream
}

// Start starts a camera that has nothing to send yet.
func Start(t testing.TB) *Camera {
	t.Helper()
	c := &Camera{published: make(chan struct{})}
	c.Pass = func(_ *description.Media, p *rtp.Packet, send func(*rtp.Packet)) { send(p) }
	var err error
	for range 10 { // between finding a port free and taking it, another test may be quicker
		if c.Address, err = freeAddress(); err != nil {
			break
		}
		c.Server = &gortsplib.Server{Handler: c, RTSPAddress: c.Address}
		if err = c.Server.Start(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Server.Close)
	return c
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Publish lets ffmpeg send a clip's pictures over and over, with a tone as sound coded by args (none: no sound).
func (c *Camera) Publish(t testing.TB, clip string, sound ...string) {
	t.Helper()
	args := []string{"-re", "-stream_loop", "-1", "-i", clip}
	if len(sound) > 0 {
		args = append(args, "-re", "-f", "lavfi", "-i", "sine=1000:r=48000", "-map", "0:v", "-map", "1:a")
		args = append(args, sound...)
	}
	c.Send(t, append(args, "-c:v", "copy")...)
}

// Send lets ffmpeg send what its arguments, all but the output, name; it returns once packets flow.
func (c *Camera) Send(t testing.TB, args ...string) {
	t.Helper()
	synthtest.Require(t, "ffmpeg")
	args = append(append([]string{"-v", "error"}, args...), "-f", "rtsp", "-rtsp_transport", "tcp", "rtsp://"+c.Address+"/live")
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

// URL is the camera's address for a user and password, as USER:PASSWORD.
func (c *Camera) URL(user string) string { return "rtsp://" + user + "@" + c.Address + "/live" }

// Announce says what the camera has to send.
func (c *Camera) Announce(d *description.Session) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.stream = &gortsplib.ServerStream{Server: c.Server, Desc: d}
	return c.stream.Initialize()
}

// OnAnnounce is of gortsplib's server.
func (c *Camera) OnAnnounce(ctx *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, c.Announce(ctx.Description)
}

// OnDescribe is of gortsplib's server.
func (c *Camera) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return c.admit(ctx.Conn, ctx.Request)
}

// OnSetup is of gortsplib's server.
func (c *Camera) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if ctx.Session.State() == gortsplib.ServerSessionStatePreRecord {
		return &base.Response{StatusCode: base.StatusOK}, nil, nil
	}
	return c.admit(ctx.Conn, ctx.Request)
}

func (c *Camera) admit(conn *gortsplib.ServerConn, request *base.Request) (*base.Response, *gortsplib.ServerStream, error) {
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

// OnPlay is of gortsplib's server.
func (c *Camera) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// OnRecord is of gortsplib's server.
func (c *Camera) OnRecord(ctx *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	ctx.Session.OnPacketRTPAny(func(media *description.Media, _ format.Format, p *rtp.Packet) {
		c.Pass(media, p, func(p *rtp.Packet) {
			c.stream.WritePacketRTP(media, p) // fails when the test has closed the server
		})
	})
	close(c.published)
	return &base.Response{StatusCode: base.StatusOK}, nil
}
