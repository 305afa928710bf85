//go:build !linux && !windows

package device

import "minglu/capture/source"

// found is a camera of this machine.
type found struct{ info source.Info }

func cameras() []found { return nil }

// OpenCamera finds none: only Linux and Windows have drivers here.
func OpenCamera(name string, _ CameraOptions) (source.Camera, error) {
	_, err := pick("camera", name, nil)
	return nil, err
}
