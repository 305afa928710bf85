package main

import (
	"context"
	"encoding/json"
	"io"

	"minglu/app/room"
	"minglu/capture/attach"
	"minglu/capture/key/pkcs11"
)

// enrolRoom enrols by a ticket, for minglu, which cannot reach keys in tokens. It answers with one line: the
// contract's, or a failed event.
func enrolRoom(ctx context.Context, home string, stdin io.Reader, stdout io.Writer) int {
	var t room.Ticket
	err := json.NewDecoder(io.LimitReader(stdin, 64<<10)).Decode(&t)
	var done room.Enrolled
	if err == nil {
		done, err = room.Enrol(ctx, home, t, pkcs11.Open)
	}
	var answer any = done
	code := 0
	if err != nil {
		answer, code = attach.Event{Event: attach.EventFailed, Code: faultCode(err), Detail: err.Error()}, couldNot
	}
	if err := json.NewEncoder(stdout).Encode(answer); err != nil {
		return couldNot
	}
	return code
}
