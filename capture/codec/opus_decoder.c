//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

#include "opus_decoder.h"

#include <stddef.h>

// Weak, so that this package links by itself; the linker flag in opus_decoder.go brings them out of the library.
extern opus_opener *opus_decoder_create(int32_t rate, int channels, int *error) __attribute__((weak));
extern int opus_decode(opus_opener *, const unsigned char *, int32_t, int16_t *, int, int fec) __attribute__((weak));
extern void opus_decoder_destroy(opus_opener *) __attribute__((weak));

int opus_decoder_start(opus_opener **out, int channels)
{
	if (!opus_decoder_create || !opus_decode || !opus_decoder_destroy)
		return -1000; // no code of the library
	int error = 0;
	*out = opus_decoder_create(48000, channels, &error);
	return *out ? 0 : error ? error : -3;
}

int opus_decoder_packet(opus_opener *d, const unsigned char *packet, int len, int16_t *pcm, int samples)
{
	return opus_decode(d, packet, len, pcm, samples, 0);
}

void opus_decoder_close(opus_opener *d)
{
	opus_decoder_destroy(d);
}
