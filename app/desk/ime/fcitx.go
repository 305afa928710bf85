package ime

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Names of fcitx on the session bus, of version 4 as well as 5. Source: fcitx5, frontend/dbusfrontend.
const (
	fcitxPath    = "/org/freedesktop/portal/inputmethod"
	fcitxMethod  = "org.fcitx.Fcitx.InputMethod1"
	fcitxContext = "org.fcitx.Fcitx.InputContext1"

	fcitxPreedit   = 1 << 1
	fcitxFormatted = 1 << 4
)

func fcitxNames() []string { return []string{"org.fcitx.Fcitx5", "org.freedesktop.portal.Fcitx"} }

type fcitx struct{ inputContext }

// openFcitx opens an input context at the fcitx that runs; none is started.
func openFcitx(ctx context.Context, bus, display string, wake func()) (Method, error) {
	f := new(fcitx)
	f.inputContext = inputContext{face: fcitxContext, read: readFcitx, wake: wake, lost: make(chan struct{})}
	if err := f.dial(ctx, bus); err != nil {
		return nil, err
	}
	if err := f.create(ctx, display); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *fcitx) create(ctx context.Context, display string) error {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	name, owner := fcitxOwner(ctx, f.conn)
	if name == "" {
		return ErrNone
	}
	f.bind(owner, nil)
	for _, rule := range []string{
		"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" + name + "'",
		"type='signal',sender='" + owner + "',interface='" + fcitxContext + "'", // version 4 tells everybody
	} {
		if err := f.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.AddMatch", 0, rule).Err; err != nil {
			return fmt.Errorf("listen to fcitx: %w", err)
		}
	}
	program := []pair{{"program", "minglu-desk"}, {"display", "x11:" + display}}
	var path dbus.ObjectPath
	var id []byte
	err := f.conn.Object(owner, fcitxPath).CallWithContext(ctx, fcitxMethod+".CreateInputContext",
		dbus.FlagNoAutoStart, program).Store(&path, &id)
	if err != nil {
		return fmt.Errorf("open input context of fcitx: %w", err)
	}
	f.bind(owner, f.conn.Object(owner, path))
	f.tell("SetCapability", uint64(fcitxPreedit|fcitxFormatted))
	return nil
}

// fcitxOwner finds the fcitx that runs, of either version: its name and who has it. Both are "" if there is none.
func fcitxOwner(ctx context.Context, conn *dbus.Conn) (name, owner string) {
	for _, n := range fcitxNames() {
		if conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, n).Store(&owner) == nil {
			return n, owner
		}
	}
	return "", ""
}

// pair is a (ss) on the wire.
type pair struct{ Key, Value string }

// Name says which method this is.
func (f *fcitx) Name() string { return "fcitx" }

// Ask asks about a key.
func (f *fcitx) Ask(k Key) <-chan Answer {
	return f.ask("ProcessKeyEvent", k.Sym, k.Code, k.State, k.Release, uint32(0))
}

// Place says where the caret is.
func (f *fcitx) Place(r Rect) { f.tell("SetCursorRect", r.X, r.Y, r.W, r.H) }

// readFcitx turns a signal into an act.
func readFcitx(member string, body []any) (Op, bool) {
	var op Op
	var err error
	switch member {
	case "CommitString":
		err = dbus.Store(body, &op.Text)
	case "UpdateFormattedPreedit":
		op.Act = Compose
		var parts []struct {
			Text   string
			Format int32
		}
		var caret int32
		err = dbus.Store(body, &parts, &caret)
		for _, p := range parts {
			op.Text += p.Text
		}
		if caret >= 0 && int(caret) <= len(op.Text) { // in bytes
			op.Caret = len([]rune(op.Text[:caret]))
		}
	case "DeleteSurroundingText":
		op.Act = Erase
		var offset int32
		var count uint32
		err = dbus.Store(body, &offset, &count)
		op.Offset, op.Count = int(offset), int(count)
	case "ForwardKey":
		op.Act = Forward
		err = dbus.Store(body, &op.Key.Sym, &op.Key.State, &op.Key.Release)
	default:
		return Op{}, false
	}
	return op, err == nil
}
