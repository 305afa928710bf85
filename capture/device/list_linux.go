package device

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"minglu/capture/source"
)

// found is a camera of this machine.
type found struct {
	info   source.Info
	path   string
	narrow bool // on USB 2
}

// cameras lists the nodes that deliver pictures, in the kernel's order.
func cameras() []found {
	paths, err := filepath.Glob("/dev/video*")
	if err != nil {
		return nil
	}
	slices.SortFunc(paths, func(a, b string) int { return number(a) - number(b) })
	stable := names("/dev/v4l/by-id", "/dev/v4l/by-path")
	var all []found
	for _, path := range paths {
		n, err := openNode(path)
		if err != nil {
			continue
		}
		card, bus, captures, err := n.about()
		captures = captures && err == nil && len(n.offers(CameraOptions{}.filled())) > 0
		if n.close() != nil || !captures {
			continue
		}
		f := found{path: path, narrow: onUSB2(path), info: source.Info{ID: stable[path], Title: card}}
		if f.info.ID == "" { // no udev: the bus is the best there is
			f.info.ID = card + " (" + bus + ")"
		}
		all = append(all, f)
	}
	return all
}

func number(path string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(path, "/dev/video"))
	if err != nil {
		return 1 << 30
	}
	return n
}

// names maps device nodes to the names udev gives them, the first folder's before the others'. Two equal
// cameras without serial numbers share one name by ID; the one that lost it has still its name by path.
func names(folders ...string) map[string]string {
	named := map[string]string{}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, e := range entries {
			path, err := filepath.EvalSymlinks(filepath.Join(folder, e.Name()))
			if err == nil && named[path] == "" {
				named[path] = e.Name()
			}
		}
	}
	return named
}

// onUSB2 reads the speed of the USB device a node belongs to; other buses are not narrow.
func onUSB2(path string) bool {
	device, err := filepath.EvalSymlinks(filepath.Join("/sys/class/video4linux", filepath.Base(path), "device"))
	if err != nil {
		return false
	}
	speed, err := os.ReadFile(filepath.Join(filepath.Dir(device), "speed")) // device is one interface of it
	if err != nil {
		return false
	}
	mbits, err := strconv.ParseFloat(strings.TrimSpace(string(speed)), 64)
	return err == nil && mbits <= 480
}
