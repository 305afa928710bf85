package evidence

import (
	"fmt"
	"strconv"
	"strings"
)

// RoomForm is how a room's code is written, as a pattern to show to people.
const RoomForm = "[A-Z0-9]{1,16}"

// maxRoom is the longest room code in bytes.
const maxRoom = 16

// IsRoom reports whether code can be a room's: one to sixteen capital letters and digits.
func IsRoom(code string) bool {
	odd := func(c rune) bool { return (c < 'A' || c > 'Z') && (c < '0' || c > '9') }
	return code != "" && len(code) <= maxRoom && !strings.ContainsFunc(code, odd)
}

// MakeID names a room's n-th recording: HALL01-000007. Numbers have at least six digits and begin at 1.
func MakeID(room string, n int64) string { return fmt.Sprintf("%s-%06d", room, n) }

// ParseID takes the id of a recording apart. It is what makes an id safe to name a folder with, so it refuses
// every spelling but MakeID's.
func ParseID(id string) (room string, n int64, err error) {
	room, digits, _ := strings.Cut(id, "-")
	n, err = strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || !IsRoom(room) || MakeID(room, n) != id {
		return "", 0, fmt.Errorf("%.60q is not a recording's id like HALL01-000007", id)
	}
	return room, n, nil
}
