package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"minglu/app/doctor"
	"minglu/app/i18n"
)

// glance tells, before a recording on a day on which the machine was not examined, what is wrong with it. It looks
// at what takes no time: no device is opened, since the recording opens them, and no line is waited for. Nothing it
// finds keeps a recording from being made, and it does not stand for the day's examination.
func glance(ctx context.Context, c *call) {
	newest, err := doctor.Newest(c.home)
	if err == nil && !newest.Due(time.Now()) {
		return
	}
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return // the recording goes on; minglu doctor says it
	}
	look := doctor.NewRoom(c.home, filepath.Dir(self))
	local := only(look.Checks(), "sound", "disk", "clock", "settings", "keys")
	doctor.Run(ctx, local, c.lang, func(r doctor.Result) {
		if r.State == doctor.Fail || r.State == doctor.Warn {
			c.say("record.glance", "finding", i18n.Say(c.lang, "doctor.line", "title", r.Title, "found", r.Found), "do", r.Do)
		}
	})
}
