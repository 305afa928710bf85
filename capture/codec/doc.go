// Package codec compresses pictures and sound, and opens the pictures that cameras compress one by one.
//
// The compressors are C libraries, linked statically: OpenH264 2.1.1 and Opus 1.3.1 as mediadevices bundles
// them, and libjpeg-turbo. Their binary interfaces are declared here, because the declarations mediadevices
// offers leave out what a recorder of evidence needs: constant parameter sets, time stamps, no frame skipping,
// music-quality sound. The codecs are not safe for use by several goroutines at once.
package codec

import "errors"

// ErrAbsent is returned by the codecs' constructors on machines for which no library is linked.
var ErrAbsent = errors.New("this build has no such codec")
