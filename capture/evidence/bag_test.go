package evidence_test

import (
	"strings"
	"testing"

	"minglu/capture/evidence"
)

func digest(path, text string) evidence.FileDigest {
	sha, sm := evidence.Digests([]byte(text))
	return evidence.FileDigest{Path: path, Size: int64(len(text)), SHA256: sha, SM3: sm}
}

func TestABagRefusesWhatItCannotHold(t *testing.T) {
	good := evidence.BagInfo{ID: "DK01-000001", Organization: "局", Date: "2026-01-02", Software: "minglu", RoomLayers: 2}
	if _, err := evidence.BagFiles(good, []evidence.FileDigest{digest("data/a", "a")}); err != nil {
		t.Fatal(err)
	}
	twoLines := good
	twoLines.Organization = "局\nPayload-Oxum: 1.1"
	for name, c := range map[string]struct {
		info  evidence.BagInfo
		files []evidence.FileDigest
	}{
		"outside data":  {good, []evidence.FileDigest{digest("a", "a")}},
		"upwards":       {good, []evidence.FileDigest{digest("data/../a", "a")}},
		"twice":         {good, []evidence.FileDigest{digest("data/a", "a"), digest("data/a", "a")}},
		"no digest":     {good, []evidence.FileDigest{{Path: "data/a"}}},
		"upper case":    {good, []evidence.FileDigest{{Path: "data/a", SHA256: strings.Repeat("A", 64)}}},
		"two-line name": {twoLines, []evidence.FileDigest{digest("data/a", "a")}},
	} {
		if _, err := evidence.BagFiles(c.info, c.files); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestALayerManifestIsReadInItsOneFormOnly(t *testing.T) {
	refs := []evidence.FileDigest{digest("data/plan.json", "{}"), digest("data/media/cam0.mp4", "x")}
	raw, err := evidence.ManifestXML(2, evidence.LayerSignature, refs, true)
	if err != nil {
		t.Fatal(err)
	}
	m, err := evidence.ParseManifestXML(raw)
	if err != nil {
		t.Fatal(err)
	}
	if m.Layer != 2 || m.Kind != evidence.LayerSignature || m.Refs[0].SM3 != refs[0].SM3 || m.Refs[0].SHA256 != "" || m.Refs[1].SHA256 != refs[1].SHA256 {
		t.Errorf("read %+v", m)
	}
	text := string(raw)
	for name, other := range map[string]string{
		"other prefix":    strings.ReplaceAll(text, "asic:", "a:"),
		"a blank more":    strings.Replace(text, "  <ds:", "   <ds:", 1),
		"a comment":       strings.Replace(text, "</asic:ASiCManifest>", "<!-- x --></asic:ASiCManifest>", 1),
		"a document type": strings.Replace(text, "?>\n", "?>\n<!DOCTYPE x [<!ENTITY e \"y\">]>\n", 1),
		"Windows lines":   strings.ReplaceAll(text, "\n", "\r\n"),
		"upwards":         strings.Replace(text, "data/plan.json", "../plan.json", 1),
		"twice":           strings.Replace(text, "data/media/cam0.mp4", "data/plan.json", 1),
		"other layer":     strings.Replace(text, "signature002", "signature2", 1),
		"short digest":    strings.Replace(text, "DigestValue>", "DigestValue>AAAA", 1),
		"nothing":         "",
	} {
		if _, err := evidence.ParseManifestXML([]byte(other)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := evidence.ManifestXML(1, "seal", refs, false); err == nil {
		t.Error("wrote a layer of an unknown kind")
	}
	if _, err := evidence.ManifestXML(1000, evidence.LayerSignature, refs, false); err == nil {
		t.Error("wrote a layer over the bound")
	}
}
