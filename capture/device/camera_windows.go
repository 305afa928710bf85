package device

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	directshow "github.com/pion/mediadevices/pkg/driver/camera"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"minglu/capture/clock"
	"minglu/capture/source"
)

const (
	waiting = 4               // pictures that wait for a slow reader, as many as under Linux
	stall   = 4 * time.Second // without a picture, after which a camera is lost
	trial   = 15              // pictures from which the rate is measured: DirectShow does not tell it
)

// camera reads a DirectShow device through mediadevices, whose buffer must be emptied at once, always: a
// goroutine does nothing else.
type camera struct {
	info     source.Info
	clock    clock.Clock
	mode     source.Mode
	driver   driver.Driver
	reader   video.Reader
	pool     *source.Pool
	pictures chan source.Picture
	pump     sync.WaitGroup
	once     sync.Once
	done     chan struct{}
}

type found struct {
	info   source.Info
	driver driver.Driver
}

// cameras looks for the cameras anew.
func cameras() []found {
	directshow.Initialize()
	var all []found
	for _, d := range driver.GetManager().Query(driver.FilterVideoRecorder()) {
		i := d.Info()
		if i.Name == "" {
			i.Name = i.Label
		}
		all = append(all, found{source.Info{ID: i.Label, Title: i.Name}, d})
	}
	return all
}

func open(f found, o CameraOptions) (*camera, error) {
	c := &camera{
		info: f.info, driver: f.driver, clock: o.Clock,
		pictures: make(chan source.Picture, waiting), done: make(chan struct{}),
	}
	if err := c.start(o.filled()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// start chooses a format and switches the pictures on.
func (c *camera) start(o CameraOptions) error {
	if err := c.driver.Open(); err != nil {
		return err
	}
	var offers []offer
	properties := c.driver.Properties()
	for _, p := range properties {
		format := yuyv
		if p.FrameFormat == frame.FormatNV12 {
			format = nv12
		}
		offers = append(offers, offer{format, p.Width, p.Height, float64(o.FPS)})
	}
	choice, ok := choose(o, offers, true)
	if !ok {
		return errors.New("it offers no format that can be used")
	}
	wanted := prop.Media{Video: prop.Video{Width: choice.width, Height: choice.height, FrameFormat: frame.FormatYUY2}}
	if choice.format == nv12 {
		wanted.FrameFormat = frame.FormatNV12
	}
	recorder, ok := c.driver.(driver.VideoRecorder)
	if !ok {
		return errors.New("it is no camera")
	}
	var err error
	if c.reader, err = recorder.VideoRecord(wanted); err != nil {
		return err
	}
	c.mode = source.Mode{Width: choice.width, Height: choice.height}
	c.pool = source.NewPool(choice.width, choice.height, waiting)
	c.pump.Go(c.fetch)
	return c.measure()
}

// measure finds the rate from the first pictures.
func (c *camera) measure() error {
	var first, last time.Duration
	for i := range trial {
		p, err := c.Read(context.Background())
		if err != nil {
			return err
		}
		p.Release()
		if last = p.At; i == 0 {
			first = last
		}
	}
	c.mode.FPS = max(1, int((trial-1)/max(last-first, time.Millisecond).Seconds()+0.5))
	return nil
}

// fetch empties the driver's buffer into pictures of our own until the driver ends.
func (c *camera) fetch() {
	defer close(c.pictures)
	for seq := uint64(0); ; seq++ {
		img, release, err := c.reader.Read()
		if err != nil {
			return
		}
		at := c.clock.Boot()
		picture, back := c.pool.Borrow()
		good := repack(img, picture)
		release()
		if !good {
			back()
			continue
		}
		select {
		case c.pictures <- source.Picture{At: at, Seq: seq, Image: picture, Release: back}:
		default:
			back()
		}
	}
}

// repack copies a planar 4:2:0 or 4:2:2 picture into a 4:2:0 one; of 4:2:2 every other line of colour.
func repack(from image.Image, to *image.YCbCr) bool {
	img, ok := from.(*image.YCbCr)
	if !ok || img.Rect.Dx() != to.Rect.Dx() || img.Rect.Dy() != to.Rect.Dy() {
		return false
	}
	step := img.CStride
	if img.SubsampleRatio == image.YCbCrSubsampleRatio422 {
		step *= 2
	}
	width, height := to.Rect.Dx(), to.Rect.Dy()
	copyPlane(to.Y, to.YStride, img.Y, img.YStride, width, height)
	copyPlane(to.Cb, to.CStride, img.Cb, step, width/2, height/2)
	copyPlane(to.Cr, to.CStride, img.Cr, step, width/2, height/2)
	return true
}

// Info names the camera.
func (c *camera) Info() source.Info { return c.info }

// Mode is what was chosen, and the rate that was measured.
func (c *camera) Mode() source.Mode { return c.mode }

// Read waits for the next picture.
func (c *camera) Read(ctx context.Context) (source.Picture, error) {
	timer := time.NewTimer(stall)
	defer timer.Stop()
	err := source.ErrLost
	select {
	case p, ok := <-c.pictures:
		if ok {
			return p, nil
		}
	case <-timer.C:
	case <-c.done:
		err = os.ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	return source.Picture{}, fmt.Errorf("read camera %s: %w", c.info.Title, err)
}

// Close ends a Read that waits and gives the camera back.
func (c *camera) Close() error {
	var err error
	c.once.Do(func() {
		close(c.done)
		err = c.driver.Close() // ends the reader, and with it fetch
		c.pump.Wait()
	})
	return err
}
