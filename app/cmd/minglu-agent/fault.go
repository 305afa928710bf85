package main

import (
	"errors"

	"minglu/app/i18n"
	"minglu/capture"
	"minglu/capture/agent"
)

// faultCode names a fault for the programs that have words for it. What the system says of a device's fault is
// less help than which device it was; a full disk is told as such wherever it was met.
func faultCode(err error) string {
	code := i18n.FaultCode(err)
	var device *capture.DeviceError
	var kind *capture.KindError
	switch {
	case errors.Is(err, agent.ErrBusy):
		return "agent.busy"
	case errors.Is(err, errClock):
		return "clock.back"
	case errors.Is(err, agent.ErrNoDay):
		return "duty.none"
	case errors.Is(err, capture.ErrBreak):
		return "break.state"
	case errors.Is(err, capture.ErrEnded):
		return "record.ended"
	case errors.As(err, &kind):
		return kind.Role + ".kind"
	case code == "disk.full":
		return code
	case errors.As(err, &device):
		return "device." + device.Role
	}
	return code
}
