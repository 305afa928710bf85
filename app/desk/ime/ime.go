// Package ime types Chinese through the input method of a Linux desktop: fcitx5, fcitx4 or ibus, over D-Bus.
//
// GLFW has no interface to input methods: keys they eat arrive in the text as well, and candidates appear far
// from the caret. Here the program asks the method about every key before it acts on it, shows the pre-edit
// itself and says where the caret is. What a method keeps when it hangs or dies goes into the text as typed:
// no character is lost.
package ime

import "os"

// Key is one key, pressed or let go, as X has it.
type Key struct {
	Sym     uint32 // keysym; of a character see SymOf
	Code    uint32 // X keycode: evdev code + 8
	State   uint32 // modifiers held, without the key's own on a press, with it on a release
	Release bool
}

// Modifier bits of Key.State.
const (
	Shift   = 1 << 0
	Lock    = 1 << 1
	Control = 1 << 2
	Alt     = 1 << 3
	Super   = 1 << 6
)

// SymOf gives the keysym that stands for a character: itself in Latin-1, U+100000 upwards else.
// Source: X11 protocol, appendix A.
func SymOf(r rune) uint32 {
	if r <= 0xFF {
		return uint32(r)
	}
	return 0x01000000 | uint32(r)
}

// Act is what a method does to the text.
type Act int

// The acts of a method.
const (
	Commit  Act = iota // Text goes in at the caret
	Compose            // Text is being composed, shown but not yet written; "" shows nothing
	Erase              // Count characters go, from Offset characters behind the caret
	Forward            // Key comes back and is to be acted on
)

// Op is one act, in the order the method sent it.
type Op struct {
	Act           Act
	Text          string
	Caret         int // characters of Text before its caret, in Compose
	Offset, Count int
	Key           Key
}

// Answer is what a method says about a key.
type Answer struct {
	Eaten bool // the key was for the method, the text must not see it
	Err   error
}

// Rect is the caret on the screen, in pixels.
type Rect struct{ X, Y, W, H int32 }

// Method is an input context in a running input method. Its calls never wait.
type Method interface {
	Name() string
	Ask(Key) <-chan Answer      // one answer; of a release nobody need read it
	Focus(in bool) <-chan error // the control in focus takes text, or none does
	Reset() <-chan error        // forget what is being composed
	Place(Rect)
	Ops() []Op             // what came since the last call; all that was sent before an answer is here when it is
	Lost() <-chan struct{} // closed when the method is gone
	Close() error
}

// Owner is a text control.
type Owner interface {
	Commit(text string)
	Compose(text string, caret int)
	Erase(offset, count int)
	Forward(Key)
}

// Quiet keeps the X library from opening the input method itself, which would type everything twice. Call it
// before the first window; put the environment back by the function it returns when the window is there, so
// that programs started later have theirs. A name of no server is needed: "none" loses characters.
func Quiet() (restore func()) {
	const name = "XMODIFIERS"
	before, had := os.LookupEnv(name)
	if os.Setenv(name, "@im=minglu-dbus") != nil {
		return func() {}
	}
	return func() {
		if had {
			_ = os.Setenv(name, before)
		} else {
			_ = os.Unsetenv(name)
		}
	}
}
