package doctor

import (
	"context"
	"io/fs"
	"os"
	"time"

	"minglu/app/settings"
	"minglu/capture/durable"
	"minglu/capture/key"
)

// Room is the room to be looked at, and how. NewRoom fills what this machine knows by itself.
type Room struct {
	Home     string
	Programs string // the folder of the programs
	// Thorough adds what takes time or the line: the release's files, the disks' health, the bandwidth.
	Thorough bool
	// BytesPerHour is what an hour of recording takes.
	BytesPerHour int64

	Root   fs.FS // the file system from its root: libraries, processes
	Getenv func(string) string
	Now    func() time.Time
	Free   func(path string) (int64, error) // bytes
	Kernel func() Kernel
	// NTP asks a time server what to add to this machine's clock.
	NTP func(ctx context.Context, host string) (time.Duration, error)
	// Open opens keys in a token; nil when the program has none.
	Open key.Opener

	// What only other programs can find out; a nil one is not asked. The text says what was found.
	Vault, Outbox      func(context.Context) (string, error)
	Camera, Microphone func(context.Context) ([]Probe, error)
	// Waiting is how many bytes have not been acknowledged by headquarters.
	Waiting func(context.Context) (int64, error)
	// Renderer is what draws the window, as OpenGL names it.
	Renderer func(context.Context) (string, error)
}

// Kernel is what the system says of its clock.
type Kernel struct {
	Known        bool
	Synchronised bool
	MaxError     time.Duration
}

// Probe is what a device delivered when it was tried.
type Probe struct {
	Source  string  `json:"source"`
	Title   string  `json:"title"`
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	FPS     float64 `json:"fps"`
	PeakDB  float64 `json:"peak_db"`
	Code    string  `json:"code"`  // of the fault
	Fault   string  `json:"fault"` // for the technician
	State   string  `json:"state"` // a word of capture/watch
	FloorDB float64 `json:"floor_db"`
}

// long is how long a check may take that opens devices or reads stores.
const long = time.Minute

// perHour is an hour of 720p at 2 Mbit/s with sound, in bytes.
const perHour = 2_100_000 / 8 * 3600

// NewRoom is the room of a home on this machine.
func NewRoom(home, programs string) Room {
	return Room{
		Home: home, Programs: programs, BytesPerHour: perHour, Root: os.DirFS("/"), Getenv: os.Getenv,
		Now: time.Now, Free: durable.Free, Kernel: askKernel, NTP: askNTP,
	}
}

// visit is one look at a room: what one check learns, the next ones use.
type visit struct {
	Room
	settings settings.Room
	line     line
	windowed bool // a window can be opened here
}

// Named is the room's code and title, empty before its enrolment.
func (r Room) Named() (code, title string) {
	s, err := settings.LoadRoom(r.Home)
	if err != nil {
		return "", ""
	}
	return s.Room, s.Title
}

// Checks are the checks of the room, in the order they are run. They are for one run.
func (r Room) Checks() []Check {
	v := &visit{Room: r}
	checks := []Check{
		{Name: "programs", Run: v.programs},
		{Name: "graphics", Run: v.graphics},
		{Name: "sound", Run: v.sound},
		{Name: "input", Run: v.input},
		{Name: "disk", Run: v.disk},
		{Name: "clock", Run: v.clock},
		{Name: "settings", Run: v.readSettings},
		{Name: "keys", After: []string{"settings"}, Run: v.keys},
		{Name: "ntp", After: []string{"settings"}, Run: v.ntp},
		{Name: "hq_name", After: []string{"settings"}, Run: v.hqName},
		{Name: "hq_tcp", After: []string{"hq_name"}, Run: v.hqTCP},
		{Name: "hq_tls", After: []string{"hq_tcp", "keys"}, Run: v.hqTLS},
		{Name: "hq_health", After: []string{"hq_tls"}, Run: v.hqHealth},
		{Name: "hq_offset", After: []string{"hq_health"}, Run: v.hqOffset},
	}
	if r.Thorough {
		checks = append(checks, Check{Name: "release", After: []string{"programs"}, Limit: long, Run: v.release},
			Check{Name: "health", Run: v.health}, Check{Name: "hq_rate", After: []string{"hq_health"}, Limit: long, Run: v.hqRate})
	}
	if r.Renderer != nil {
		checks = append(checks, Check{Name: "renderer", After: []string{"programs", "graphics"}, Run: v.renderer})
	}
	if r.Vault != nil {
		checks = append(checks, Check{Name: "vault", After: []string{"disk"}, Limit: long, Run: stored("vault", r.Vault)})
	}
	if r.Outbox != nil {
		checks = append(checks, Check{Name: "outbox", After: []string{"disk"}, Limit: long, Run: stored("outbox", r.Outbox)})
	}
	if r.Camera != nil {
		checks = append(checks, Check{Name: "camera", After: []string{"programs"}, Limit: long, Run: r.camera})
	}
	if r.Microphone != nil {
		checks = append(checks, Check{Name: "microphone", After: []string{"programs", "sound"}, Limit: long, Run: r.microphone})
	}
	return checks
}

func (v *visit) readSettings(context.Context) Finding {
	s, err := settings.LoadRoom(v.Home)
	if err != nil {
		return broken(settingsFault(err))
	}
	v.settings = s
	return ok("settings.ok", "room", s.Room, "title", s.Title, "hq", s.HQ)
}
