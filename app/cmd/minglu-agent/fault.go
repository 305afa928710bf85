package main

import (
	"errors"
	"io/fs"
	"syscall"

	"minglu/capture"
	"minglu/capture/agent"
	"minglu/capture/key"
)

// faultCode names a fault for the programs that have words for it. The codes are those of package i18n.
func faultCode(err error) string {
	var device *capture.DeviceError
	switch {
	case errors.Is(err, agent.ErrBusy):
		return "record.busy"
	case errors.As(err, &device):
		return "record." + device.Role
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "record.disk_full"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "record.not_writable"
	case errors.Is(err, errClock):
		return "record.clock"
	case errors.Is(err, key.ErrNotEnrolled):
		return "record.not_enrolled"
	}
	return "record.fault"
}
