package ime

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Names of ibus on its own bus. Source: ibus 1.5, src/ibusinputcontext.c, src/ibustypes.h.
const (
	ibusName    = "org.freedesktop.IBus"
	ibusPath    = "/org/freedesktop/IBus"
	ibusContext = "org.freedesktop.IBus.InputContext"

	ibusPreedit = 1 << 0
	ibusFocus   = 1 << 3

	ibusRelease = 1 << 30 // in a key's state
	ibusCode    = 8       // X keycodes begin here, those of ibus at 0
)

type ibus struct{ inputContext }

// openIBus opens an input context at the ibus daemon that listens at address.
func openIBus(ctx context.Context, address string, wake func()) (Method, error) {
	b := new(ibus)
	b.inputContext = inputContext{
		face: ibusContext, read: readIBus, wake: wake, lost: make(chan struct{}),
	}
	if err := b.dial(ctx, address); err != nil {
		return nil, err
	}
	if err := b.create(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *ibus) create(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	var path dbus.ObjectPath
	err := b.conn.Object(ibusName, ibusPath).CallWithContext(ctx, ibusName+".CreateInputContext", 0, "minglu-desk").Store(&path)
	if err != nil {
		return fmt.Errorf("open input context of ibus: %w", err)
	}
	b.bind(ibusName, b.conn.Object(ibusName, path))
	b.tell("SetCapabilities", uint32(ibusPreedit|ibusFocus))
	return nil
}

// Name says which method this is.
func (b *ibus) Name() string { return "ibus" }

// Ask asks about a key.
func (b *ibus) Ask(k Key) <-chan Answer {
	state := k.State
	if k.Release {
		state |= ibusRelease
	}
	return b.ask("ProcessKeyEvent", k.Sym, k.Code-min(k.Code, ibusCode), state)
}

// Place says where the caret is.
func (b *ibus) Place(r Rect) { b.tell("SetCursorLocation", r.X, r.Y, r.W, r.H) }

// readIBus turns a signal into an act.
func readIBus(member string, body []any) (Op, bool) {
	if len(body) == 0 {
		return Op{Act: Compose}, member == "HidePreeditText"
	}
	switch member {
	case "CommitText":
		text, ok := ibusText(body[0])
		return Op{Text: text}, ok
	case "UpdatePreeditText", "UpdatePreeditTextWithMode":
		var caret uint32
		var visible bool
		if len(body) < 3 || dbus.Store(body[1:3], &caret, &visible) != nil {
			return Op{}, false
		}
		text, ok := ibusText(body[0])
		if !visible {
			text = ""
		}
		return Op{Act: Compose, Text: text, Caret: min(int(caret), len([]rune(text)))}, ok
	case "DeleteSurroundingText":
		var offset int32
		var count uint32
		err := dbus.Store(body, &offset, &count)
		return Op{Act: Erase, Offset: int(offset), Count: int(count)}, err == nil
	case "ForwardKeyEvent":
		op := Op{Act: Forward}
		err := dbus.Store(body, &op.Key.Sym, &op.Key.Code, &op.Key.State)
		op.Key.Release = op.Key.State&ibusRelease != 0
		op.Key.Code += ibusCode
		return op, err == nil
	}
	return Op{}, false
}

// ibusText takes the words out of a serialised IBusText: (sa{sv}sv) of name, attachments, words, attributes.
func ibusText(body any) (string, bool) {
	if v, ok := body.(dbus.Variant); ok {
		body = v.Value()
	}
	fields, ok := body.([]any)
	if !ok || len(fields) < 3 || fields[0] != "IBusText" {
		return "", false
	}
	text, ok := fields[2].(string)
	return text, ok
}
