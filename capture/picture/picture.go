// Package picture shrinks raw pictures and lays them over one another.
package picture

import (
	"encoding/binary"
	"image"
	"image/color"
)

// Shrink fills dst with a smaller src, both 4:2:0. Sides of any ratio are possible; a dst that is larger
// than src repeats samples.
func Shrink(dst, src *image.YCbCr) {
	d, s := dst.Rect, src.Rect
	if d.Empty() || s.Empty() {
		return
	}
	shrinkPlane(
		plane{dst.Y[dst.YOffset(d.Min.X, d.Min.Y):], dst.YStride, d.Dx(), d.Dy()},
		plane{src.Y[src.YOffset(s.Min.X, s.Min.Y):], src.YStride, s.Dx(), s.Dy()})
	dc, sc := dst.COffset(d.Min.X, d.Min.Y), src.COffset(s.Min.X, s.Min.Y)
	for _, p := range [...][2][]byte{{dst.Cb, src.Cb}, {dst.Cr, src.Cr}} {
		shrinkPlane(
			plane{p[0][dc:], dst.CStride, (d.Dx() + 1) / 2, (d.Dy() + 1) / 2},
			plane{p[1][sc:], src.CStride, (s.Dx() + 1) / 2, (s.Dy() + 1) / 2})
	}
}

// plane is one component of a picture.
type plane struct {
	b             []byte
	stride        int
	width, height int
}

func (p plane) row(y int) []byte { return p.b[y*p.stride:][:p.width] }

func shrinkPlane(dst, src plane) {
	if src.width == 4*dst.width && src.height == 4*dst.height {
		quarterPlane(dst, src)
		return
	}
	kx, ky := max(1, src.width/dst.width), max(1, src.height/dst.height)
	for y := range dst.height {
		top := min(y*src.height/dst.height, src.height-ky)
		to := dst.row(y)
		for x := range to {
			left := min(x*src.width/dst.width, src.width-kx)
			sum := kx * ky / 2
			for i := range ky {
				for _, v := range src.row(top + i)[left : left+kx] {
					sum += int(v)
				}
			}
			to[x] = byte(sum / (kx * ky))
		}
	}
}

// quarterPlane averages squares of 4x4, two at once: of the eight bytes of a line, every other one is
// summed in lanes of 16 bits, which 16 bytes cannot overflow.
func quarterPlane(dst, src plane) {
	const lanes = 0x00ff00ff00ff00ff
	for y := range dst.height {
		to := dst.row(y)
		a, b, c, d := src.row(4*y), src.row(4*y+1), src.row(4*y+2), src.row(4*y+3)
		for ; len(to) >= 2; to = to[2:] {
			p, q := binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b)
			r, s := binary.LittleEndian.Uint64(c), binary.LittleEndian.Uint64(d)
			a, b, c, d = a[8:], b[8:], c[8:], d[8:]
			sum := p&lanes + p>>8&lanes + q&lanes + q>>8&lanes + r&lanes + r>>8&lanes + s&lanes + s>>8&lanes
			sum += sum>>16 + (8 | 8<<32) // lanes 0 and 2 now hold 16 bytes each, in 12 bits
			to[0], to[1] = byte(sum>>4), byte(sum>>36)
		}
		if len(to) == 1 {
			to[0] = average(a, b, c, d)
		}
	}
}

// average is that of the first four bytes of each line.
func average(lines ...[]byte) byte {
	sum := 2 * len(lines)
	for _, l := range lines {
		for _, v := range l[:4] {
			sum += int(v)
		}
	}
	return byte(sum / (4 * len(lines)))
}

// Lay copies src over dst with its upper left corner at x, y, rounded down to even numbers; what lies
// outside dst is left away. Both are 4:2:0.
func Lay(dst, src *image.YCbCr, x, y int) {
	shift := image.Pt(x&^1, y&^1).Sub(src.Rect.Min)
	r := src.Rect.Add(shift).Intersect(dst.Rect)
	if r.Empty() {
		return
	}
	from := r.Sub(shift)
	for i := range r.Dy() {
		copy(dst.Y[dst.YOffset(r.Min.X, r.Min.Y+i):][:r.Dx()], src.Y[src.YOffset(from.Min.X, from.Min.Y+i):])
	}
	for i := 0; i < r.Dy(); i += 2 {
		d, s, n := dst.COffset(r.Min.X, r.Min.Y+i), src.COffset(from.Min.X, from.Min.Y+i), (r.Dx()+1)/2
		copy(dst.Cb[d:][:n], src.Cb[s:])
		copy(dst.Cr[d:][:n], src.Cr[s:])
	}
}

// Preview fills dst with src, usually larger, in the colours a window shows.
func Preview(dst *image.RGBA, src *image.YCbCr) {
	d, s := dst.Rect, src.Rect
	if d.Empty() || s.Empty() {
		return
	}
	stepX := s.Dx() << 16 / d.Dx()
	for y := range d.Dy() {
		sy := s.Min.Y + y*s.Dy()/d.Dy()
		top := src.Y[src.YOffset(s.Min.X, sy):][:s.Dx()]
		low := src.Y[src.YOffset(s.Min.X, min(sy+1, s.Max.Y-1)):][:s.Dx()]
		c := src.COffset(s.Min.X, sy)
		cb, cr := src.Cb[c:], src.Cr[c:]
		to := dst.Pix[dst.PixOffset(d.Min.X, d.Min.Y+y):][:4*d.Dx()]
		for x := 0; len(to) >= 4; x, to = x+stepX, to[4:] {
			i := x >> 16
			j := min(i+1, len(top)-1)
			l := (uint32(top[i]) + uint32(top[j]) + uint32(low[i]) + uint32(low[j]) + 2) >> 2
			to[0], to[1], to[2] = color.YCbCrToRGB(byte(l), cb[i/2], cr[i/2])
			to[3] = 255
		}
	}
}
