package main

import (
	"errors"

	"minglu/app/i18n"
	"minglu/capture"
	"minglu/capture/agent"
	"minglu/capture/codec"
	"minglu/capture/device"
	"minglu/capture/listen"
)

// faultCode names a fault for the programs that have words for it. What the system says of a device's fault is
// less help than which device it was; a full disk is told as such wherever it was met.
func faultCode(err error) string {
	code := i18n.FaultCode(err)
	var gone *capture.DeviceError
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
	case errors.Is(err, device.ErrNoSpeaker):
		return "speaker.absent"
	case errors.Is(err, listen.ErrNoSound):
		return "sound.none"
	case errors.Is(err, listen.ErrForm), errors.Is(err, codec.ErrAbsent):
		return "sound.form"
	case errors.As(err, &kind):
		return kind.Role + ".kind"
	case code == "disk.full":
		return code
	case errors.As(err, &gone):
		return "device." + gone.Role
	}
	return code
}
