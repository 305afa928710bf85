package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"minglu/capture/durable"
)

// newestFile holds the newest examination in a home.
const newestFile = "doctor.json"

// Keep writes an examination down, in place of the one before.
func Keep(home string, e Examination) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(home, newestFile), text)
}

// Newest is the examination kept last; the zero one when there is none.
func Newest(home string) (Examination, error) {
	var e Examination
	text, err := os.ReadFile(filepath.Join(home, newestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		return Examination{}, fmt.Errorf("read %s: %w", newestFile, err)
	}
	return e, nil
}

// Due reports whether the machine is to be examined today: a day is the people's day. An examination from the
// future, made before the clock was set right, counts for nothing.
func (e Examination) Due(now time.Time) bool {
	then, today := e.At.Local().Format(time.DateOnly), now.Local().Format(time.DateOnly)
	return then != today || e.At.After(now.Add(time.Minute))
}
