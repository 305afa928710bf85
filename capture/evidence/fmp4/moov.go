package fmp4

import "time"

// movieTimescale serves mvhd and edit lists; the pictures' own, so that their times are exact.
const movieTimescale = VideoTimescale

// epoch1904 is how many seconds the epoch of MP4 lies before that of Unix.
const epoch1904 = 2082844800

const matrix = "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00"

// moov writes the moov of a growing file, or with tables that of a finished one. Tracks that never had a
// sample are left out of a finished one: some players refuse a file for an empty track.
func (w *writer) moov(h Header, tables []*table) {
	created := uint64(h.Created.Unix() + epoch1904)
	w.box("moov", func() {
		w.mvhd(h, created, tables)
		for i, t := range h.Tracks {
			switch {
			case tables == nil:
				w.trak(t, created, &table{track: t})
			case tables[i].samples > 0:
				w.trak(t, created, tables[i])
			}
		}
		if tables == nil {
			w.box("mvex", func() {
				for _, t := range h.Tracks {
					w.trex(t)
				}
			})
		}
	})
}

func (w *writer) mvhd(h Header, created uint64, tables []*table) {
	var longest, lastID uint64
	for _, t := range tables {
		longest = max(longest, t.presented())
	}
	for _, t := range h.Tracks {
		lastID = max(lastID, uint64(t.ID))
	}
	w.full("mvhd", 1, 0, func() {
		w.u64(created)
		w.u64(created)
		w.u32(movieTimescale)
		w.u64(longest)
		w.u32(1 << 16) // rate
		w.u16(1 << 8)  // volume
		w.zero(10)
		w.b = append(w.b, matrix...)
		w.zero(24)
		w.u32(uint32(lastID + 1))
	})
}

func (w *writer) trak(t Track, created uint64, tab *table) {
	w.box("trak", func() {
		w.tkhd(t, created, tab)
		w.box("edts", func() { w.elst(tab) })
		w.box("mdia", func() {
			w.full("mdhd", 1, 0, func() {
				w.u64(created)
				w.u64(created)
				w.u32(t.Timescale())
				w.u64(tab.length())
				w.u16(0x55c4) // language: undetermined
				w.u16(0)
			})
			w.hdlr(t)
			w.box("minf", func() {
				w.mediaHeader(t)
				w.dinf()
				w.stbl(tab)
			})
		})
	})
}

func (w *writer) tkhd(t Track, created uint64, tab *table) {
	w.full("tkhd", 1, 3, func() { // enabled, in the movie
		w.u64(created)
		w.u64(created)
		w.u32(t.ID)
		w.zero(4)
		w.u64(tab.presented())
		w.zero(12)
		if t.H264 == nil {
			w.u16(1 << 8) // volume
		} else {
			w.u16(0)
		}
		w.zero(2)
		w.b = append(w.b, matrix...)
		if t.H264 == nil {
			w.zero(8)
			return
		}
		w.u32(uint32(t.H264.Width) << 16)
		w.u32(uint32(t.H264.Height) << 16)
	})
}

// elst lets a track begin late, when its first sample was taken or is shown late, and skips what an Opus
// decoder needs to warm up. Without the shift in it players leave out the first reordered pictures.
func (w *writer) elst(tab *table) {
	empty := movieTime(tab.start+tab.shift, tab.track)
	w.full("elst", 1, 0, func() {
		if empty > 0 {
			w.u32(2)
			w.u64(empty)
			w.u64(1<<64 - 1) // nothing is shown
			w.u32(1 << 16)
		} else {
			w.u32(1)
		}
		w.u64(tab.presented() - empty)
		w.u64(tab.track.preSkip() + tab.shift)
		w.u32(1 << 16)
	})
}

func (w *writer) hdlr(t Track) {
	kind, name := "soun", "Sound\x00"
	if t.H264 != nil {
		kind, name = "vide", "Video\x00"
	}
	w.full("hdlr", 0, 0, func() {
		w.zero(4)
		w.b = append(w.b, kind...)
		w.zero(12)
		w.b = append(w.b, name...)
	})
}

func (w *writer) mediaHeader(t Track) {
	if t.H264 != nil {
		w.full("vmhd", 0, 1, func() { w.zero(8) })
		return
	}
	w.full("smhd", 0, 0, func() { w.zero(4) })
}

// dinf says that the samples lie in this very file.
func (w *writer) dinf() {
	w.box("dinf", func() {
		w.full("dref", 0, 0, func() {
			w.u32(1)
			w.full("url ", 0, 1, func() {})
		})
	})
}

func (w *writer) trex(t Track) {
	w.full("trex", 0, 0, func() {
		w.u32(t.ID)
		w.u32(1) // sample description
		w.zero(8)
		w.u32(keySample) // each fragment of pictures gives its own flags
	})
}

// movieTime turns ticks of a track into ticks of the movie, rounding up so that no sample is cut off.
func movieTime(ticks uint64, t Track) uint64 {
	scale := uint64(t.Timescale())
	return ticks/scale*movieTimescale + (ticks%scale*movieTimescale+scale-1)/scale
}

// ntp is the time format of prft: seconds since 1900 and their 2^-32 parts (RFC 5905, 6). It wraps in
// 2036, so a reader takes small counts as after that.
func ntp(t time.Time) uint64 {
	sec := uint64(t.Unix()+2208988800) & 0xffffffff
	return sec<<32 | uint64(t.Nanosecond())<<32/1e9
}

func fromNTP(v uint64) time.Time {
	sec := int64(v >> 32)
	if sec < 1<<31 {
		sec += 1 << 32
	}
	// Half a unit up, so that a time that was written comes back as it was.
	return time.Unix(sec-2208988800, int64((v&0xffffffff*1e9+1<<31)>>32)).UTC()
}
