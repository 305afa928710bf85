package proof_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/clock"
	"minglu/capture/source/synth"
)

// stage films the synthetic stage into files, faster than time passes: known content for others to record.
func stage(t *testing.T, length time.Duration) (y4m, wav string) {
	t.Helper()
	y4m, wav = filepath.Join(t.TempDir(), "stage.y4m"), filepath.Join(t.TempDir(), "stage.wav")
	write(t, y4m, func(w io.Writer) error { return film(t, w, length) })
	write(t, wav, func(w io.Writer) error { return tape(t, w, length) })
	return y4m, wav
}

func write(t *testing.T, path string, fill func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for _, step := range []func() error{func() error { return fill(w) }, w.Flush, f.Close} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// turned is a stage whose clock the caller turns.
func turned(t *testing.T) (o synth.Options, turn func(time.Duration)) {
	t.Helper()
	o, err := synth.ParseOptions("640x360@25")
	if err != nil {
		t.Fatal(err)
	}
	now := 1000 * time.Second
	o.Clock = clock.Clock{Now: time.Now, Boot: func() time.Duration { return now }}
	return o, func(d time.Duration) { now += d }
}

func film(t *testing.T, w io.Writer, length time.Duration) error {
	o, turn := turned(t)
	camera := synth.OpenCamera(o)
	defer camera.Close()
	if _, err := fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n", o.Width, o.Height); err != nil {
		return err
	}
	for range length / (40 * time.Millisecond) {
		turn(40 * time.Millisecond)
		picture, err := camera.Read(t.Context())
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, "FRAME\n"); err != nil {
			return err
		}
		if err := planes(w, picture.Image); err != nil {
			return err
		}
		picture.Release()
	}
	return nil
}

func planes(w io.Writer, img *image.YCbCr) error {
	b := img.Bounds()
	for _, p := range []struct {
		pix                   []byte
		stride, width, height int
	}{{img.Y, img.YStride, b.Dx(), b.Dy()}, {img.Cb, img.CStride, b.Dx() / 2, b.Dy() / 2}, {img.Cr, img.CStride, b.Dx() / 2, b.Dy() / 2}} {
		for y := range p.height {
			if _, err := w.Write(p.pix[y*p.stride:][:p.width]); err != nil {
				return err
			}
		}
	}
	return nil
}

func tape(t *testing.T, w io.Writer, length time.Duration) error {
	o, turn := turned(t)
	turn(40 * time.Millisecond) // a camera gives its first picture one interval after it was opened
	mic := synth.OpenMicrophone(o)
	defer mic.Close()
	samples := uint32(length * 48 / time.Millisecond)
	header := []any{[]byte("RIFF"), 36 + 2*samples, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(48000), uint32(96000),
		uint16(2), uint16(16), []byte("data"), 2 * samples}
	for _, v := range header {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			return err
		}
	}
	for samples > 0 {
		turn(10 * time.Millisecond)
		sound, err := mic.Read(t.Context())
		if err != nil {
			return err
		}
		n := min(samples, uint32(len(sound.Samples)))
		if err := binary.Write(w, binary.LittleEndian, sound.Samples[:n]); err != nil {
			return err
		}
		samples -= n
	}
	return nil
}
