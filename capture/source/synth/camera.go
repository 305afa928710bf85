// Package synth is a camera and a microphone made of arithmetic, for tests, demonstrations and practice rooms.
//
// What they show and play is a function of the boot clock alone, so any two of them are in step, whenever
// and in whatever process they were opened. The picture carries its count since the machine started as a
// strip of black and white squares (Cell) that survives H.264 at low bit rates, and a field that flashes at
// every whole second (Flash); the sound carries a beep at every whole second whose pitch tells the second
// (BeepHz) over a steady hum. Package synthtest reads both back from a finished file.
package synth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"minglu/capture/source"
	"minglu/capture/source/pace"
)

// Camera is a synthetic camera. Like hardware it takes pictures whether or not they are read.
type Camera struct {
	o        Options
	scene    *scene
	pool     *source.Pool
	pictures pace.Pictures
	first    int64 // number of the first picture after opening
	opened   time.Duration
	once     sync.Once
	done     chan struct{}
}

// OpenCamera starts a camera.
func OpenCamera(o Options) *Camera {
	now := o.Clock.Boot()
	c := &Camera{
		o: o, scene: newScene(o), opened: now, done: make(chan struct{}),
		pool: source.NewPool(o.Width, o.Height, pace.Depth),
		pictures: pace.Pictures{
			Clock: o.Clock, Start: now.Truncate(time.Second), Rate: pace.Rate{Num: int64(o.FPS), Den: 1},
		},
	}
	c.first = c.pictures.Skip()
	return c
}

// Info names the camera after what it shows.
func (c *Camera) Info() source.Info {
	return source.Info{
		ID:    fmt.Sprintf("synth:%dx%d@%d", c.o.Width, c.o.Height, c.o.FPS),
		Title: fmt.Sprintf("Synthetic camera %dx%d", c.o.Width, c.o.Height),
	}
}

// Mode is the camera's size and rate.
func (c *Camera) Mode() source.Mode {
	return source.Mode{Width: c.o.Width, Height: c.o.Height, FPS: c.o.FPS}
}

// Read waits for the next picture.
func (c *Camera) Read(ctx context.Context) (source.Picture, error) {
	for {
		n, at, err := c.pictures.Next(ctx, c.done)
		if err != nil {
			return source.Picture{}, fmt.Errorf("read synthetic camera: %w", err)
		}
		if c.o.Gone > 0 && at-c.opened >= c.o.Gone {
			return source.Picture{}, fmt.Errorf("read synthetic camera: %w", source.ErrLost)
		}
		seq := n - c.first
		if c.o.Drop > 0 && seq%int64(c.o.Drop) == int64(c.o.Drop)-1 {
			continue
		}
		picture, release := c.pool.Borrow()
		c.scene.draw(picture, n+int64(c.pictures.Start/time.Second)*int64(c.o.FPS))
		return source.Picture{At: at, Seq: uint64(seq), Image: picture, Release: release}, nil
	}
}

// Close stops the camera and ends a Read that waits.
func (c *Camera) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}
