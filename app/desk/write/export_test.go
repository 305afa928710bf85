package write

// Parties lists who signs.
func (s Sheet) Parties() []party { return s.parties() }

// Notice is the sentence above the state.
func (v *View) Notice() string { return v.notice.Text }
