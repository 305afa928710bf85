// Package release says which release of the product this is, and whether the files on this machine are still
// the ones that were built.
package release

// version is set by the linker when packages are made.
var version string

// Version is the release these programs belong to; "dev" when they were built by hand.
func Version() string {
	if version == "" {
		return "dev"
	}
	return version
}

// Said is what a program answers to --version.
type Said struct {
	Event   string `json:"event"` // version
	Program string `json:"program"`
	Version string `json:"version"`
}

// Says names a program and its release.
func Says(program string) Said { return Said{"version", program, Version()} }
