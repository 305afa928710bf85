package evidence

// What only the tests outside need.

// QuickLine is the fast way through a segment line.
func QuickLine(raw []byte) (Line, bool) {
	l, _, ok := quickLine(raw)
	return l, ok
}

// ParseManifestText reads manifest-sha256.txt.
func ParseManifestText(raw []byte) ([]FileDigest, error) { return parseManifest(raw) }

// MarshalManifestText writes it.
func MarshalManifestText(files []FileDigest) ([]byte, error) { return marshalManifest(files) }

// ParseBagInfo reads bag-info.txt.
func ParseBagInfo(raw []byte) (BagInfo, error) { return parseBagInfo(raw) }

// CheckName is the border's judgement on a path.
func CheckName(name string) error { return checkName(name) }
