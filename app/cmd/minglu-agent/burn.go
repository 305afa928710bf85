package main

import (
	"image"
	"sync"

	"minglu/app/i18n"
	"minglu/assets"
	"minglu/capture/catalog"
	"minglu/capture/overlay"
)

// pens write into pictures, in letters that suit their height. They are made when the first picture of a size
// comes.
type pens struct {
	mu   sync.Mutex
	made map[int]*overlay.Pen
}

func newPens() *pens { return &pens{made: map[int]*overlay.Pen{}} }

func (p *pens) of(height int) *overlay.Pen {
	p.mu.Lock()
	defer p.mu.Unlock()
	pen, ok := p.made[height]
	if !ok {
		pen, _ = overlay.New(assets.Font, height) // the embedded font opens, or its own test fails
		p.made[height] = pen
	}
	return pen
}

// caption writes a line into the picture's lower left corner.
func (p *pens) caption(img *image.YCbCr, text string) {
	height := img.Bounds().Dy()
	pen := p.of(max(12, height/30))
	if pen == nil {
		return
	}
	_, box := pen.Size(text)
	pen.Draw(img, 8, height-box-8, text)
}

// placard writes into the middle of a dark picture that the recording is interrupted, and why, for courts that
// read Chinese and for guests who do not.
func (p *pens) placard(words *catalog.Words) func(*image.YCbCr, string) {
	return func(img *image.YCbCr, reason string) {
		y := img.Bounds().Dy() / 3
		for _, line := range []struct {
			lang i18n.Lang
			part int // of the picture's height
		}{{i18n.ZH, 9}, {i18n.EN, 18}} {
			text := i18n.Say(line.lang, "placard.break", "reason", catalog.Name(words.Interruptions, reason, string(line.lang)))
			y += p.center(img, y, max(12, img.Bounds().Dy()/line.part), text)
		}
	}
}

// center writes a line in the middle of its height and returns how much of the height it took.
func (p *pens) center(img *image.YCbCr, y, height int, text string) int {
	pen := p.of(height)
	if pen == nil {
		return 0
	}
	width, box := pen.Size(text)
	pen.Draw(img, (img.Bounds().Dx()-width)/2, y, text)
	return box
}
