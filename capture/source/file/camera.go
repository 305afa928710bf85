package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"minglu/capture/source"
	"minglu/capture/source/pace"
)

// camera shows a film in real time.
type camera struct {
	name     string
	closer   io.Closer
	film     film
	pool     *source.Pool
	pictures pace.Pictures
	position int64 // of the film: number of the next picture in the file
	once     sync.Once
	done     chan struct{}
}

func newCamera(name string, closer io.Closer, f film, o Options) *camera {
	width, height := f.size()
	return &camera{
		name: name, closer: closer, film: f, done: make(chan struct{}),
		pool:     source.NewPool(width, height, pace.Depth),
		pictures: pace.Pictures{Clock: o.Clock, Start: o.Start, Rate: f.rate()},
	}
}

func (c *camera) Info() source.Info {
	return source.Info{ID: "file:" + c.name, Title: filepath.Base(c.name)}
}

func (c *camera) Mode() source.Mode {
	width, height := c.film.size()
	return source.Mode{Width: width, Height: height, FPS: c.film.rate().PerSecond(), FullRange: c.film.fullRange()}
}

func (c *camera) Read(ctx context.Context) (source.Picture, error) {
	if c.pictures.Start == 0 {
		c.pictures.Start = c.pictures.Clock.Boot()
	}
	for {
		n, at, err := c.pictures.Next(ctx, c.done)
		if err != nil {
			return source.Picture{}, fmt.Errorf("read film: %w", err)
		}
		picture, err := c.take(n)
		if err == nil {
			picture.At = at
			return picture, nil
		}
		if !errors.Is(err, errNoPicture) {
			return source.Picture{}, fmt.Errorf("read picture %d of %s: %w", n, filepath.Base(c.name), ending(err))
		}
	}
}

// take winds the film to picture n and decodes it.
func (c *camera) take(n int64) (source.Picture, error) {
	for ; c.position < n; c.position++ {
		if err := c.film.skip(); err != nil {
			return source.Picture{}, err
		}
	}
	c.position++
	picture, release := c.pool.Borrow()
	if err := c.film.read(picture); err != nil {
		release()
		return source.Picture{}, err
	}
	return source.Picture{Seq: uint64(n), Image: picture, Release: release}, nil
}

func (c *camera) Close() error {
	var err error
	c.once.Do(func() {
		close(c.done)
		err = c.closer.Close()
	})
	return err
}

// ending makes the end of a file, also in the middle of something, the end of the source.
func ending(err error) error {
	if errors.Is(err, io.EOF) {
		return source.ErrEnd
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the file is cut off", source.ErrEnd)
	}
	return err
}
