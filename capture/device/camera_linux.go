package device

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"minglu/capture/clock"
	"minglu/capture/codec"
	"minglu/capture/source"
)

const (
	kernelBuffers = 4
	// stall is how long an open camera may send nothing; some need two seconds to find their exposure.
	stall = 4 * time.Second
	// glance is how often a waiting Read looks whether it is still wanted.
	glance = 100 * time.Millisecond
)

// camera reads a V4L2 device.
type camera struct {
	info   source.Info
	clock  clock.Clock
	mode   source.Mode
	format fourCC
	stride int
	jpeg   *codec.MJPEG // nil for raw pictures
	pool   *source.Pool

	mutex    sync.Mutex // held while the kernel's buffers are in use; Close waits for it
	node     node
	buffers  [][]byte
	began    bool
	sequence uint32 // of the last buffer
	seq      uint64

	once sync.Once
	done chan struct{}
}

func open(f found, o CameraOptions) (*camera, error) {
	n, err := openNode(f.path)
	if err != nil {
		return nil, err
	}
	c := &camera{info: f.info, clock: o.Clock, node: n, done: make(chan struct{})}
	if err := c.start(o, f.narrow); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// start chooses a format and switches the pictures on.
func (c *camera) start(o CameraOptions, narrow bool) error {
	choice, ok := choose(o, c.node.offers(o), narrow)
	if !ok {
		return errors.New("it offers no format that can be used")
	}
	p, fps, err := c.node.set(choice)
	if err != nil {
		return err
	}
	if p.format != choice.format {
		return fmt.Errorf("it offers %v and delivers %v", choice.format, p.format)
	}
	c.format, c.stride = p.format, int(p.stride)
	c.mode = source.Mode{
		Width: int(p.width) &^ 1, Height: int(p.height) &^ 1, FPS: int(max(1, fps+0.5)),
		FullRange: p.format.compressed() || p.quantization == fullRange || p.quantization == 0 && p.space == spaceJPEG,
	}
	c.pool = source.NewPool(c.mode.Width, c.mode.Height, kernelBuffers)
	if c.format.compressed() {
		if c.jpeg, err = codec.NewMJPEG(); err != nil {
			return err
		}
	}
	if c.buffers, err = c.node.queue(kernelBuffers); err != nil {
		return err
	}
	if err := c.node.stream(true); err != nil {
		return fmt.Errorf("start pictures: %w", err)
	}
	return nil
}

// Info names the camera.
func (c *camera) Info() source.Info { return c.info }

// Mode is what the driver agreed to.
func (c *camera) Mode() source.Mode { return c.mode }

// Read waits for the next whole picture. Those the driver marks as damaged are passed over; its sequence
// number tells.
func (c *camera) Read(ctx context.Context) (source.Picture, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	since := c.clock.Boot()
	for {
		if err := c.wait(ctx, since); err != nil {
			return source.Picture{}, fmt.Errorf("read camera %s: %w", c.info.Title, err)
		}
		b, err := c.node.take()
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EIO) { // EIO: a signal lost for the moment
			continue
		}
		if err != nil || int(b.index) >= len(c.buffers) {
			return source.Picture{}, fmt.Errorf("read camera %s: %w", c.info.Title, lost(err))
		}
		p, good := c.picture(b)
		if err := c.node.give(b); err != nil {
			if good {
				p.Release()
			}
			return source.Picture{}, fmt.Errorf("read camera %s: %w", c.info.Title, lost(err))
		}
		if good {
			return p, nil
		}
	}
}

// lost keeps the system's word for how a device was lost.
func lost(cause error) error {
	if cause == nil {
		return source.ErrLost
	}
	return fmt.Errorf("%w: %w", source.ErrLost, cause)
}

// wait polls until there is a buffer. A camera that has sent nothing good since is lost.
func (c *camera) wait(ctx context.Context, since time.Duration) error {
	for {
		select {
		case <-c.done:
			return os.ErrClosed
		default:
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.clock.Boot()-since > stall {
			return fmt.Errorf("%w: no picture for %v", source.ErrLost, stall)
		}
		poll := []unix.PollFd{{Fd: int32(c.node.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, int(glance/time.Millisecond))
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return lost(err)
		case n > 0 && poll[0].Revents&unix.POLLIN != 0:
			return nil
		case n > 0: // POLLERR, POLLHUP, POLLNVAL: unplugged, or the driver gave up
			return source.ErrLost
		}
	}
}

// picture copies or decodes what is in a buffer.
func (c *camera) picture(b buffer) (source.Picture, bool) {
	now := c.clock.Boot()
	if c.began {
		c.seq += uint64(b.sequence - c.sequence)
	}
	c.began, c.sequence = true, b.sequence
	if b.flags&flagError != 0 || b.used == 0 || int(b.used) > len(c.buffers[b.index]) {
		return source.Picture{}, false
	}
	picture, release := c.pool.Borrow()
	if c.decode(c.buffers[b.index][:b.used], picture) != nil {
		release()
		return source.Picture{}, false
	}
	return source.Picture{At: c.taken(b, now), Seq: c.seq, Image: picture, Release: release}, true
}

func (c *camera) decode(data []byte, into *image.YCbCr) error {
	if c.jpeg != nil {
		return c.jpeg.Decode(data, into)
	}
	return convert(c.format, data, c.stride, into)
}

// taken lays the driver's time stamp, which counts no sleep, onto the boot clock. Stamps that cannot be
// true are those of drivers that do not keep the rules; then it is now.
func (c *camera) taken(b buffer, now time.Duration) time.Duration {
	var mono unix.Timespec
	if b.flags&flagClocks != flagMonotonic || unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono) != nil {
		return now
	}
	age := time.Duration(mono.Nano() - b.stamp.Nano())
	if age < 0 || age > stall {
		return now
	}
	return now - age
}

// Close ends a Read that waits and gives everything back to the system.
func (c *camera) Close() error {
	var err error
	c.once.Do(func() {
		close(c.done)
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if len(c.buffers) > 0 {
			// An unplugged camera cannot be switched off.
			if off := c.node.stream(false); !errors.Is(off, unix.ENODEV) {
				err = off
			}
			err = errors.Join(err, unmap(c.buffers))
		}
		if c.jpeg != nil {
			err = errors.Join(err, c.jpeg.Close())
		}
		err = errors.Join(err, c.node.close())
	})
	return err
}
