package codec_test

import (
	"bufio"
	"fmt"
	"image"
	"io"
	"os"
	"testing"
	"time"

	"minglu/capture/codec"
)

// BenchmarkClip compresses the raw .y4m file named by MINGLU_CLIP at MINGLU_BITRATE and does nothing else: what
// recording it cannot cost less than. With MINGLU_PACE set, pictures come at the camera's pace.
func BenchmarkClip(b *testing.B) {
	name := os.Getenv("MINGLU_CLIP")
	if name == "" {
		b.Skip("MINGLU_CLIP names no raw clip")
	}
	var bitrate int
	if _, err := fmt.Sscan(os.Getenv("MINGLU_BITRATE"), &bitrate); err != nil {
		b.Fatalf("MINGLU_BITRATE: %v", err)
	}
	for range b.N {
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		compress(b, bufio.NewReaderSize(f, 1<<20), bitrate)
		f.Close()
	}
}

func compress(b *testing.B, r *bufio.Reader, bitrate int) {
	header, err := r.ReadString('\n')
	var w, h, fps int
	if _, bad := fmt.Sscanf(header, "YUV4MPEG2 W%d H%d F%d:1", &w, &h, &fps); err != nil || bad != nil {
		b.Fatalf("header %q: %v, %v", header, err, bad)
	}
	e := newH264(b, codec.H264Config{Width: w, Height: h, FPS: fps, Bitrate: bitrate, GOP: 2 * fps})
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	began, paced := time.Now(), os.Getenv("MINGLU_PACE") != ""
	for i := 0; ; i++ {
		if paced {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(fps))))
		}
		if _, err := r.ReadString('\n'); err == io.EOF {
			return
		}
		for _, plane := range [][]byte{img.Y, img.Cb, img.Cr} {
			if _, err := io.ReadFull(r, plane); err != nil {
				b.Fatal(err)
			}
		}
		if _, _, err := e.Encode(img, time.Duration(i)*time.Second/time.Duration(fps), false); err != nil {
			b.Fatal(err)
		}
	}
}
