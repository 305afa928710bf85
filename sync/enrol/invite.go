package enrol

import (
	"cmp"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/sync/wire"
)

const (
	inviteLife  = 24 * time.Hour
	inviteTries = 5
)

// invitation is D/ca/invites/FIND.json. Answer is kept when it was used, so that a room whose answer got lost
// gets the same one; Keys says whose answer it is.
type invitation struct {
	V int `json:"v"`
	Seat
	Secret  []byte            `json:"secret"` // derived from the code, which is not stored
	Expires time.Time         `json:"expires"`
	Tries   int               `json:"tries"` // wrong ones
	Keys    string            `json:"keys"`
	Answer  *wire.EnrolAnswer `json:"answer"`
}

// Seat is a room's place: its code and title, and the service hall it belongs to, if any.
type Seat struct {
	Room      string `json:"room"`
	Title     string `json:"title"`
	Hall      string `json:"hall,omitempty"`
	HallTitle string `json:"hall_title,omitempty"`
}

// Invite makes a code for one room: valid for 24 hours, for one use. It may run beside a serving headquarters.
func (a *Authority) Invite(room, title string) (code string, expires time.Time, err error) {
	return a.InviteSeat(Seat{Room: room, Title: title})
}

// InviteSeat is Invite for a room that may share a hall's duty log with other machines.
func (a *Authority) InviteSeat(seat Seat) (code string, expires time.Time, err error) {
	for _, form := range []string{seat.Room, cmp.Or(seat.Hall, seat.Room)} {
		if !evidence.IsRoom(form) {
			return "", time.Time{}, &fault{faultRoom, fmt.Errorf("invite room: code %.40q is not 1 to 16 capital letters and digits", form)}
		}
	}
	for range 20 {
		if code, err = newCode(); err != nil {
			return "", time.Time{}, fmt.Errorf("invite room: %w", err)
		}
		plain, err := parseCode(code)
		if err != nil {
			return "", time.Time{}, fmt.Errorf("invite room: %w", err)
		}
		free, err := a.inviteFree(find(plain))
		if err != nil {
			return "", time.Time{}, fmt.Errorf("invite room: %w", err)
		}
		if !free {
			continue
		}
		secret, err := secretOf(plain)
		if err != nil {
			return "", time.Time{}, fmt.Errorf("invite room: %w", err)
		}
		expires = a.Now().Add(inviteLife).UTC().Truncate(time.Second)
		inv := invitation{V: 1, Seat: seat, Secret: secret, Expires: expires}
		return code, expires, a.saveInvite(find(plain), inv)
	}
	return "", time.Time{}, errors.New("invite room: too many open invitations; wait until some expire")
}

// inviteFree reports whether no living invitation is found by these signs. An expired one gives its place up
// a week later, so that its room still hears why.
func (a *Authority) inviteFree(signs string) (bool, error) {
	inv, err := a.loadInvite(signs)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return err == nil && a.Now().After(inv.Expires.AddDate(0, 0, 7)), err
}

func (a *Authority) invitePath(signs string) string {
	return filepath.Join(a.dir, "invites", signs+".json")
}

func (a *Authority) loadInvite(signs string) (invitation, error) {
	text, err := os.ReadFile(a.invitePath(signs))
	if err != nil {
		return invitation{}, err
	}
	var inv invitation
	if err := json.Unmarshal(text, &inv); err != nil {
		return invitation{}, fmt.Errorf("read invitation %s: %w", signs, err)
	}
	return inv, nil
}

func (a *Authority) saveInvite(signs string, inv invitation) error {
	text, err := json.Marshal(inv)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, a.invitePath(signs), text)
}

// admit finds the invitation a request names and checks its proof; a wrong proof uses up one try. The lock is held.
func (a *Authority) admit(r wire.EnrolRequest, server []byte) (invitation, error) {
	unknown := refuse("this code is not known; compare it with the one from headquarters, or ask for a new one")
	if len(r.Invitation) != findSigns || find(r.Invitation) != filepath.Base(r.Invitation) {
		return invitation{}, unknown
	}
	inv, err := a.loadInvite(r.Invitation)
	if errors.Is(err, fs.ErrNotExist) {
		return invitation{}, unknown
	}
	if err != nil {
		return invitation{}, err
	}
	if inv.Tries >= inviteTries {
		return invitation{}, refuse("this code was tried wrongly too often; ask headquarters for a new one")
	}
	want, err := proveRequest(inv.Secret, server, r)
	if err != nil {
		return invitation{}, err
	}
	if !hmac.Equal(want, r.Proof) {
		inv.Tries++
		if err := a.saveInvite(r.Invitation, inv); err != nil {
			return invitation{}, err
		}
		return invitation{}, refuse(fmt.Sprintf("the code is wrong; tries left: %d", inviteTries-inv.Tries))
	}
	if a.Now().After(inv.Expires) {
		return invitation{}, refuse(fmt.Sprintf("this code expired on %s; ask headquarters for a new one", inv.Expires.Format(time.DateTime)))
	}
	return inv, nil
}
