package receive

import (
	"fmt"
	"io/fs"
	"strings"

	"minglu/capture/evidence"
	"minglu/sync/blob"
	"minglu/sync/wire"
)

// Bounds of what a room may say. A package has at most evidence.MaxFiles files.
const (
	maxPath    = 240
	maxWord    = 200
	maxAudit   = 1000
	maxReasons = 50
)

// Refused is an answer that is not to be repeated unchanged, unless Status says the fault is headquarters'.
type Refused struct {
	Status int
	wire.Refusal
}

// Error tells code and reasons.
func (r *Refused) Error() string { return "refused: " + r.Code + ": " + strings.Join(r.Reasons, "; ") }

// Refuse makes a refusal, as other calls of headquarters answer it.
func Refuse(status int, code string, reasons ...string) error {
	return refuse(status, code, reasons...)
}

func refuse(status int, code string, reasons ...string) *Refused {
	if len(reasons) > maxReasons {
		reasons = append(reasons[:maxReasons:maxReasons], fmt.Sprintf("and %d more", len(reasons)-maxReasons))
	}
	return &Refused{Status: status, Refusal: wire.Refusal{Code: code, Reasons: reasons}}
}

// checkAnnouncement lists everything that is wrong with an announcement.
func checkAnnouncement(room string, a wire.Announcement) error {
	if a.Room != room {
		return refuse(403, wire.RefuseCertificate, fmt.Sprintf("the certificate is room %s's, the recording room %.20q's", room, a.Room))
	}
	var reasons []string
	wrong := func(is bool, format string, args ...any) {
		if is {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	owner, n, err := evidence.ParseID(a.ID)
	wrong(err != nil || owner != a.Room || n != a.Number, "id %.60q is not room %.20q with number %d", a.ID, a.Room, a.Number)
	wrong(a.V != 1, "version %d is not 1", a.V)
	wrong(len(a.Item) > maxWord, "the item has over %d bytes", maxWord)
	if a.Start != "" {
		_, err := evidence.ParseTime(a.Start)
		wrong(err != nil, "start: %v", err)
	}
	switch a.State {
	case stateRecording:
		wrong(a.Seal != "" || len(a.Files) > 0, "a running recording has neither seal nor files")
	case stateSealed:
		reasons = append(reasons, checkFiles(a)...)
	default:
		wrong(true, "state %.20q is neither recording nor sealed", a.State)
	}
	if len(reasons) > 0 {
		return refuse(400, wire.RefuseForm, reasons...)
	}
	return nil
}

// checkFiles lists what is wrong with the files of a sealed package.
func checkFiles(a wire.Announcement) []string {
	if len(a.Files) > evidence.MaxFiles {
		return []string{fmt.Sprintf("%d files are over the bound of %d", len(a.Files), evidence.MaxFiles)}
	}
	var reasons []string
	seen, sealed := map[string]bool{}, false
	for _, f := range a.Files {
		low := strings.ToLower(f.Path)
		switch {
		case !isPath(f.Path):
			reasons = append(reasons, fmt.Sprintf("path %.250q is not one below the package", f.Path))
		case seen[low]:
			reasons = append(reasons, fmt.Sprintf("path %q is there twice", f.Path))
		case f.Path == evidence.FileReceipt:
			reasons = append(reasons, "headquarters writes "+f.Path+" itself")
		case f.Size < 0:
			reasons = append(reasons, fmt.Sprintf("%s has %d bytes", f.Path, f.Size))
		}
		if _, err := blob.ParseDigest(f.SHA256); err != nil {
			reasons = append(reasons, fmt.Sprintf("%.250q: %v", f.Path, err))
		}
		seen[low] = true
		sealed = sealed || f.Path == evidence.ManifestPath(1) && f.SHA256 == a.Seal
	}
	if !sealed {
		reasons = append(reasons, "the seal is not the digest of "+evidence.ManifestPath(1))
	}
	return reasons
}

// isPath is the loose check that keeps a name harmless until the package is verified, which is strict.
func isPath(name string) bool {
	odd := func(c rune) bool { return c < ' ' || c > '~' || strings.ContainsRune(`\:*?"<>|`, c) }
	return fs.ValidPath(name) && name != "." && len(name) <= maxPath && !strings.ContainsFunc(name, odd)
}
