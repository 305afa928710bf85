package proof_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"minglu/app/desk/desktoptest"
)

// find looks for the recording by a name of two characters, opens it and has it played.
func (o *officer) find(id string) {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "F2")
	time.Sleep(time.Second)
	o.words("王芳")
	time.Sleep(time.Second) // the search waits for the last key
	o.Keys(200*time.Millisecond, "Return", "Return")
	time.Sleep(time.Second)
	o.Picture("reader")
	o.words("张三")
	o.Keys(200*time.Millisecond, "Return")
	o.words("情况")
	o.Keys(200*time.Millisecond, "Return", "Return")
	o.accessed("opened", id)
	time.Sleep(time.Second)
	o.Picture("archive")
	o.Keys(200*time.Millisecond, "Return")
	o.accessed("played", id)
}

// accessed waits until the access log has an act.
func (o *officer) accessed(act, id string) {
	o.t.Helper()
	o.Until(30*time.Second, "the access log says "+act, func() bool {
		out, _ := exec.Command(filepath.Join(bin, "minglu"), "access", "--home", o.home).Output()
		return strings.Contains(string(out), `"`+act+`"`) && strings.Contains(string(out), id)
	})
}

// export gives the opened recording away and returns the zip. Playing has left the keys where they were: the second
// button on is that of the export.
func (o *officer) export(id string) string {
	o.t.Helper()
	o.Keys(200*time.Millisecond, "Tab", "Tab", "Return")
	time.Sleep(time.Second)
	o.words("李四")
	o.Keys(200*time.Millisecond, "Return")
	o.words("提供", "材料")
	o.Keys(200*time.Millisecond, "Return")
	o.Picture("export")
	o.Keys(200*time.Millisecond, "Tab", "Return")
	out := filepath.Join(o.Dir, id+".zip")
	o.Until(30*time.Second, "it is exported", func() bool {
		_, err := os.Stat(out)
		return err == nil
	})
	o.accessed("exported", id)
	return out
}
