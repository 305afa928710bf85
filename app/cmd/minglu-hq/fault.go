package main

// fault is an error whose sentences stand in assets under "error." and its code.
type fault struct {
	code string
	error
}

// FaultCode is what i18n knows the fault by.
func (f fault) FaultCode() string { return f.code }

func (f fault) Unwrap() error { return f.error }
