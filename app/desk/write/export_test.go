package write

// Parties lists who signs.
func (s Sheet) Parties() []party { return s.parties() }
