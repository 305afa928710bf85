// Package assets holds what is shown and printed: catalogues, forms, sentences, the font.
//
// Everything here is data. A bureau may replace the catalogues with its own file without a new program;
// package catalog reads and checks either.
package assets

import (
	"embed"
	"strings"
)

// Recording is the catalogue of acts that must or may be recorded: JSON, see package catalog.
//
//go:embed catalog/recording.json
var Recording []byte

// Words are the coded words beside it: markers, reasons, roles, retention classes, documents, … JSON.
//
//go:embed catalog/words.json
var Words []byte

// DutyRules are a service hall's zones, time limits, patrols and phrases: JSON, see app/office/duty. The kinds of
// entry, the tiers and the emergencies are among Words.
//
//go:embed duty/rules.json
var DutyRules []byte

// Calendar is the working-day calendar: national holidays and make-up days, JSON, see app/office/calendar.
//
//go:embed duty/calendar.json
var Calendar []byte

// TranscriptForm is the prescribed form of the interview transcript: labels and fixed sentences, JSON.
//
//go:embed forms/transcript.json
var TranscriptForm []byte

// Phrases are questions, answers and notes ready to be put into a transcript, by act: JSON, see app/desk/write.
//
//go:embed forms/phrases.json
var Phrases []byte

// Manuals are the manuals by language and role, manual/LANGUAGE/ROLE.md: Markdown, see app/manual.
//
//go:embed manual
var Manuals embed.FS

// ForStrangers is the paper that goes with an exported package: how to verify it, in both languages. It has {names}
// for Fill.
//
//go:embed forms/stranger.txt
var ForStrangers string

// SentencesZH and SentencesEN are every sentence a person reads, by key: JSON, see package i18n.
//
//go:embed i18n/zh.json
var SentencesZH []byte

//go:embed i18n/en.json
var SentencesEN []byte

// Font is Noto Sans SC Regular, TrueType outlines; its origin and licence lie beside it. It is 10 MB that
// stay on disk until touched: nobody should copy it.
//
//go:embed font/NotoSansSC-Regular.ttf
var Font []byte

// FontLicence is the SIL Open Font License under which the font is given.
//
//go:embed font/OFL.txt
var FontLicence string

// IconSVG is the product's icon; Icon256 and Icon48 are the same as PNG, for desktops that draw no SVG.
//
//go:embed icon/minglu.svg
var IconSVG []byte

//go:embed icon/minglu-256.png
var Icon256 []byte

//go:embed icon/minglu-48.png
var Icon48 []byte

// Fill puts values into the {names} of a sentence; pairs are name, value, name, value, … A name without a
// value stays as it is.
func Fill(sentence string, pairs ...string) string {
	marks := make([]string, len(pairs)&^1)
	for i := 0; i+1 < len(pairs); i += 2 {
		marks[i], marks[i+1] = "{"+pairs[i]+"}", pairs[i+1]
	}
	return strings.NewReplacer(marks...).Replace(sentence)
}
