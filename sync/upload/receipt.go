package upload

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/sync/wire"
)

// keepFiles writes headquarters' files into a package, each whole or not at all. A file that is there with
// other content stays: it is an earlier receipt's, and both are kept in the outbox.
func keepFiles(dir string, files []wire.File) error {
	disk := durable.OS{}
	for _, f := range files {
		if f.Path != evidence.FileReceipt && layerOf(f.Path) < 2 {
			return fmt.Errorf("keep receipt: headquarters may not add %.80q", f.Path)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		have, err := disk.ReadFile(path)
		if err == nil {
			if bytes.Equal(have, f.Data) {
				continue
			}
			return nil // an earlier receipt: its files belong together
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep receipt: %w", err)
		}
		if err := durable.WriteFile(disk, path, f.Data); err != nil {
			return fmt.Errorf("keep receipt: %w", err)
		}
	}
	return nil
}
