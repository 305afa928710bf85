package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// likeness is a film's peak signal-to-noise ratio against the raw pictures it was made of, in decibel of luma, in
// the middle of the picture, which neither side's clock covers.
func (b *bench) likeness(ctx context.Context, film, clip string) (float64, error) {
	const middle = "crop=iw:ih*3/5:0:ih/5"
	out, err := b.command(ctx, "ffmpeg", "-nostdin", "-hide_banner", "-i", film, "-i", clip, "-lavfi",
		"[0:v]fps=25,"+middle+"[a];[1:v]"+middle+"[b];[a][b]psnr", "-an", "-f", "null", "-").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("compare %s with the raw pictures: %w\n%s", base(film), err, out)
	}
	m := regexp.MustCompile(`PSNR y:([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("compare %s with the raw pictures: ffmpeg says no ratio\n%s", base(film), out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// likenesses demands that less work was not bought with worse pictures: ours are as like the raw ones as the peer's.
func (b *bench) likenesses(ctx context.Context, name, ours, peer, clip string) error {
	mine, err := b.likeness(ctx, ours, clip)
	if err != nil {
		return err
	}
	theirs, err := b.likeness(ctx, peer, clip)
	if err != nil {
		return err
	}
	return b.judgeLine(mine >= theirs, "%s_PICTURE ours=%.2fdB peer=%.2fdB", name, mine, theirs)
}
