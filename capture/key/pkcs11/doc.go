// Package pkcs11 opens a room's seal key in a hardware token, through the library of the token's maker.
package pkcs11
