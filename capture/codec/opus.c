//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

#include "opus.h"

#include <stddef.h>

// Weak, so that this package links by itself; the library comes with mediadevices' package, which uses them.
extern opus_engine *opus_encoder_create(int32_t rate, int channels, int application, int *error) __attribute__((weak));
extern int opus_encoder_ctl(opus_engine *, int request, ...) __attribute__((weak));
extern int32_t opus_encode(opus_engine *, const int16_t *, int, unsigned char *, int32_t) __attribute__((weak));
extern void opus_encoder_destroy(opus_engine *) __attribute__((weak));

enum {
	APPLICATION_AUDIO = 2049, // keeps the wave form, as evidence should
	SET_BITRATE = 4002,
	SET_COMPLEXITY = 4010,
	GET_LOOKAHEAD = 4027,
	COMPLEXITY = 5, // less work than 9, the default
};

int opus_open(opus_engine **out, int channels, int bitrate, int32_t *lookahead)
{
	if (!opus_encoder_create || !opus_encoder_ctl || !opus_encode || !opus_encoder_destroy)
		return -3; // internal error
	int error = 0;
	opus_engine *e = opus_encoder_create(48000, channels, APPLICATION_AUDIO, &error);
	if (!e)
		return error ? error : -3;
	error = opus_encoder_ctl(e, SET_BITRATE, (int32_t)bitrate);
	if (error == 0)
		error = opus_encoder_ctl(e, SET_COMPLEXITY, (int32_t)COMPLEXITY);
	if (error == 0)
		error = opus_encoder_ctl(e, GET_LOOKAHEAD, lookahead);
	if (error != 0) {
		opus_encoder_destroy(e);
		return error;
	}
	*out = e;
	return 0;
}

int opus_packet(opus_engine *e, const int16_t *pcm, int samples, unsigned char *out, int max)
{
	return opus_encode(e, pcm, samples, out, max);
}

void opus_close(opus_engine *e)
{
	opus_encoder_destroy(e);
}
