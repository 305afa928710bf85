package archive

import (
	"context"

	"minglu/capture/durable"
)

// ExportTo exports on another file system.
func (a *Archive) ExportTo(ctx context.Context, disk durable.FS, o Order) (Exported, error) {
	return a.export(ctx, disk, o)
}

// Step looks once, as Follow does.
func (a *Archive) Step(ctx context.Context) (int, error) { return a.step(ctx) }
