package guide

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// Width is that of a step's sheet.
const Width = 940

// Frame puts a step's sheet under the list of all steps: its question, the answers in the middle, and at the foot what
// is wrong and the buttons. other is what the button of the other language does.
func Frame(lang i18n.Lang, p Progress, middle fyne.CanvasObject, fault *look.Note, buttons fyne.CanvasObject, other func()) fyne.CanvasObject {
	const bar = 14 // of the scroll, which lies over what it scrolls
	answers := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(12, 8, 0, bar), container.NewVBox(middle)))
	sheet := container.NewBorder(words(lang, p.Step), container.NewVBox(fault.Body, buttons), nil, nil, answers)
	turn := look.NewButton(i18n.Say(lang, "desk.other_language"), other)
	head := container.NewBorder(nil, nil, nil, turn, look.Text(i18n.Say(lang, "desk.guide.title"), 24, look.Ink))
	top := container.NewVBox(head, steps(lang, p))
	page := container.NewBorder(top, nil, nil, nil, container.New(layout.NewCustomPaddedLayout(8, 0, 0, 0), look.Card(sheet)))
	return container.New(layout.NewCustomPaddedLayout(12, 12, 24, 24), container.New(column{}, page))
}

// words is a step's heading and what it is about.
func words(lang i18n.Lang, step Step) fyne.CanvasObject {
	say := func(what string) string { return i18n.Say(lang, "desk.guide."+string(step)+"."+what) }
	return container.NewVBox(look.Text(say("ask"), look.Large, look.Ink), look.Paragraph(say("about"), Width-40, look.Normal, look.Faint))
}

// steps shows where one is: what is behind with its sign, the present one on its own ground.
func steps(lang i18n.Lang, p Progress) fyne.CanvasObject {
	now := slices.Index(Steps(), p.Step)
	shares, row := []float32{}, container.New(nil)
	for i, s := range Steps() {
		mark, colour := strconv.Itoa(i+1)+" ", look.Faint
		switch {
		case slices.Contains(p.Left, s) && i != now:
			mark, colour = "! ", look.Amber
		case i < now:
			mark, colour = "✓ ", look.Green
		case i == now:
			colour = look.Sheet
		}
		text := look.Text(mark+i18n.Say(lang, "desk.guide."+string(s)), look.Normal, colour)
		text.Alignment = fyne.TextAlignCenter
		ground := canvas.NewRectangle(look.Sheet)
		if i == now {
			ground.FillColor = look.Blue
		}
		shares = append(shares, 1)
		row.Add(container.NewStack(ground, look.Least(0, 32, text)))
	}
	row.Layout = look.Columns{Shares: shares, Gap: 6}
	return row
}

// column keeps its object in the middle and no wider than a sheet.
type column struct{}

// Layout gives the full height.
func (column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w := min(size.Width, Width)
	for _, o := range objects {
		o.Move(fyne.NewPos((size.Width-w)/2, 0))
		o.Resize(fyne.NewSize(w, size.Height))
	}
}

// MinSize is the object's own.
func (column) MinSize(objects []fyne.CanvasObject) (min fyne.Size) {
	for _, o := range objects {
		min = min.Max(o.MinSize())
	}
	return min
}
