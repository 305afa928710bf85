package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"minglu/assets"
)

// clientOnWindows are the programs of a room there.
func clientOnWindows() part {
	return part{name: "minglu", programs: []string{"minglu.exe", "minglu-agent.exe", "minglu-desk.exe", "minglu-verify.exe"}}
}

// windows signs the programs for Windows where they lie, and makes and signs their installer. Without such
// programs it does nothing.
func (r release) windows(out io.Writer) error {
	programs, err := filepath.Glob(filepath.Join(r.machine("windows", "amd64"), "*.exe"))
	if err != nil || len(programs) == 0 {
		return err
	}
	for _, p := range programs {
		if err := r.authenticode(p, p, "Minglu"); err != nil {
			return err
		}
	}
	folder, err := r.stageWindows()
	if err != nil {
		return err
	}
	plain := filepath.Join(r.stage, "setup.exe")
	if err := r.makensis(folder, plain); err != nil {
		return err
	}
	name := fmt.Sprintf("minglu-setup_%s_windows-amd64.exe", r.version)
	if err := r.authenticode(plain, filepath.Join(r.out, name), "Minglu setup"); err != nil {
		return err
	}
	fmt.Fprintln(out, name)
	return nil
}

// stageWindows gathers what goes into the installer.
func (r release) stageWindows() (string, error) {
	p, machine := clientOnWindows(), "windows-amd64"
	folder := filepath.Join(r.stage, "windows")
	parts, err := r.components(p, machine)
	if err != nil {
		return "", err
	}
	bill, err := r.bill(p, machine, parts)
	if err != nil {
		return "", err
	}
	icon, err := ico(assets.Icon48, assets.Icon256)
	if err != nil {
		return "", err
	}
	files := map[string][]byte{
		"THIRD-PARTY.txt": []byte(thirdParty(parts)), "sbom.cdx.json": bill, "minglu.ico": icon, "LICENSE.txt": []byte(ourLicence),
	}
	for _, name := range p.programs {
		if files[name], err = os.ReadFile(filepath.Join(r.programs, machine, name)); err != nil {
			return "", err
		}
	}
	for _, path := range r.manuals {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return "", err
		}
	}
	for name, text := range files {
		if _, err := r.write("windows", name, text, 0o644); err != nil {
			return "", err
		}
	}
	return folder, nil
}

const ourLicence = `明录以 Apache License 2.0 授权；所含第三方部件的许可证见 THIRD-PARTY.txt。
Minglu is licensed under the Apache License 2.0; the licences of the parts inside it are in THIRD-PARTY.txt.
http://www.apache.org/licenses/LICENSE-2.0
`

func (r release) makensis(folder, to string) error {
	script, err := ours.ReadFile("files/windows.nsi")
	if err != nil {
		return err
	}
	// the compiler takes relative names from its own script's folder
	at, err := r.write("nsis", "windows.nsi", script, 0o644)
	if err != nil {
		return err
	}
	four := r.version
	for strings.Count(four, ".") < 3 {
		four += ".0"
	}
	cmd := exec.Command("makensis", "-V2", "-INPUTCHARSET", "UTF8", "-DVERSION="+r.version, "-DVERSION4="+four,
		"-DPROGRAMS="+folder, "-DOUT="+to, at)
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.time.Unix()))
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("makensis: %w\n%s", err, text)
	}
	return nil
}

// authenticode signs a program as Windows wants it, with the organisation's RSA key: such a signature, unlike an
// ECDSA one, has no chance in it, and the same program gets the same bytes.
func (r release) authenticode(from, to, name string) error {
	key, certificate, root := filepath.Join(r.sign, windowsKey), filepath.Join(r.sign, windowsCertificate), filepath.Join(r.sign, "root.pem")
	if _, err := os.Stat(certificate); err != nil {
		return fmt.Errorf("%w; pack key --out %s makes what that folder lacks", err, r.sign)
	}
	draft := filepath.Join(r.stage, "signed.exe")
	defer func() { _ = os.Remove(draft) }() // there only when something went wrong
	for _, args := range [][]string{
		{"sign", "-h", "sha256", "-certs", certificate, "-key", key, "-n", name, "-time", fmt.Sprint(r.time.Unix()), "-in", from, "-out", draft},
		{"verify", "-CAfile", root, "-in", draft},
	} {
		if text, err := exec.Command("osslsigncode", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("osslsigncode %s %s: %w\n%s", args[0], filepath.Base(from), err, text)
		}
	}
	text, err := os.ReadFile(draft)
	return errors.Join(err, os.WriteFile(to, text, 0o755))
}

// ico puts pictures of 48 and 256 pixels into one file, as PNG, which Windows reads since Vista.
func ico(small, large []byte) ([]byte, error) {
	var b bytes.Buffer
	pictures := []struct {
		side byte // 0 stands for 256
		png  []byte
	}{{48, small}, {0, large}}
	err := binary.Write(&b, binary.LittleEndian, [3]uint16{0, 1, uint16(len(pictures))})
	at := 6 + 16*len(pictures)
	for _, p := range pictures {
		err = errors.Join(err, binary.Write(&b, binary.LittleEndian, struct {
			Width, Height, Colours, Reserved byte
			Planes, Bits                     uint16
			Size, At                         uint32
		}{p.side, p.side, 0, 0, 1, 32, uint32(len(p.png)), uint32(at)}))
		at += len(p.png)
	}
	for _, p := range pictures {
		b.Write(p.png)
	}
	return b.Bytes(), err
}
