package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
)

// LayerKind is what closes a layer: a signature or a timestamp.
type LayerKind string

// The kinds of layer.
const (
	LayerSignature LayerKind = "signature" // META-INF/signatureNNN.p7s, CAdES over the manifest
	LayerTimestamp LayerKind = "timestamp" // META-INF/timestampNNN.tst, an RFC 3161 token over the manifest
)

// MaxLayers is how many layers a package can carry; archives renew by adding one every few years.
const MaxLayers = 999

// Digest methods of a manifest. W3C has no name for SM3, so it goes by its object identifier (GM/T 0006).
const (
	methodSHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
	methodSM3    = "urn:oid:1.2.156.10197.1.401"
)

// ManifestPath is where the manifest of a layer lies; layers count from 1.
func ManifestPath(layer int) string { return fmt.Sprintf("META-INF/ASiCManifest%03d.xml", layer) }

// SealPath is where the signature or timestamp of a layer lies.
func SealPath(layer int, kind LayerKind) string {
	if kind == LayerTimestamp {
		return fmt.Sprintf("META-INF/timestamp%03d.tst", layer)
	}
	return fmt.Sprintf("META-INF/signature%03d.p7s", layer)
}

// LayerManifest is an ASiCManifest (ETSI EN 319 162-1, A.4): the files that a layer covers, each with one digest.
type LayerManifest struct {
	Layer int
	Kind  LayerKind
	Refs  []FileDigest // SHA256 or SM3 is set; sizes are not in it
}

// ManifestXML writes the manifest of a layer over refs. With useSM3, files outside data/media/ go by SM3; media always
// go by SHA-256, and by SM3 through the journal's segment lines.
func ManifestXML(layer int, kind LayerKind, refs []FileDigest, useSM3 bool) ([]byte, error) {
	m := LayerManifest{Layer: layer, Kind: kind}
	for _, r := range refs {
		if useSM3 && !IsMedia(r.Path) {
			r.SHA256 = ""
		} else {
			r.SM3 = ""
		}
		m.Refs = append(m.Refs, r)
	}
	return m.marshal()
}

const (
	xmlStart = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` + "\n"
	xmlSeal = `  <asic:SigReference URI="%s" MimeType="%s"/>` + "\n"
	xmlRef  = `  <asic:DataObjectReference URI="%s" MimeType="%s">` + "\n" +
		`    <ds:DigestMethod Algorithm="%s"/>` + "\n" +
		`    <ds:DigestValue>%s</ds:DigestValue>` + "\n" +
		`  </asic:DataObjectReference>` + "\n"
	xmlEnd = `</asic:ASiCManifest>` + "\n"
)

func (m LayerManifest) marshal() ([]byte, error) {
	if m.Layer < 1 || m.Layer > MaxLayers || len(m.Refs) == 0 || len(m.Refs) > MaxFiles {
		return nil, fmt.Errorf("write manifest of layer %d: %d files", m.Layer, len(m.Refs))
	}
	var b bytes.Buffer
	b.WriteString(xmlStart)
	switch m.Kind {
	case LayerSignature:
		fmt.Fprintf(&b, xmlSeal, SealPath(m.Layer, m.Kind), "application/pkcs7-signature")
	case LayerTimestamp:
		fmt.Fprintf(&b, xmlSeal, SealPath(m.Layer, m.Kind), "application/vnd.etsi.timestamp-token")
	default:
		return nil, fmt.Errorf("write manifest of layer %d: kind %q", m.Layer, m.Kind)
	}
	seen := map[string]bool{}
	for _, r := range m.Refs {
		method, digest := methodSHA256, r.SHA256
		if digest == "" {
			method, digest = methodSM3, r.SM3
		}
		raw, err := hex.DecodeString(digest)
		if err != nil || !isDigest(digest) {
			return nil, fmt.Errorf("write manifest of layer %d: %s has no digest", m.Layer, r.Path)
		}
		if err := checkName(r.Path); err != nil {
			return nil, fmt.Errorf("write manifest of layer %d: %w", m.Layer, err)
		}
		if seen[r.Path] {
			return nil, fmt.Errorf("write manifest of layer %d: %s is there twice", m.Layer, r.Path)
		}
		seen[r.Path] = true
		fmt.Fprintf(&b, xmlRef, r.Path, mediaType(r.Path), method, base64.StdEncoding.EncodeToString(raw))
	}
	b.WriteString(xmlEnd)
	return b.Bytes(), nil
}

// mediaType is what the manifest calls a file's content.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".json":
		return "application/json"
	case ".jsonl":
		return "application/jsonl"
	case ".mp4":
		return "video/mp4"
	case ".pdf":
		return "application/pdf"
	case ".txt":
		return "text/plain"
	case ".xml":
		return "text/xml"
	case ".p7s":
		return "application/pkcs7-signature"
	case ".tst":
		return "application/vnd.etsi.timestamp-token"
	}
	return "application/octet-stream"
}

// ParseManifestXML reads a manifest in the one form ManifestXML writes and refuses every other byte.
func ParseManifestXML(raw []byte) (LayerManifest, error) {
	rest, ok := strings.CutPrefix(string(raw), xmlStart)
	if !ok {
		return LayerManifest{}, errors.New("manifest does not begin as the format says")
	}
	var m LayerManifest
	for name, kind := range map[string]LayerKind{"signature%03d.p7s": LayerSignature, "timestamp%03d.tst": LayerTimestamp} {
		if n, err := fmt.Sscanf(rest, `  <asic:SigReference URI="META-INF/`+name+`"`, &m.Layer); n == 1 && err == nil {
			m.Kind = kind
			break
		}
	}
	_, rest, _ = strings.Cut(rest, "\n")
	for strings.HasPrefix(rest, "  <asic:DataObjectReference ") && len(m.Refs) < MaxFiles {
		var ref FileDigest
		if ref, rest, ok = parseRef(rest); !ok {
			return LayerManifest{}, fmt.Errorf("manifest's reference %d is not written as the format says", len(m.Refs)+1)
		}
		m.Refs = append(m.Refs, ref)
	}
	again, err := m.marshal()
	if err != nil || !bytes.Equal(again, raw) {
		return LayerManifest{}, errors.New("manifest is not written as the format says")
	}
	return m, nil
}

// parseRef reads one reference loosely; the comparison of the whole manifest is what is strict.
func parseRef(text string) (ref FileDigest, rest string, ok bool) {
	element, rest, ok := strings.Cut(text, "  </asic:DataObjectReference>\n")
	if !ok {
		return FileDigest{}, "", false
	}
	_, after, _ := strings.Cut(element, `URI="`)
	ref.Path, _, _ = strings.Cut(after, `"`)
	_, after, _ = strings.Cut(element, "<ds:DigestValue>")
	value, _, ok := strings.Cut(after, "</ds:DigestValue>")
	sum, err := base64.StdEncoding.Strict().DecodeString(value)
	if !ok || err != nil {
		return FileDigest{}, "", false
	}
	if strings.Contains(element, `"`+methodSM3+`"`) {
		ref.SM3 = hex.EncodeToString(sum)
	} else {
		ref.SHA256 = hex.EncodeToString(sum)
	}
	return ref, rest, true
}
