// Package look is how the window looks: its theme, and the few shapes that its screens share.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/rare"
	"minglu/assets"
)

// Colour is an opaque colour, 0xRRGGBB.
type Colour uint32

// RGBA is the colour for package image.
func (c Colour) RGBA() (r, g, b, a uint32) {
	return uint32(c>>16&0xff) * 0x101, uint32(c>>8&0xff) * 0x101, uint32(c&0xff) * 0x101, 0xffff
}

// Colours of the window. Each stands with a sign or a word: colour alone says nothing here.
const (
	Ink   Colour = 0x1b2430
	Faint Colour = 0x4a5666
	Sheet Colour = 0xffffff
	Line  Colour = 0xd3dae3
	Blue  Colour = 0x1d4f91
	Red   Colour = 0xb71c1c
	Amber Colour = 0x8a4b00
	Green Colour = 0x1b6b32
	White Colour = 0xffffff
)

// Sizes of text, in points of the screen.
const (
	Small  = 15
	Normal = 16
	Large  = 20
)

// Target is the least side of anything that is pressed.
const Target = 44

// Theme is light whatever the desktop says: screens in an interview room look alike everywhere.
type Theme struct {
	font   fyne.Resource
	common *rare.Common // that font has; nil for all
}

var _ rare.Theme = Theme{}

// Dress gives the program the theme, with a font that opens quickly until a rare character is to be shown. Bold is the one
// font too, and Fyne would read it once more for the other name: what it draws strong by itself, the words of buttons, is
// plain here.
func Dress(a fyne.App) {
	if strong := &widget.RichTextStyleStrong; strong.TextStyle.Bold {
		strong.TextStyle = fyne.TextStyle{}
	}
	t := NewTheme()
	common := rare.NewCommon()
	if thin, err := rare.Thin(assets.Font, common.Has); err == nil { // the embedded font can be thinned, or its test fails
		t = Theme{fyne.NewStaticResource("NotoSansSC-Common.ttf", thin), common}
	}
	a.Settings().SetTheme(t)
}

// NewTheme makes the theme with the embedded font, which shows rare names without any font of the system.
func NewTheme() Theme {
	return Theme{font: fyne.NewStaticResource("NotoSansSC-Regular.ttf", assets.Font)}
}

// Lacks reports whether a character is not in the font that is in force.
func (t Theme) Lacks(r rune) bool { return t.common != nil && !t.common.Has(r) }

// Whole is the theme with all characters.
func (Theme) Whole() fyne.Theme { return NewTheme() }

// Font is the one embedded font for every style.
func (t Theme) Font(fyne.TextStyle) fyne.Resource { return t.font }

// Icon is Fyne's.
func (Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Color gives the light colours.
func (Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameBackground:
		return Sheet
	case theme.ColorNameForeground:
		return Ink
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return Blue
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnError:
		return White
	case theme.ColorNameFocus:
		return color.NRGBA{0x1d, 0x4f, 0x91, 0x55}
	case theme.ColorNameButton:
		return Colour(0xe3e8ef)
	case theme.ColorNameDisabledButton:
		return Colour(0xeaedf1)
	case theme.ColorNameDisabled, theme.ColorNamePlaceHolder:
		return Colour(0x6b7685)
	case theme.ColorNameError:
		return Red
	case theme.ColorNameWarning:
		return Amber
	case theme.ColorNameSuccess:
		return Green
	case theme.ColorNameInputBackground, theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground:
		return Sheet
	case theme.ColorNameInputBorder:
		return Colour(0x8a96a6)
	case theme.ColorNameSeparator:
		return Line
	}
	return theme.DefaultTheme().Color(name, theme.VariantLight)
}

// Size makes text large enough to be read across a table and targets large enough to be hit.
func (Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return Normal
	case theme.SizeNameCaptionText:
		return Small
	case theme.SizeNameSubHeadingText:
		return Large
	case theme.SizeNameHeadingText:
		return 24
	case theme.SizeNameInnerPadding:
		return 11
	case theme.SizeNamePadding:
		return 5
	case theme.SizeNameScrollBar, theme.SizeNameScrollBarSmall:
		return 12
	}
	return theme.DefaultTheme().Size(name)
}
