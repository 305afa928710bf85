package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The fixed tag files. The first makes the folder an ASiC-E container, the second a BagIt 1.0 bag (RFC 8493).
const (
	mimetype = "application/vnd.etsi.asic-e+zip"
	bagIt    = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
)

// BagInfo is what bag-info.txt says of a package. RoomLayers is how many layers the room puts on it, so that
// a second one cannot be taken off unnoticed.
type BagInfo struct {
	ID           string // External-Identifier
	Organization string // Source-Organization, one line
	Date         string // Bagging-Date, YYYY-MM-DD
	Software     string // Bag-Software-Agent, one line
	RoomLayers   int
	Bytes, Files int64 // Payload-Oxum; BagFiles counts them itself
}

// FileDigest is one file of a package: its path, its size and its digests in lower-case hex. A digest that
// was not taken is empty.
type FileDigest struct {
	Path   string
	Size   int64
	SHA256 string
	SM3    string
}

// BagFiles gives the tag files that make payload (everything below data/) a bag: mimetype, bagit.txt,
// bag-info.txt, manifest-sha256.txt and tagmanifest-sha256.txt, by name.
func BagFiles(info BagInfo, payload []FileDigest) (map[string][]byte, error) {
	info.Bytes, info.Files = 0, int64(len(payload))
	for _, f := range payload {
		if !strings.HasPrefix(f.Path, dirData) {
			return nil, fmt.Errorf("write bag: %s does not lie in data", f.Path)
		}
		info.Bytes += f.Size
	}
	manifest, err := marshalManifest(payload)
	if err != nil {
		return nil, fmt.Errorf("write bag: %w", err)
	}
	files := map[string][]byte{
		FileMimetype: []byte(mimetype),
		FileBagIt:    []byte(bagIt),
		FileBagInfo:  info.marshal(),
		FileManifest: manifest,
	}
	var tags []FileDigest
	for name, data := range files {
		sum := sha256.Sum256(data)
		tags = append(tags, FileDigest{Path: name, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
	}
	if files[FileTagManifest], err = marshalManifest(tags); err != nil {
		return nil, fmt.Errorf("write bag: %w", err)
	}
	if _, err := parseBagInfo(files[FileBagInfo]); err != nil {
		return nil, fmt.Errorf("write bag: %w", err)
	}
	return files, nil
}

func (i BagInfo) marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Source-Organization: %s\n", i.Organization)
	fmt.Fprintf(&b, "External-Identifier: %s\n", i.ID)
	fmt.Fprintf(&b, "Bagging-Date: %s\n", i.Date)
	fmt.Fprintf(&b, "Payload-Oxum: %d.%d\n", i.Bytes, i.Files)
	fmt.Fprintf(&b, "Bag-Software-Agent: %s\n", i.Software)
	fmt.Fprintf(&b, "Minglu-Room-Layers: %d\n", i.RoomLayers)
	return b.Bytes()
}

// parseBagInfo refuses every byte that marshal would not have written.
func parseBagInfo(raw []byte) (BagInfo, error) {
	var values [6]string
	lines := strings.Split(string(raw), "\n")
	if len(lines) != len(values)+1 {
		return BagInfo{}, fmt.Errorf("bag-info.txt has %d lines; want %d", len(lines)-1, len(values))
	}
	for i := range values {
		_, values[i], _ = strings.Cut(lines[i], ": ")
	}
	info := BagInfo{Organization: values[0], ID: values[1], Date: values[2], Software: values[4]}
	size, files, _ := strings.Cut(values[3], ".")
	var errs [3]error
	info.Bytes, errs[0] = strconv.ParseInt(size, 10, 64)
	info.Files, errs[1] = strconv.ParseInt(files, 10, 64)
	info.RoomLayers, errs[2] = strconv.Atoi(values[5])
	if errors.Join(errs[:]...) != nil || !bytes.Equal(info.marshal(), raw) {
		return BagInfo{}, errors.New("bag-info.txt is not written as the format says")
	}
	return info, nil
}

// marshalManifest writes what sha256sum -c reads, in the order of the paths.
func marshalManifest(files []FileDigest) ([]byte, error) {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b FileDigest) int { return cmp.Compare(a.Path, b.Path) })
	var b bytes.Buffer
	for i, f := range sorted {
		if err := checkName(f.Path); err != nil {
			return nil, err
		}
		if i > 0 && sorted[i-1].Path == f.Path {
			return nil, fmt.Errorf("%s is there twice", f.Path)
		}
		if !isDigest(f.SHA256) {
			return nil, fmt.Errorf("%s has no SHA-256", f.Path)
		}
		fmt.Fprintf(&b, "%s  %s\n", f.SHA256, f.Path)
	}
	return b.Bytes(), nil
}

// parseManifest reads manifest-sha256.txt or tagmanifest-sha256.txt and refuses every byte that
// marshalManifest would not have written. Sizes are not in it.
func parseManifest(raw []byte) ([]FileDigest, error) {
	var files []FileDigest
	for line := range strings.Lines(string(raw)) {
		digest, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok {
			return nil, fmt.Errorf("line %d is not a digest and a name", len(files)+1)
		}
		if len(files) == MaxFiles {
			return nil, fmt.Errorf("more than %d files", MaxFiles)
		}
		files = append(files, FileDigest{Path: name, SHA256: digest})
	}
	again, err := marshalManifest(files)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, raw) {
		return nil, errors.New("is not written as the format says")
	}
	return files, nil
}

// isDigest reports whether s is 32 bytes in lower-case hex.
func isDigest(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
