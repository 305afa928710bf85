package enrol

// ParseCode lets tests find well-formed codes.
func ParseCode(typed string) (string, error) { return parseCode(typed) }
