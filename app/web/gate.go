package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"minglu/capture/durable"
	"minglu/capture/key"
)

// Who may run a command as headquarters' user may enter its pages: the command writes a password's digest into
// headquarters' data, and the password works once. Nothing that could be stolen lies there for long, and there
// is no password that people could choose badly.
const (
	passFile  = "admin-pass.json"
	passTime  = 15 * time.Minute
	passTries = 5
	passSigns = 16 // of base 32: 80 bits
)

// Gate lets people in.
type Gate struct {
	Dir string // headquarters' data
	Now func() time.Time
}

// slip is what is known of a password.
type slip struct {
	SHA256  string    `json:"sha256"`
	Expires time.Time `json:"expires"`
	Tries   int       `json:"tries"`
}

// Pass makes a new password; an older one that was not used is worthless from then on.
func (g Gate) Pass() (word string, expires time.Time, err error) {
	if _, err := os.Stat(filepath.Join(g.Dir, "root.pem")); err != nil {
		return "", expires, err // not headquarters' data
	}
	signs := rand.Text()[:passSigns]
	expires = g.Now().Add(passTime)
	if err := g.write(slip{digest(signs), expires, passTries}); err != nil {
		return "", expires, err
	}
	return signs[:4] + "-" + signs[4:8] + "-" + signs[8:12] + "-" + signs[12:], expires, nil
}

// Enter reports whether a password opens the gate, and uses it up.
func (g Gate) Enter(typed string) (bool, error) {
	text, err := key.LoadSecret(g.path())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var s slip
	if err := json.Unmarshal(text, &s); err != nil {
		return false, errors.Join(err, os.Remove(g.path()))
	}
	right := subtle.ConstantTimeCompare([]byte(digest(plain(typed))), []byte(s.SHA256)) == 1
	s.Tries--
	if right || s.Tries <= 0 || !g.Now().Before(s.Expires) {
		return right && g.Now().Before(s.Expires), os.Remove(g.path())
	}
	return false, g.write(s)
}

func (g Gate) path() string { return filepath.Join(g.Dir, passFile) }

func (g Gate) write(s slip) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.Remove(g.path()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := durable.MkdirAll(durable.OS{}, g.Dir); err != nil {
		return err
	}
	return key.SaveSecret(g.path(), text)
}

// plain is a password as it was made, whatever grouping and case was typed.
func plain(typed string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(typed)))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
