package packtest

import "golang.org/x/mod/sumdb/note"

// UseLedger makes the bureau's headquarters that of signer, for a test against a real one.
func (b *Bureau) UseLedger(signer note.Signer, verifierKey string) {
	b.ledger, b.LedgerKey = signer, verifierKey
}
