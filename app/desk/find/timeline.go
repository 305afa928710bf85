package find

import (
	"image"
	"image/color"
	"image/draw"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"minglu/app/desk/look"
	"minglu/app/office/archive"
	"minglu/capture/evidence"
	"minglu/capture/transcript"
)

// Sizes of the timeline, in points of the screen.
const (
	laneHeight = 20
	laneLabel  = 62 // width of the words at its left
	tickHeight = 20
)

// The lanes, top to bottom: markers, questions, answers, and what was recorded.
const (
	laneMarks = iota
	laneQuestions
	laneAnswers
	laneRecorded
	lanes
)

// timeline draws a recording along its time. A tap plays from there.
type timeline struct {
	widget.BaseWidget
	story  *archive.Story
	raster *canvas.Raster
	labels []*canvas.Text // of the lanes
	ticks  []*canvas.Text
	tapped func(atMS int64)
}

var (
	_ fyne.Tappable      = (*timeline)(nil)
	_ desktop.Cursorable = (*timeline)(nil)
)

// tickCount is how many times are written below.
const tickCount = 5

func newTimeline(story *archive.Story, label func(lane int) string, tapped func(atMS int64)) *timeline {
	t := &timeline{story: story, tapped: tapped}
	t.raster = canvas.NewRaster(func(w, h int) image.Image { return paint(story, w, h) })
	for lane := range lanes {
		t.labels = append(t.labels, look.Text(label(lane), look.Small, look.Faint))
	}
	for i := range tickCount {
		t.ticks = append(t.ticks, look.Text(Clock(story.Record.DurationMS*int64(i)/(tickCount-1)), look.Small, look.Faint))
	}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped plays from the moment under the pointer.
func (t *timeline) Tapped(e *fyne.PointEvent) {
	width := t.Size().Width - laneLabel
	share := min(max((e.Position.X-laneLabel)/width, 0), 1)
	if t.tapped != nil {
		t.tapped(int64(float64(share) * float64(t.story.Record.DurationMS)))
	}
}

// Cursor shows that there is something to press.
func (t *timeline) Cursor() desktop.Cursor {
	if t.tapped == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// MinSize is all lanes and the times.
func (t *timeline) MinSize() fyne.Size { return fyne.NewSize(320, lanes*laneHeight+tickHeight) }

// CreateRenderer belongs to fyne.Widget.
func (t *timeline) CreateRenderer() fyne.WidgetRenderer { return timelineDraw{t} }

type timelineDraw struct{ t *timeline }

func (d timelineDraw) Layout(size fyne.Size) {
	width := size.Width - laneLabel
	d.t.raster.Move(fyne.NewPos(laneLabel, 0))
	d.t.raster.Resize(fyne.NewSize(width, lanes*laneHeight))
	for i, l := range d.t.labels {
		l.Move(fyne.NewPos(0, float32(i)*laneHeight))
		l.Resize(fyne.NewSize(laneLabel, laneHeight))
	}
	for i, l := range d.t.ticks {
		w := l.MinSize().Width
		x := width*float32(i)/(tickCount-1) - w/2
		l.Move(fyne.NewPos(laneLabel+min(max(x, 0), width-w), lanes*laneHeight))
		l.Resize(fyne.NewSize(w, tickHeight))
	}
}

func (d timelineDraw) MinSize() fyne.Size { return d.t.MinSize() }
func (d timelineDraw) Refresh()           { canvas.Refresh(d.t) }
func (timelineDraw) Destroy()             {}

func (d timelineDraw) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{d.t.raster}
	for _, l := range append(append([]*canvas.Text{}, d.t.labels...), d.t.ticks...) {
		all = append(all, l)
	}
	return all
}

// brush paints a story on a picture of w by h points.
type brush struct {
	*image.RGBA
	end int64 // of the recording, in ms
}

// paint draws the lanes. Each thing has a form of its own: what is missing is hatched, a break is a dotted line, a
// marker is a flag.
func paint(s *archive.Story, w, h int) image.Image {
	b := brush{image.NewRGBA(image.Rect(0, 0, w, h)), max(s.Record.DurationMS, 1)}
	draw.Draw(b, b.Rect, image.NewUniform(look.Sheet), image.Point{}, draw.Src)
	for lane := range lanes {
		b.box(lane, 0, b.end, look.Colour(0xf1f4f7))
	}
	for _, seg := range s.Segments {
		switch seg.Role {
		case transcript.Question:
			b.box(laneQuestions, seg.FromMS, seg.ToMS, look.Blue)
		case transcript.Answer:
			b.box(laneAnswers, seg.FromMS, seg.ToMS, look.Green)
		}
	}
	b.box(laneRecorded, 0, b.end, look.Colour(0x8fa3ba))
	for _, q := range s.Silent {
		b.box(laneRecorded, q.FromMS, q.ToMS, look.Colour(0xd5dde6))
	}
	for _, g := range s.Record.Gaps {
		if g.Cause != evidence.CauseBreak {
			b.hatch(laneRecorded, g.FromMS, g.ToMS, look.Red)
		}
	}
	for _, p := range s.Breaks {
		b.dots(p.FromMS, p.ToMS)
	}
	for _, m := range s.Marks {
		b.flag(m.AtMS)
	}
	return b.RGBA
}

func (b brush) x(ms int64) int { return int(min(max(ms, 0), b.end) * int64(b.Rect.Dx()) / b.end) }

// span is the part of a lane between two moments, never too narrow to be seen.
func (b brush) span(lane int, from, to int64) image.Rectangle {
	high := b.Rect.Dy() / lanes
	const least = 2
	x, end := b.x(from), b.x(to)
	return image.Rect(x, lane*high+high/6, max(end, x+least), (lane+1)*high-high/6).Intersect(b.Rect)
}

func (b brush) box(lane int, from, to int64, c color.Color) {
	draw.Draw(b, b.span(lane, from, to), image.NewUniform(c), image.Point{}, draw.Src)
}

// hatch paints slanting lines on white.
func (b brush) hatch(lane int, from, to int64, c color.Color) {
	r := b.span(lane, from, to)
	draw.Draw(b, r, image.NewUniform(look.White), image.Point{}, draw.Src)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if (x+y)%6 < 3 {
				b.Set(x, y, c)
			}
		}
	}
}

// dots clears a break and leaves a dotted line in its middle.
func (b brush) dots(from, to int64) {
	r := b.span(laneRecorded, from, to)
	draw.Draw(b, r, image.NewUniform(look.Sheet), image.Point{}, draw.Src)
	y := (r.Min.Y + r.Max.Y) / 2
	for x := r.Min.X; x < r.Max.X; x += 6 {
		draw.Draw(b, image.Rect(x, y-1, x+3, y+1).Intersect(r), image.NewUniform(look.Amber), image.Point{}, draw.Src)
	}
}

// flag is a pole over all lanes with a small flag on top.
func (b brush) flag(at int64) {
	x, high := min(b.x(at), b.Rect.Dx()-2), b.Rect.Dy()/lanes
	draw.Draw(b, image.Rect(x, 0, x+2, b.Rect.Dy()), image.NewUniform(look.Amber), image.Point{}, draw.Src)
	for y := range high * 2 / 3 {
		w := high*2/3 - y
		r := image.Rect(x, y, x+w, y+1)
		if x+high > b.Rect.Dx() {
			r = image.Rect(x-w, y, x+2, y+1) // the last flag flies to the left
		}
		draw.Draw(b, r.Intersect(b.Rect), image.NewUniform(look.Amber), image.Point{}, draw.Src)
	}
}
