package receive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"minglu/capture/evidence"
)

// ErrUnknown says that headquarters has not received the recording.
var ErrUnknown = error(unknown{})

type unknown struct{}

func (unknown) Error() string { return "headquarters has not received this recording" }

// FaultCode names the sentences that people are told.
func (unknown) FaultCode() string { return "hq.unreceived" }

// Export writes a received package as a zip, as a stranger gets it; see evidence.WriteZip.
func (d *Desk) Export(ctx context.Context, id string, w io.Writer, beside map[string][]byte) error {
	p, err := load(d.DB, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && p.state != stateReceived {
		return fmt.Errorf("export %s: %w", id, ErrUnknown)
	}
	if err != nil {
		return err
	}
	paths := make([]string, len(p.files))
	for i, f := range p.files {
		paths[i] = f.Path
	}
	if err := evidence.WriteZip(ctx, w, id, d.view(p), paths, beside); err != nil {
		return fmt.Errorf("export %s: %w", id, err)
	}
	return nil
}
