//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

#include "h264_decoder.h"

#include <stdlib.h>
#include <string.h>

// Weak, so that this package links by itself; the linker flag in h264_decoder.go brings them out of the library.
extern long WelsCreateDecoder(h264_opener **) __attribute__((weak));
extern void WelsDestroyDecoder(h264_opener *) __attribute__((weak));

enum {
	NO_CONCEALMENT = 0, // a damaged picture is a fault, not a guess
	PLAIN_H264 = 0,
	OPTION_TRACE_LEVEL = 9,
	OPTION_REMAINING = 18,
};

int h264_decoder_open(h264_decoder **out)
{
	if (!WelsCreateDecoder || !WelsDestroyDecoder)
		return -1;
	h264_decoder *d = calloc(1, sizeof *d);
	if (!d)
		return 0x4000; // out of memory, by the library's count
	long rv = WelsCreateDecoder(&d->opener);
	if (rv != 0 || !d->opener) {
		free(d);
		return rv ? (int)rv : -1;
	}
	int quiet = 0;
	(*d->opener)->set_option(d->opener, OPTION_TRACE_LEVEL, &quiet);
	h264_decoding p;
	memset(&p, 0, sizeof p);
	p.target_layer = 0xff;
	p.concealment = NO_CONCEALMENT;
	p.property.size = sizeof p.property;
	p.property.stream = PLAIN_H264;
	rv = (*d->opener)->initialize(d->opener, &p);
	if (rv != 0) {
		WelsDestroyDecoder(d->opener);
		free(d);
		return (int)rv;
	}
	*out = d;
	return 0;
}

int h264_decoder_decode(h264_decoder *d, const unsigned char *unit, int len, uint64_t time)
{
	memset(&d->shown, 0, sizeof d->shown);
	d->shown.in_time = time;
	unsigned char *planes[3] = {0};
	int rv = (*d->opener)->decode_no_delay(d->opener, unit, len, planes, &d->shown);
	memcpy(d->shown.plane, planes, sizeof planes);
	return rv;
}

int h264_decoder_flush(h264_decoder *d)
{
	memset(&d->shown, 0, sizeof d->shown);
	unsigned char *planes[3] = {0};
	int rv = (*d->opener)->flush(d->opener, planes, &d->shown);
	memcpy(d->shown.plane, planes, sizeof planes);
	return rv;
}

int h264_decoder_remaining(h264_decoder *d)
{
	int n = 0;
	return (*d->opener)->get_option(d->opener, OPTION_REMAINING, &n) == 0 ? n : 0;
}

void h264_decoder_close(h264_decoder *d)
{
	(*d->opener)->uninitialize(d->opener);
	WelsDestroyDecoder(d->opener);
	free(d);
}
