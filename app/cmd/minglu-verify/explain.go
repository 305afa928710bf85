package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"minglu/capture/evidence"
)

// compare is the shell that compares every digest of a manifest with its file; without it the other steps
// prove nothing together.
const compare = `awk -F'"' '/<asic:DataObjectReference/{u=$2} /<ds:DigestMethod/{m=$2} /<ds:DigestValue/{split($0,a,/[<>]/); print m, u, a[3]}' %[1]s |
while read -r method file digest; do
  case $method in *sha256) h=sha256 ;; *) h=sm3 ;; esac
  [ "$(openssl dgst -$h -binary "$file" | openssl base64 -A)" = "$digest" ] || { echo "differs: $file"; exit 1; }
done
`

// explain writes into a folder what a stranger needs to go every step with sha256sum and openssl alone: a
// shell script, and for each SM2 layer the parts that openssl cannot take out of a GB/T 35275 envelope.
func explain(set settings, fsys fs.FS, r *evidence.Report) error {
	if err := os.MkdirAll(set.explain, 0o755); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	var b bytes.Buffer
	b.WriteString("#!/bin/sh\n# Checks the package step by step. Run it in the package's folder (unpack a zip first).\n")
	b.WriteString("# Usage: sh " + filepath.Base(set.explain) + "/commands.sh ROOT.PEM\nset -eu\nroot=$1\nhere=$(dirname \"$0\")\n\n")
	b.WriteString("sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt\n")
	for _, l := range r.Layers {
		fmt.Fprintf(&b, "\n# layer %d\n", l.Layer)
		fmt.Fprintf(&b, compare, evidence.ManifestPath(l.Layer))
		if err := layer(&b, set, fsys, l); err != nil {
			return fmt.Errorf("write explanation: %w", err)
		}
	}
	b.WriteString("\necho all steps passed\n")
	return os.WriteFile(filepath.Join(set.explain, "commands.sh"), b.Bytes(), 0o755)
}

func layer(b *bytes.Buffer, set settings, fsys fs.FS, l evidence.LayerReport) error {
	manifest, seal := evidence.ManifestPath(l.Layer), evidence.SealPath(l.Layer, l.Kind)
	switch {
	case !l.Whole:
		fmt.Fprintf(b, "echo 'layer %d does not fit'; exit 1\n", l.Layer)
	case l.Kind == evidence.LayerTimestamp:
		fmt.Fprintf(b, "openssl ts -verify -data %s -token_in -in %s -CAfile \"$root\"\n", manifest, seal)
	case l.Signer.Suite == evidence.SuiteSM2:
		return sm2Layer(b, set, fsys, l, manifest, seal)
	default:
		fmt.Fprintf(b, "openssl cms -verify -cades -binary -inform DER -in %s -content %s -CAfile \"$root\" -out /dev/null\n", seal, manifest)
	}
	return nil
}

// sm2Layer writes signed attributes, signature and certificate as files, and the three commands over them.
func sm2Layer(b *bytes.Buffer, set settings, fsys fs.FS, l evidence.LayerReport, manifest, seal string) error {
	content, err := fs.ReadFile(fsys, manifest)
	cms, errSeal := fs.ReadFile(fsys, seal)
	if err = errors.Join(err, errSeal); err != nil {
		return err
	}
	sig, err := evidence.VerifyCMS(cms, content)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("layer%03d", l.Layer)
	parts := map[string][]byte{name + "-signed.der": sig.Signed, name + "-signature.der": sig.Value}
	// openssl hands the SM2 identity to one certificate only, so each step of the chain is a command.
	for i, c := range sig.Chain {
		parts[fmt.Sprintf("%s-%d.pem", name, i)] = c.PEM()
		issuer := `-CAfile "$root"`
		if i+1 < len(sig.Chain) {
			issuer = fmt.Sprintf(`-partial_chain -trusted "$here/%s-%d.pem"`, name, i+1)
		}
		fmt.Fprintf(b, "openssl verify -vfyopt distid:1234567812345678 %s \"$here/%s-%d.pem\"\n", issuer, name, i)
	}
	for part, data := range parts {
		if err := os.WriteFile(filepath.Join(set.explain, part), data, 0o644); err != nil {
			return err
		}
	}
	text := `openssl asn1parse -inform DER -in "$here/NAME-signed.der" | grep -qi "$(openssl dgst -sm3 -r MANIFEST | cut -d' ' -f1)"
openssl x509 -in "$here/NAME-0.pem" -pubkey -noout >"$here/NAME-key.pem"
openssl dgst -sm3 -sigopt distid:1234567812345678 -verify "$here/NAME-key.pem" -signature "$here/NAME-signature.der" "$here/NAME-signed.der"
`
	b.WriteString(strings.NewReplacer("NAME", name, "MANIFEST", manifest).Replace(text))
	return nil
}
