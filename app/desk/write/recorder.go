package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"minglu/capture/attach"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
	"minglu/capture/transcript/pdf"
)

// Attached is the recorder of a home. at gives the moment of the recording, in ms.
func Attached(home string, at func() int64) Recorder {
	return Recorder{
		Revise: func(ctx context.Context, r transcript.Revision) (transcript.Revision, error) {
			raw, err := json.Marshal(r)
			if err != nil {
				return r, fmt.Errorf("send revision: %w", err)
			}
			e, err := attach.Once(ctx, home, attach.Request{Op: attach.OpRevise, Revision: raw})
			if err != nil {
				return r, err
			}
			if e.Event == attach.EventIdle {
				return r, ErrIdle
			}
			var done transcript.Revision
			if err := json.Unmarshal(e.Data, &done); err != nil {
				return r, fmt.Errorf("read the recorder's answer: %w", err)
			}
			return done, nil
		},
		Texts: func(id string) ([]byte, error) {
			data, err := os.ReadFile(filepath.Join(home, "vault", filepath.Base(id), filepath.FromSlash(evidence.FileTexts)))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil // nothing is written yet
			}
			return data, err
		},
		At:    at,
		Paper: pdf.Draft,
	}
}
