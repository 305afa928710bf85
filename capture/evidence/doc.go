// Package evidence defines the evidence package — journal, record, bag, layers, receipt — and verifies one offline.
//
// FORMAT.md in this folder is the paper a stranger needs to write a second verifier. The package imports only
// the standard library, golang.org/x/mod/sumdb and github.com/emmansun/gmsm, so that it builds without cgo for
// every machine a court may own.
package evidence
