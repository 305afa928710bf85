package write

// Notice is the sentence above the state.
func (v *View) Notice() string { return v.notice.Text }
