package codec_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os/exec"
	"testing"
	"time"

	"minglu/capture/codec"
)

// photo is a JPEG of a test picture with the given pixel format of ffmpeg's.
func photo(t testing.TB, size, format string) []byte {
	t.Helper()
	out, err := exec.Command(tool(t, "ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc=s="+size, "-pix_fmt", format,
		"-frames:v", "1", "-huffman", "default", "-f", "mjpeg", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func greyPhoto(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = byte(i*i/999 + i/width)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func newMJPEG(t testing.TB) *codec.MJPEG {
	t.Helper()
	d, err := codec.NewMJPEG()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func picture(width, height int) *image.YCbCr {
	return image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
}

// far gives the largest and the mean difference of two planes.
func far(a, b []byte) (most int, mean float64) {
	for i := range a {
		d := int(a[i]) - int(b[i])
		if d < 0 {
			d = -d
		}
		most = max(most, d)
		mean += float64(d) / float64(len(a))
	}
	return most, mean
}

func TestCameraPicturesOpenAsTheStandardLibraryOpensThem(t *testing.T) {
	d := newMJPEG(t)
	for _, format := range []string{"yuvj420p", "yuvj422p", "yuvj444p", "gray"} {
		b := photo(t, "322x182", format)
		if format == "gray" {
			b = greyPhoto(t, 322, 182)
		}
		got := picture(322, 182)
		if err := d.Decode(b, got); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		want := picture(322, 182)
		for y := range 182 {
			for x := range 322 {
				switch img := img.(type) {
				case *image.Gray:
					want.Y[want.YOffset(x, y)] = img.GrayAt(x, y).Y
					want.Cb[want.COffset(x, y)], want.Cr[want.COffset(x, y)] = 128, 128
				case *image.YCbCr:
					c := img.YCbCrAt(x, y)
					want.Y[want.YOffset(x, y)] = c.Y
					want.Cb[want.COffset(x, y)], want.Cr[want.COffset(x, y)] = c.Cb, c.Cr
				}
			}
		}
		if most, _ := far(got.Y, want.Y); most > 3 {
			t.Errorf("%s: luma is off by up to %d", format, most)
		}
		// Where subsampling is reduced the last column and line of each square stand in above.
		for _, p := range [][2][]byte{{got.Cb, want.Cb}, {got.Cr, want.Cr}} {
			if _, mean := far(p[0], p[1]); mean > 4 {
				t.Errorf("%s: colour is off by %.2f", format, mean)
			}
		}
	}
}

func TestAPictureWithoutHuffmanTablesOpens(t *testing.T) {
	whole := photo(t, "320x180", "yuvj422p")
	want, got := picture(320, 180), picture(320, 180)
	d := newMJPEG(t)
	if err := d.Decode(whole, want); err != nil {
		t.Fatal(err)
	}
	bare := bytes.Clone(whole)
	for {
		i := bytes.Index(bare, []byte{0xff, 0xc4})
		if i < 0 {
			break
		}
		bare = append(bare[:i], bare[i+2+int(bare[i+2])<<8+int(bare[i+3]):]...)
	}
	if len(bare) >= len(whole) {
		t.Fatal("the test's picture has no tables to leave out")
	}
	if err := d.Decode(bare, got); err != nil || !bytes.Equal(got.Y, want.Y) {
		t.Errorf("it opens differently: %v", err)
	}
}

func TestADamagedPictureIsAnErrorAndTheNextOneOpens(t *testing.T) {
	whole := photo(t, "320x180", "yuvj422p")
	d := newMJPEG(t)
	into := picture(320, 180)
	for n := 0; n < len(whole)-2; n += 1 + len(whole)/200 {
		if err := d.Decode(whole[:n], into); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a picture", n, len(whole))
		}
		if err := d.Decode(whole, into); err != nil {
			t.Fatalf("after a picture cut at %d: %v", n, err)
		}
	}
	if err := d.Decode(whole, picture(322, 180)); err == nil {
		t.Error("a picture of another size was accepted")
	}
}

func TestStrayBytesBetweenSegmentsHarmNothing(t *testing.T) {
	whole := photo(t, "320x180", "yuvj422p")
	end := len(whole) - 2
	stray := append(append(bytes.Clone(whole[:end]), 0, 0, 0, 0), whole[end:]...)
	padded := append(bytes.Clone(whole), make([]byte, 500)...)
	d := newMJPEG(t)
	for name, b := range map[string][]byte{"stray": stray, "padded": padded} {
		if err := d.Decode(b, picture(320, 180)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpeningAPictureNeverPanics(f *testing.F) {
	whole := photo(f, "32x32", "yuvj422p")
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		newMJPEG(t).Decode(b, picture(32, 32))
	})
}

func TestOpeningCameraPicturesCostsAThirdOfTheStandardLibrary(t *testing.T) {
	if _, err := codec.NewH264(codec.H264Config{}); testing.Short() || errors.Is(err, codec.ErrAbsent) {
		t.Skip("measures the C library's time")
	}
	b := photo(t, "1280x720", "yuvj422p")
	d := newMJPEG(t)
	into := picture(1280, 720)
	fastest := func(open func() error) time.Duration {
		best := time.Hour
		for range 10 {
			start := time.Now()
			if err := open(); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	ours := fastest(func() error { return d.Decode(b, into) })
	theirs := fastest(func() error { _, err := jpeg.Decode(bytes.NewReader(b)); return err })
	t.Logf("%v against %v: %.2f", ours, theirs, float64(ours)/float64(theirs))
	if float64(ours) > 0.35*float64(theirs) {
		t.Errorf("%v against %v", ours, theirs)
	}
}

func BenchmarkMJPEG720p(b *testing.B) {
	data := photo(b, "1280x720", "yuvj422p")
	d := newMJPEG(b)
	into := picture(1280, 720)
	for range b.N {
		if err := d.Decode(data, into); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImageJPEG720p(b *testing.B) {
	data := photo(b, "1280x720", "yuvj422p")
	for range b.N {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
