package main

import (
	"errors"
	"strings"

	"minglu/app/i18n"
	"minglu/capture/strict"
)

// usageError is a command line that cannot be carried out, with everything that is wrong with it.
type usageError struct{ faults []error }

func usage(key string, pairs ...string) error { return &usageError{[]error{wrong(key, pairs...)}} }

// FaultCode is what i18n knows the fault by.
func (e *usageError) FaultCode() string { return "cli.usage" }

func (e *usageError) Error() string { return strings.Join(e.Words(i18n.EN), "; ") }

// Words are the faults in a language; what came from elsewhere is said as it came.
func (e *usageError) Words(lang i18n.Lang) (words []string) {
	for _, err := range e.faults {
		var own *mistake
		var file strict.Faults
		switch {
		case errors.As(err, &own):
			words = append(words, i18n.Say(lang, "cli."+own.key, own.pairs...))
		case errors.As(err, &file):
			for _, f := range file {
				words = append(words, i18n.Fault(f, lang))
			}
		default:
			words = append(words, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return words
}

// mistake is one fault of a command line: a sentence of the catalogues under "cli.".
type mistake struct {
	key   string
	pairs []string
}

func wrong(key string, pairs ...string) *mistake { return &mistake{key, pairs} }

func (m *mistake) Error() string { return i18n.Say(i18n.EN, "cli."+m.key, m.pairs...) }
