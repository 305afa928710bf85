package key

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// URI names a key in a PKCS#11 token (RFC 7512, the part of it we use):
// pkcs11:module=/path/lib.so;token=NAME;object=LABEL?pin-source=file:/path/pin
type URI struct {
	Module  string // path of the token maker's library
	Token   string // token label
	Object  string // key label
	PINFile string // path; the file holds the PIN alone
}

// ParseStore reads where a seal key is to lie: "" or "file" for a file (nil), or a pkcs11: URI.
func ParseStore(store string) (*URI, error) {
	switch {
	case store == "" || store == "file":
		return nil, nil
	case store == "tpm":
		return nil, errors.New("there is no TPM key store yet; use file, or a pkcs11: address (tpm2-pkcs11 offers a TPM so)")
	case strings.HasPrefix(store, "pkcs11:"):
		uri, err := ParseURI(store)
		return &uri, err
	}
	return nil, fmt.Errorf("key store %.80q is not known; use file, or a pkcs11: address", store)
}

// ParseURI reads a pkcs11: URI and says all that is wrong with it.
func ParseURI(text string) (URI, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "pkcs11:")
	if !ok {
		return URI{}, fmt.Errorf("key address %.80q is no pkcs11: address", text)
	}
	var u URI
	var faults []error
	path, query, _ := strings.Cut(rest, "?")
	for _, part := range append(split(path, ";"), split(query, "&")...) {
		if err := u.set(part); err != nil {
			faults = append(faults, err)
		}
	}
	for _, need := range []struct{ name, value string }{{"module", u.Module}, {"token", u.Token}, {"object", u.Object}, {"pin-source", u.PINFile}} {
		if need.value == "" {
			faults = append(faults, fmt.Errorf("key address lacks %s=", need.name))
		}
	}
	return u, errors.Join(faults...)
}

func split(s, sep string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, sep)
}

func (u *URI) set(part string) error {
	name, raw, _ := strings.Cut(part, "=")
	v, err := url.PathUnescape(raw)
	if err != nil {
		return fmt.Errorf("key address: %s: %w", name, err)
	}
	field, ok := map[string]*string{
		"module": &u.Module, "module-path": &u.Module, "token": &u.Token, "object": &u.Object, "pin-source": &u.PINFile,
	}[name]
	if !ok {
		return fmt.Errorf("key address: %.40q is not known", name)
	}
	if name == "pin-source" {
		v = strings.TrimPrefix(strings.TrimPrefix(v, "file:"), "//")
	}
	*field = v
	return nil
}

// String writes the URI; the PIN itself is never in it.
func (u URI) String() string {
	e := func(s string) string { return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(s)) }
	return "pkcs11:module=" + e(u.Module) + ";token=" + e(u.Token) + ";object=" + e(u.Object) + "?pin-source=file:" + e(u.PINFile)
}

// PIN reads the token's PIN from its file.
func (u URI) PIN() (string, error) {
	text, err := LoadSecret(u.PINFile)
	if err != nil {
		return "", fmt.Errorf("read PIN: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
