//go:build cgo && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

#include "h264.h"

#include <stdlib.h>
#include <string.h>

// Weak, so that this package links by itself; the library comes with mediadevices' package, which uses both.
extern int WelsCreateSVCEncoder(h264_engine **) __attribute__((weak));
extern void WelsDestroySVCEncoder(h264_engine *) __attribute__((weak));

enum {
	BITRATE_MODE = 1,
	PROFILE_HIGH = 100,
	FORMAT_I420 = 23,
	OPTION_TRACE_LEVEL = 25,
	UNDEFINED = 5, // video format
};

static void fill(h264_param *p, int width, int height, float fps, int bitrate, int gop, bool full_range)
{
	p->usage = 0; // camera, real time
	p->width = width;
	p->height = height;
	p->bitrate = bitrate;
	p->max_bitrate = 0;
	p->rate_control = BITRATE_MODE;
	p->fps = fps;
	p->temporal_layers = 1;
	p->spatial_layers = 1;
	p->intra_period = gop;
	p->id_strategy = 0; // the same parameter sets all along
	p->prefix_nal = false;
	p->cabac = 0; // CAVLC: a fifth less work at two million bits a second, for a few per cent more bits
	p->frame_skip = false; // a picture taken is a picture kept
	p->threads = 1;
	p->scene_change = false; // key frames come when the recorder wants them
	p->denoise = false;      // evidence is not beautified
	p->filter_off = 1;       // nor are its blocks smoothed: a fifth less work, 0.2 dB, still like x264 veryfast
	h264_layer *l = &p->layer[0];
	l->width = width;
	l->height = height;
	l->fps = fps;
	l->bitrate = bitrate;
	l->max_bitrate = 0;
	l->profile = PROFILE_HIGH;
	l->slices.mode = 0;
	l->slices.num = 1;
	l->signal_present = full_range;
	l->video_format = UNDEFINED;
	l->full_range = full_range;
}

int h264_open(h264 **out, int width, int height, float fps, int bitrate, int gop, bool full_range)
{
	if (!WelsCreateSVCEncoder || !WelsDestroySVCEncoder)
		return -1;
	h264 *e = calloc(1, sizeof *e);
	if (!e)
		return -3;
	int rv = WelsCreateSVCEncoder(&e->engine);
	if (rv != 0 || !e->engine) {
		free(e);
		return rv ? rv : -1;
	}
	int quiet = 0;
	h264_param p;
	memset(&p, 0, sizeof p);
	(*e->engine)->set_option(e->engine, OPTION_TRACE_LEVEL, &quiet);
	rv = (*e->engine)->default_params(e->engine, &p);
	if (rv == 0) {
		fill(&p, width, height, fps, bitrate, gop, full_range);
		rv = (*e->engine)->initialize_ext(e->engine, &p);
	}
	if (rv != 0) {
		WelsDestroySVCEncoder(e->engine);
		free(e);
		return rv;
	}
	*out = e;
	return 0;
}

// list turns the layers of the last call into one list of NAL units.
static int list(h264 *e)
{
	e->nal_count = 0;
	e->frame_type = e->bits.frame_type;
	for (int i = 0; i < e->bits.layer_count && i < 128; i++) {
		unsigned char *data = e->bits.layer[i].data;
		for (int j = 0; j < e->bits.layer[i].nal_count; j++) {
			if (e->nal_count == H264_MAX_NALS)
				return -5;
			int len = e->bits.layer[i].nal_len[j];
			e->nal[e->nal_count].data = data;
			e->nal[e->nal_count++].len = len;
			data += len;
		}
	}
	return 0;
}

int h264_parameter_sets(h264 *e)
{
	int rv = (*e->engine)->parameter_sets(e->engine, &e->bits);
	return rv ? rv : list(e);
}

int h264_encode(h264 *e, unsigned char *y, unsigned char *cb, unsigned char *cr, int y_stride, int c_stride,
                int width, int height, int64_t time_ms, bool key)
{
	h264_picture p = {
		.format = FORMAT_I420,
		.stride = {y_stride, c_stride, c_stride},
		.plane = {y, cb, cr},
		.width = width,
		.height = height,
		.time_ms = time_ms,
	};
	if (key)
		(*e->engine)->force_intra(e->engine, true, -1);
	int rv = (*e->engine)->encode(e->engine, &p, &e->bits);
	return rv ? rv : list(e);
}

void h264_close(h264 *e)
{
	(*e->engine)->uninitialize(e->engine);
	WelsDestroySVCEncoder(e->engine);
	free(e);
}
