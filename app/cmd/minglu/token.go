package main

import "minglu/capture/key"

// tokenOpener opens keys in tokens. This program has no cgo, which PKCS#11 modules need: it has none, and the
// recorder, which does, works with such keys.
func tokenOpener(string) key.Opener { return nil }
