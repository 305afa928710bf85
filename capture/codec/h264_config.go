package codec

import "fmt"

// H264Config is what pictures are compressed to.
type H264Config struct {
	Width, Height int  // even, 16 to 3840 and 16 to 2160
	FPS           int  // 1 to 60
	Bitrate       int  // bits per second
	GOP           int  // pictures from key picture to key picture
	FullRange     bool // samples run from 0 to 255, as those of MJPEG cameras do
}

func (c H264Config) check() error {
	switch {
	case c.Width < 16 || c.Width > 3840 || c.Height < 16 || c.Height > 2160 || c.Width%2+c.Height%2 != 0:
		return fmt.Errorf("pictures of %dx%d", c.Width, c.Height)
	case c.FPS < 1 || c.FPS > 60:
		return fmt.Errorf("%d pictures a second", c.FPS)
	case c.Bitrate < 10_000 || c.Bitrate > 100_000_000:
		return fmt.Errorf("%d bits a second", c.Bitrate)
	case c.GOP < 1 || c.GOP > 10_000:
		return fmt.Errorf("a key picture every %d", c.GOP)
	}
	return nil
}
