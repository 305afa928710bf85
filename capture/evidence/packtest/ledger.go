package packtest

import "golang.org/x/mod/sumdb/note"

// Ledger makes the bureau's headquarters one that exists elsewhere: its ledger signs with this key.
func (b *Bureau) Ledger(signer note.Signer, public string) { b.ledger, b.LedgerKey = signer, public }
