//go:build linux || windows

package device

import (
	"fmt"

	"minglu/capture/source"
)

// OpenCamera opens the first camera found, or the one of this name (pick says what a name can be), at the mode
// that follows it: NAME@640x360@15.
func OpenCamera(name string, o CameraOptions) (source.Camera, error) {
	all := cameras()
	infos := make([]source.Info, len(all))
	for i, f := range all {
		infos[i] = f.info
	}
	name, o = o.wished(name)
	i, err := pick("camera", name, infos)
	if err != nil {
		return nil, err
	}
	c, err := open(all[i], o)
	if err != nil {
		return nil, fmt.Errorf("open camera %s: %w", infos[i].Title, err)
	}
	return c, nil
}
