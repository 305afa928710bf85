package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// layer is one ASiCManifest and what closes it.
type layer struct {
	n        int
	manifest LayerManifest
	known    bool      // the manifest could be read
	opened   bool      // the seal fits the manifest's bytes
	whole    bool      // and the manifest could be read
	sealErr  error     // why the seal does not fit; nil also when there is none
	sig      Signature // of a signature layer that is whole
	token    *Token    // inside the signature, or the layer itself
	report   LayerReport
}

func (l *layer) manifestFile() string { return ManifestPath(l.n) }
func (l *layer) sealFile() string     { return SealPath(l.n, l.manifest.Kind) }

// readLayers reads the layers from 1 on; what else lies in META-INF is extra.
func (c *checker) readLayers() {
	expected := map[string]bool{}
	for n := 1; n <= MaxLayers; n++ {
		l := c.readLayer(n)
		if l == nil {
			break
		}
		expected[l.manifestFile()], expected[l.sealFile()] = true, true
		c.layers = append(c.layers, l)
		for _, ref := range l.manifest.Refs {
			c.claims = append(c.claims, claim{by: l.manifestFile(), of: ref, from: l})
		}
	}
	for _, name := range c.names() {
		if strings.HasPrefix(name, dirMeta) && !expected[name] {
			c.report.fault(Fault{Code: FaultExtra, File: name, What: "belongs to no layer"})
		}
	}
	if len(c.layers) > 0 {
		sum := sha256.Sum256(c.keep(ManifestPath(1)))
		c.report.Seal = hex.EncodeToString(sum[:])
	}
}

// readLayer reads layer n; nil when there is no sign of it.
func (c *checker) readLayer(n int) *layer {
	l := &layer{n: n, manifest: LayerManifest{Layer: n, Kind: LayerSignature}}
	if c.has(SealPath(n, LayerTimestamp)) && !c.has(SealPath(n, LayerSignature)) {
		l.manifest.Kind = LayerTimestamp
	}
	if !c.has(l.manifestFile()) && !c.has(l.sealFile()) {
		return nil
	}
	if !c.has(l.manifestFile()) {
		c.report.fault(Fault{Code: FaultMissing, File: l.manifestFile(), What: "is missing; its signature is there"})
		return l
	}
	raw := c.keep(l.manifestFile())
	m, err := ParseManifestXML(raw)
	switch {
	case err != nil:
		c.report.fault(Fault{Code: FaultForm, File: l.manifestFile(), What: err.Error()})
	case m.Layer != n:
		c.report.fault(Fault{Code: FaultForm, File: l.manifestFile(), What: fmt.Sprintf("speaks of layer %d", m.Layer)})
	default:
		l.manifest, l.known = m, true
	}
	if !c.has(l.sealFile()) {
		c.report.fault(Fault{Code: FaultMissing, File: l.sealFile(), What: "is missing; its manifest is there"})
		return l
	}
	l.sealErr = l.open(c.keep(l.sealFile()), raw)
	l.opened = l.sealErr == nil
	l.whole = l.opened && l.known
	return l
}

// open checks the seal over the manifest's bytes.
func (l *layer) open(seal, manifest []byte) error {
	if l.manifest.Kind == LayerTimestamp {
		t, err := VerifyToken(seal, sha256.Sum256(manifest))
		if err != nil {
			return err
		}
		l.token = &t
		return nil
	}
	sig, err := VerifyCMS(seal, manifest)
	if err != nil {
		return err
	}
	l.sig, l.token = sig, sig.Token
	return nil
}

// checkLayerCoverage demands that each layer covers all files before it and nothing after.
func (c *checker) checkLayerCoverage() {
	covered := false // the receipt, by an earlier layer
	for i, l := range c.layers {
		if !l.known || !l.whole && c.blamesManifest(l) {
			continue
		}
		refs := map[string]bool{}
		for _, ref := range l.manifest.Refs {
			refs[ref.Path] = true
			c.checkRef(l, ref.Path)
		}
		covered = covered || refs[FileReceipt]
		for _, name := range c.names() {
			meta := strings.HasPrefix(name, dirMeta)
			must := !meta && name != FileReceipt || name == FileReceipt && covered
			for _, earlier := range c.layers[:i] {
				must = must || name == earlier.manifestFile() || name == earlier.sealFile()
			}
			if must && !refs[name] {
				c.report.fault(Fault{Code: FaultExtra, File: name, What: fmt.Sprintf("layer %d does not cover it", l.n)})
			}
		}
	}
}

// checkRef looks at one file a layer names.
func (c *checker) checkRef(l *layer, name string) {
	if strings.HasPrefix(name, dirMeta) {
		for _, earlier := range c.layers[:l.n-1] {
			if name == earlier.manifestFile() || name == earlier.sealFile() {
				name = ""
				break
			}
		}
		if name != "" {
			c.report.fault(Fault{Code: FaultCoverage, File: l.manifestFile(), What: fmt.Sprintf("names %s, which is of no earlier layer", name)})
		}
		return
	}
	if !c.has(name) {
		c.report.fault(Fault{Code: FaultMissing, File: name, What: fmt.Sprintf("is missing; layer %d covers it", l.n)})
	}
}

// checkSeal turns what the seals said into faults, now that it is known which files are damaged, and looks at
// who signed.
func (c *checker) checkSeal() {
	for _, l := range c.layers {
		if l.opened {
			c.checkSignerOf(l)
		}
		if l.sealErr == nil {
			continue
		}
		code := FaultSignature
		if l.manifest.Kind == LayerTimestamp {
			code = FaultToken
		}
		file := l.sealFile()
		if c.blamesManifest(l) {
			file = l.manifestFile()
		}
		c.report.fault(Fault{Code: code, File: file, What: fmt.Sprintf("%s does not fit %s: %v", l.sealFile(), l.manifestFile(), l.sealErr)})
	}
	c.checkRoomLayers()
}

// blamesManifest reports whether a seal that does not fit was left alone and its manifest changed: a later
// layer says so, or the manifest has lost its form or speaks of other files than the rest does.
func (c *checker) blamesManifest(l *layer) bool {
	if c.damaged[l.sealFile()] || c.damaged[l.manifestFile()] {
		return c.damaged[l.manifestFile()]
	}
	if !l.known {
		return true
	}
	for _, ref := range l.manifest.Refs {
		if !c.agrees(ref) || !c.has(ref.Path) || IsMedia(ref.Path) && ref.SHA256 != c.wholeDigest(ref.Path) {
			return true
		}
	}
	return false
}

// checkSignerOf demands that the room's layers are the room's own.
func (c *checker) checkSignerOf(l *layer) {
	if l.n > c.roomLayers() || c.story.open == nil {
		return
	}
	if l.manifest.Kind == LayerTimestamp {
		c.report.fault(Fault{Code: FaultSigner, File: l.sealFile(), What: fmt.Sprintf("layer %d is a timestamp; want the room's signature", l.n)})
		return
	}
	leaf := l.sig.Chain[0]
	if leaf.Room != c.story.open.Room {
		c.report.fault(Fault{Code: FaultSigner, File: l.sealFile(), What: fmt.Sprintf("layer %d is signed by %q (room %q), the recording is of room %q", l.n, leaf.Name, leaf.Room, c.story.open.Room)})
	}
	if want := []Suite{SuiteP256, SuiteSM2}[min(l.n, 2)-1]; leaf.Suite != want {
		c.report.fault(Fault{Code: FaultSigner, File: l.sealFile(), What: fmt.Sprintf("layer %d is of suite %s; want %s", l.n, leaf.Suite, want)})
	}
}

// roomLayers is how many layers the room said it puts on; it is 1 or 2.
func (c *checker) roomLayers() int {
	if c.info == nil {
		return 1
	}
	return min(2, max(1, c.info.RoomLayers))
}

func (c *checker) checkRoomLayers() {
	if !c.sealed() || c.info == nil {
		return
	}
	if c.info.RoomLayers != c.roomLayers() {
		c.report.fault(Fault{Code: FaultForm, File: FileBagInfo, What: fmt.Sprintf("announces %d layers of the room", c.info.RoomLayers)})
	}
	for n := len(c.layers) + 1; n <= c.roomLayers(); n++ {
		c.report.fault(Fault{Code: FaultMissing, File: ManifestPath(n), What: fmt.Sprintf("is missing; the room put %d layers on", c.roomLayers())})
	}
}

// readReceipt reads headquarters' receipt.
func (c *checker) readReceipt() {
	if !c.has(FileReceipt) {
		return
	}
	r, err := ParseReceipt(c.keep(FileReceipt))
	if err == nil && !c.report.told(ManifestPath(1)) && !c.report.told(FileJournal) {
		err = r.Confirms(c.report.ID, c.report.Seal)
	}
	checked := false
	if err == nil && len(c.o.LedgerKeys) > 0 {
		err = r.Open(c.o.LedgerKeys)
		checked = err == nil
	}
	if err != nil {
		c.report.fault(Fault{Code: FaultReceipt, File: FileReceipt, What: err.Error()})
		return
	}
	c.receipt = &r
	c.report.Receipt = &ReceiptReport{Time: r.Entry.Time, Origin: r.Head.Origin, Index: r.Index, Size: r.Head.Tree.N, Checked: checked}
}

// readPlan reads the plan and finds whose key signs the journal.
func (c *checker) readPlan() {
	if raw := c.keep(FilePlan); raw != nil {
		var p Plan
		if err := unmarshalCanonical(raw, &p); err != nil {
			c.report.fault(Fault{Code: FaultForm, File: FilePlan, What: err.Error()})
		} else {
			c.report.Plan = &p
		}
	}
	if len(c.o.Certificates) > 0 {
		c.room = c.o.Certificates[0]
	}
	if len(c.layers) > 0 && c.layers[0].whole && c.layers[0].manifest.Kind == LayerSignature {
		c.room = c.layers[0].sig.Chain[0]
	}
}

// sameJSON compares two values by the bytes they are written as.
func sameJSON(a, b any) bool {
	x, errX := MarshalBody(a)
	y, errY := MarshalBody(b)
	return errors.Join(errX, errY) == nil && bytes.Equal(x, y)
}
