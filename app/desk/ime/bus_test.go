package ime_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"minglu/app/desk/ime"
)

// sessionBus starts a bus for one test.
func sessionBus(t *testing.T) (address string) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1", "--address=unix:dir="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// daemon answers as an input method does: every key becomes the character 你, told to everybody as fcitx 4 does.
type daemon struct {
	conn *dbus.Conn
	face string
	path dbus.ObjectPath
}

const contextPath = dbus.ObjectPath("/org/freedesktop/portal/inputcontext/7")

func (d daemon) ProcessKeyEvent(sym, code, state uint32, release bool, at uint32) (bool, *dbus.Error) {
	if !release {
		_ = d.conn.Emit(d.path, d.face+".CommitString", fmt.Sprint("你", sym))
	}
	return true, nil
}
func (daemon) SetCapability(uint64) *dbus.Error                                 { return nil }
func (daemon) FocusIn() *dbus.Error                                             { return nil }
func (daemon) FocusOut() *dbus.Error                                            { return nil }
func (daemon) Reset() *dbus.Error                                               { return nil }
func (daemon) SetCursorRect(x, y, w, h int32) *dbus.Error                       { return nil }
func (daemon) SetCapabilities(uint32) *dbus.Error                               { return nil }
func (daemon) CreateInputContext(program string) (dbus.ObjectPath, *dbus.Error) { return ibusPath, nil }

const ibusPath = dbus.ObjectPath("/org/freedesktop/IBus/InputContext_7")

// portal makes input contexts of fcitx.
type portal struct{}

func (portal) CreateInputContext([]struct{ Key, Value string }) (dbus.ObjectPath, []byte, *dbus.Error) {
	return contextPath, make([]byte, 16), nil
}

// join puts a fake on the bus under a name.
func join(t *testing.T, address, name string, export func(*dbus.Conn) error) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err == nil {
		err = export(conn)
	}
	if err == nil {
		_, err = conn.RequestName(name, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// fcitx4 is a fcitx of version 4: it has the portal's name alone.
func fcitx4(t *testing.T, address string) *dbus.Conn {
	return join(t, address, "org.freedesktop.portal.Fcitx", func(conn *dbus.Conn) error {
		face := "org.fcitx.Fcitx.InputContext1"
		if err := conn.Export(daemon{conn, face, contextPath}, contextPath, face); err != nil {
			return err
		}
		return conn.Export(portal{}, "/org/freedesktop/portal/inputmethod", "org.fcitx.Fcitx.InputMethod1")
	})
}

func ibus(t *testing.T, address string) *dbus.Conn {
	return join(t, address, "org.freedesktop.IBus", func(conn *dbus.Conn) error {
		face := "org.freedesktop.IBus.InputContext"
		if err := conn.Export(daemon{conn, face, ibusPath}, ibusPath, face); err != nil {
			return err
		}
		return conn.Export(daemon{conn, face, ibusPath}, "/org/freedesktop/IBus", "org.freedesktop.IBus")
	})
}

func environment(bus, ibus string) func(string) string {
	return func(name string) string {
		return map[string]string{"DBUS_SESSION_BUS_ADDRESS": bus, "DISPLAY": ":7", "IBUS_ADDRESS": ibus}[name]
	}
}

func TestFcitx4IsSpokenToAndItsBroadcastsAreHeard(t *testing.T) {
	bus := sessionBus(t)
	server := fcitx4(t, bus)
	m, err := ime.System(environment(bus, ""))(t.Context(), func() {})
	if err != nil || m.Name() != "fcitx" {
		t.Fatal(m, err)
	}
	defer m.Close()
	if err := <-m.Focus(true); err != nil {
		t.Fatal(err)
	}
	answer := <-m.Ask(ime.Key{Sym: 'n', Code: 57})
	ops := m.Ops()
	if answer.Err != nil || !answer.Eaten || len(ops) != 1 || ops[0].Act != ime.Commit || ops[0].Text != "你110" {
		t.Errorf("answered %+v with %+v", answer, ops)
	}
	_ = server.Close()
	select {
	case <-m.Lost():
	case <-time.After(5 * time.Second):
		t.Error("its end is not noticed")
	}
}

func TestIBusGivesWayToFcitxWhenThatComesBack(t *testing.T) {
	bus := sessionBus(t)
	ibus(t, bus)
	find := ime.System(environment(bus, bus))
	m, err := find(t.Context(), func() {})
	if err != nil || m.Name() != "ibus" {
		t.Fatal(m, err)
	}
	defer m.Close()
	fcitx4(t, bus)
	select {
	case <-m.Lost():
	case <-time.After(10 * time.Second):
		t.Fatal("ibus stays although fcitx runs")
	}
	again, err := find(t.Context(), func() {})
	if err != nil || again.Name() != "fcitx" {
		t.Fatal(again, err)
	}
	_ = again.Close()
}
