package evidence

import (
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
)

// Signed gives the line with its signature by a P-256 key.
func (l Line) Signed(s Signer) (Line, error) {
	if s.Suite() != SuiteP256 {
		return Line{}, fmt.Errorf("sign journal line %d: the key is %s; want %s", l.N, s.Suite(), SuiteP256)
	}
	raw, err := l.Marshal()
	if err != nil {
		return Line{}, err
	}
	part, err := SignedPart(raw)
	if err != nil {
		return Line{}, fmt.Errorf("sign journal line %d: %w", l.N, err)
	}
	sig, err := s.Sign(part)
	if err != nil {
		return Line{}, fmt.Errorf("sign journal line %d: %w", l.N, err)
	}
	l.Sig = base64.StdEncoding.EncodeToString(sig)
	return l, nil
}

// VerifyLine checks the signature of a journal line, raw without its newline, under the room's certificate.
func VerifyLine(c *Certificate, raw []byte) error {
	l, err := ParseLine(raw)
	if err != nil {
		return err
	}
	if l.Sig == "" {
		return errors.New("verify line: it is not signed")
	}
	part, err := SignedPart(raw)
	if err != nil {
		return fmt.Errorf("verify line: %w", err)
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(l.Sig)
	if err != nil {
		return fmt.Errorf("verify line: %w", err)
	}
	if c.Suite != SuiteP256 {
		return fmt.Errorf("verify line: certificate %q is not %s", c.Name, SuiteP256)
	}
	if err := checkSignature(c, pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}, digestSHA256, part, sig); err != nil {
		return fmt.Errorf("verify line %d: %w", l.N, err)
	}
	return nil
}
