package device_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"minglu/capture/clock"
	"minglu/capture/device"
	"minglu/capture/source"
)

// The tests in this file need the kernel's test devices: modprobe vivid n_devs=1 node_types=0x1, modprobe
// snd-aloop. A machine without them, as most are, skips; `go run ./installer/dev qemu` has them.

// openVivid opens the kernel's test camera.
func openVivid(t *testing.T, o device.CameraOptions) source.Camera {
	t.Helper()
	cameras, _, err := device.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cameras {
		if c.Title == "vivid" {
			o.Clock = clock.System()
			camera, err := device.OpenCamera(c.ID, o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { camera.Close() })
			return camera
		}
	}
	t.Skip("the kernel's test camera (vivid) is not loaded")
	return nil
}

// control turns a knob of the test camera by its name.
func control(t *testing.T, name string, value int32) {
	t.Helper()
	fd, err := unix.Open("/dev/video0", unix.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	call := func(number uintptr, size uintptr, arg unsafe.Pointer) error {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), 3<<30|size<<16|'V'<<8|number, uintptr(arg)); errno != 0 {
			return errno
		}
		return nil
	}
	query := struct { // v4l2_queryctrl
		id, kind uint32
		name     [32]byte
		_        [7]uint32
	}{}
	for {
		query.id |= 0x80000000 // V4L2_CTRL_FLAG_NEXT_CTRL
		if err := call(36, unsafe.Sizeof(query), unsafe.Pointer(&query)); err != nil {
			t.Fatalf("the camera has no %q: %v", name, err)
		}
		if !strings.HasPrefix(string(query.name[:])+"\x00", name+"\x00") {
			continue
		}
		set := struct { // v4l2_control
			id    uint32
			value int32
		}{query.id, value}
		if err := call(28, unsafe.Sizeof(set), unsafe.Pointer(&set)); err != nil {
			t.Fatalf("set %q: %v", name, err)
		}
		return
	}
}

// shots reads n pictures and returns their times and numbers.
func shots(t *testing.T, camera source.Camera, n int) (at []time.Duration, seq []uint64) {
	t.Helper()
	for range n {
		p, err := camera.Read(t.Context())
		if err != nil {
			t.Fatalf("picture %d of %d: %v", len(at), n, err)
		}
		at, seq = append(at, p.At), append(seq, p.Seq)
		p.Release()
	}
	return at, seq
}

// pictures is how many a camera of 25 a second takes in a stretch, both ends counted.
func pictures(d time.Duration) int { return int((d+20*time.Millisecond)/(40*time.Millisecond)) + 1 }

func TestATrueCameraGivesEveryPictureItsNumberAndTime(t *testing.T) {
	for _, size := range [][2]int{{320, 180}, {640, 360}} {
		camera := openVivid(t, device.CameraOptions{Width: size[0], Height: size[1], FPS: 25})
		mode := camera.Mode()
		t.Logf("%+v %+v", camera.Info(), mode)
		if mode.Width != size[0] || mode.Height != size[1] || mode.FPS != 25 {
			t.Fatalf("mode %+v; want %v at 25", mode, size)
		}
		at, seq := shots(t, camera, 75)
		// An emulated machine is too slow to take every picture; what is lost must be told.
		taken := int(seq[74]-seq[0]) + 1
		if byTime := pictures(at[74] - at[0]); taken < 75 || (taken-byTime) > 4 || byTime-taken > 4 {
			t.Errorf("by their numbers %d pictures were taken, by their times %d", taken, byTime)
		}
		if age := clock.System().Boot() - at[74]; age < 0 || age > 200*time.Millisecond {
			t.Errorf("the newest picture is %v old", age)
		}
		if err := camera.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestATrueCameraShowsWhatIsBeforeIt(t *testing.T) {
	camera := openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25})
	p, err := camera.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release()
	// Vivid shows colour bars: white at the left, black at the right.
	row := p.Image.Y[300*p.Image.YStride:]
	if row[20] < 170 || row[620] > 60 {
		t.Errorf("luma %d at the left, %d at the right; want white and black bars", row[20], row[620])
	}
}

func TestBuffersLostByTheDriverAreJumpsOfTheNumber(t *testing.T) {
	camera := openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25})
	shots(t, camera, 10)
	control(t, "Percentage of Dropped Buffers", 20)
	at, seq := shots(t, camera, 100)
	control(t, "Percentage of Dropped Buffers", 0)
	lost, missing := int(seq[99]-seq[0])-99, pictures(at[99]-at[0])-100
	if lost < 8 || lost > 60 || lost-missing > 5 || missing-lost > 5 {
		t.Errorf("numbers tell of %d lost pictures, times of %d; want the same, about 25", lost, missing)
	}
}

func TestAPictureTheDriverCallsDamagedIsPassedOver(t *testing.T) {
	camera := openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25})
	shots(t, camera, 5)
	control(t, "Inject V4L2_BUF_FLAG_ERROR", 1)
	_, seq := shots(t, camera, 20)
	if lost := int(seq[19]-seq[0]) - 19; lost < 1 || lost > 6 {
		t.Errorf("%d pictures passed over; want 1, and few that were lost anyway", lost)
	}
}

func TestASlowReaderFindsTheLossInTheNumbers(t *testing.T) {
	camera := openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25})
	shots(t, camera, 5)
	time.Sleep(2 * time.Second)
	_, seq := shots(t, camera, 20)
	if lost := int(seq[19]-seq[0]) - 19; lost < 40 || lost > 120 {
		t.Errorf("%d pictures lost in 2 s; want about 46", lost)
	}
}

func TestACameraInUseIsNotOpenedTwice(t *testing.T) {
	camera := openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25})
	second, err := device.OpenCamera(camera.Info().ID, device.CameraOptions{Clock: clock.System()})
	if err == nil {
		second.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("second opening: %v; want an error that tells why", err)
	}
	shots(t, camera, 3)
}

func TestATrueCameraPulledOutIsLostAndComesBack(t *testing.T) {
	camera := openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25})
	shots(t, camera, 5)
	driver := "/sys/bus/platform/drivers/vivid"
	if err := os.WriteFile(filepath.Join(driver, "unbind"), []byte("vivid.0"), 0); err != nil {
		t.Skipf("cannot pull it out: %v", err)
	}
	began := time.Now()
	var err error
	for err == nil {
		var p source.Picture
		if p, err = camera.Read(t.Context()); err == nil {
			p.Release()
		}
	}
	if took := time.Since(began); !errors.Is(err, source.ErrLost) || took > time.Second {
		t.Errorf("%v after %v; want %v within a second", err, took, source.ErrLost)
	}
	if err := camera.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := os.WriteFile(filepath.Join(driver, "bind"), []byte("vivid.0"), 0); err != nil {
		t.Fatal(err)
	}
	shots(t, openVivid(t, device.CameraOptions{Width: 640, Height: 360, FPS: 25}), 5)
}

func TestATrueSoundCardIsHeard(t *testing.T) {
	_, microphones, err := device.List()
	if err != nil {
		t.Fatal(err)
	}
	const card = "hw:CARD=Loopback,DEV=0"
	there := false
	for _, m := range microphones {
		there = there || m.ID == card
	}
	if !there {
		t.Skipf("the kernel's test sound card (snd-aloop) is not loaded; there are %v", microphones)
	}
	m := openMicrophone(t, card)
	t.Logf("%+v", m.Info())
	samples := 0
	began := time.Now()
	for time.Since(began) < 5*time.Second {
		s, err := m.Read(t.Context())
		if err != nil || s.Lost != 0 {
			t.Fatalf("%v, %d lost", err, s.Lost)
		}
		samples += len(s.Samples)
	}
	if rate := float64(samples) / time.Since(began).Seconds(); rate < 47_000 || rate > 49_500 {
		t.Errorf("%.0f samples a second; want 48000", rate)
	}
}
