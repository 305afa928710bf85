// Package fmp4 writes and reads the recorder's media files: MP4 that survives a power cut and still opens at once.
//
// A file grows as ftyp, a 16-byte placeholder, an initial moov (together the head) and then fragments, each
// prft+moof+mdat. Fragments are never touched again. When the recording ends, a full moov is appended and the
// placeholder becomes the header of one large mdat that swallows the initial moov and all fragments, so that
// players see an ordinary MP4 file. The full moov is a function of the bytes of head and fragments alone:
// recorder, recovery and verifier each build it and must come to the same bytes.
//
// Every reader here parses what it needs, writes that again with the writer, and refuses a byte that differs.
// FORMAT.md in this folder gives every byte. Box layouts: ISO/IEC 14496-12 and -15, and "Encapsulation of Opus in ISO Base Media File Format" 0.8.1.
package fmp4
