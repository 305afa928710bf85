package synth

import (
	"image"
	"math/rand/v2"
	"time"
)

// The stage's agreement with whoever reads it back. Sizes follow the picture's, so a scaled picture can
// still be read.
const (
	CountBits   = 32                     // of the picture's count since the machine started, most significant first
	CheckBits   = 8                      // CRC-8 (polynomial 0x07) of the count's four bytes
	cells       = CountBits + CheckBits  // a strip of squares across the middle: white 1, black 0
	FlashLength = 100 * time.Millisecond // the flash field is white this long from each whole second on
	BeepLength  = 100 * time.Millisecond // and the beep sounds
	Hum         = 187                    // Hz, under everything: a hole in the sound breaks its phase
	black       = 16
	white       = 235
)

// Cell is where bit i of the strip stands, 0 the leftmost.
func Cell(width, height, i int) image.Rectangle {
	side := width / cells
	x, y := (width-side*cells)/2+i*side, (height-side)/2
	return image.Rect(x, y, x+side, y+side)
}

// Flash is the field that is white while the beep sounds, else black.
func Flash(width, height int) image.Rectangle {
	return image.Rect(width*3/8, height*5/8, width*5/8, height*6/8)
}

// BeepHz is the pitch of a second's beep; it tells second modulo 64.
func BeepHz(second int64) int { return 1000 + 50*int(second%64) }

// Check is the strip's CRC-8.
func Check(count uint32) uint8 {
	var crc uint8
	for shift := 24; shift >= 0; shift -= 8 {
		crc ^= uint8(count >> shift)
		for range 8 {
			carry := crc >> 7
			crc = crc<<1 ^ carry*0x07
		}
	}
	return crc
}

// scene draws pictures on a background made once.
type scene struct {
	width, height, fps int
	background         *image.YCbCr
	sensor             [grains]*image.YCbCr // backgrounds with a sensor's noise, shown by turns; nil without
}

// grains is how many pictures pass before a sensor's noise repeats. An encoder that looks one picture back never
// sees it.
const grains = 4

func newScene(o Options) *scene {
	whole := image.Rect(0, 0, o.Width, o.Height)
	s := &scene{width: o.Width, height: o.Height, fps: o.FPS, background: image.NewYCbCr(whole, image.YCbCrSubsampleRatio420)}
	chance := rand.New(rand.NewPCG(o.Seed, 0x6d696e676c75))
	for y := range o.Height {
		row := s.background.Y[y*s.background.YStride:][:o.Width]
		for x := range row {
			row[x] = uint8(70 + 80*y/o.Height + 8*(x*16/o.Width%2) + chance.IntN(9))
		}
	}
	for y := range o.Height / 2 {
		cb := s.background.Cb[y*s.background.CStride:][:o.Width/2]
		cr := s.background.Cr[y*s.background.CStride:][:o.Width/2]
		for x := range cb {
			cb[x], cr[x] = uint8(112+32*x/len(cb)), uint8(140-24*y*2/o.Height)
		}
	}
	if o.Grain > 0 {
		for i := range s.sensor {
			s.sensor[i] = grainy(s.background, o.Grain, chance)
		}
	}
	return s
}

// grainy is a picture as a sensor sees it, each point off by up to grain.
func grainy(from *image.YCbCr, grain int, chance *rand.Rand) *image.YCbCr {
	to := image.NewYCbCr(from.Rect, from.SubsampleRatio)
	copy(to.Cb, from.Cb)
	copy(to.Cr, from.Cr)
	for i, luma := range from.Y {
		to.Y[i] = uint8(max(black, min(white, int(luma)+chance.IntN(2*grain+1)-grain)))
	}
	return to
}

// draw paints the picture with this count since the machine started.
func (s *scene) draw(into *image.YCbCr, count int64) {
	behind := s.background
	if noisy := s.sensor[uint64(count)%grains]; noisy != nil {
		behind = noisy
	}
	copy(into.Y, behind.Y)
	copy(into.Cb, behind.Cb)
	copy(into.Cr, behind.Cr)
	second, part := count/int64(s.fps), count%int64(s.fps)
	s.drawBlocks(into, count)
	s.drawClock(into, second, part)
	bits := uint64(uint32(count))<<CheckBits | uint64(Check(uint32(count)))
	for i := range cells {
		fill(into, Cell(s.width, s.height, i), shade(bits>>(cells-1-i)&1 == 1))
	}
	sinceSecond := time.Duration(part) * time.Second / time.Duration(s.fps)
	fill(into, Flash(s.width, s.height), shade(sinceSecond < FlashLength))
}

// drawBlocks moves two squares up and down so that the picture is never still.
func (s *scene) drawBlocks(into *image.YCbCr, count int64) {
	side := s.width / 16
	for i, x := range []int{s.width / 8, s.width * 3 / 4} {
		path := int64(s.height/2 - 2*side)
		step := (count*4 + int64(i)*path) % (2 * path)
		y := s.height/2 - side - int(min(step, 2*path-step))
		fill(into, image.Rect(x, max(0, y), x+side, max(0, y)+side), uint8(60+120*i))
	}
}

// segments of the digits 0 … 9, bits abcdefg from the highest, as on every pocket calculator.
var segments = [10]uint8{0x7e, 0x30, 0x6d, 0x79, 0x33, 0x5b, 0x5f, 0x70, 0x7f, 0x7b}

// drawClock writes hours, minutes, seconds since the machine started and the picture in its second.
func (s *scene) drawClock(into *image.YCbCr, second, part int64) {
	unit := s.width / 160
	pen := image.Pt(s.width/4, s.height/4)
	for _, pair := range []int64{second / 3600 % 100, second / 60 % 60, second % 60, part} {
		for _, digit := range []int64{pair / 10, pair % 10} {
			drawDigit(into, pen, unit, segments[digit])
			pen.X += 8 * unit
		}
		pen.X += 4 * unit
	}
}

func drawDigit(into *image.YCbCr, at image.Point, unit int, lit uint8) {
	bars := [7]image.Rectangle{ // a top, b c right, d bottom, e f left, g middle
		image.Rect(1, 0, 5, 1), image.Rect(5, 1, 6, 5), image.Rect(5, 6, 6, 10), image.Rect(1, 10, 5, 11),
		image.Rect(0, 6, 1, 10), image.Rect(0, 1, 1, 5), image.Rect(1, 5, 5, 6),
	}
	for i, bar := range bars {
		if lit>>(6-i)&1 == 1 {
			fill(into, image.Rectangle{bar.Min.Mul(unit), bar.Max.Mul(unit)}.Add(at), white)
		}
	}
}

func shade(on bool) uint8 {
	if on {
		return white
	}
	return black
}

// fill paints luma only; the colour behind shines through, as it does on a lit wall.
func fill(into *image.YCbCr, r image.Rectangle, luma uint8) {
	r = r.Intersect(into.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := into.Y[y*into.YStride:][r.Min.X:r.Max.X]
		for x := range row {
			row[x] = luma
		}
	}
}
