// The part of OpenH264's binary interface, version 2.1.1, that the recorder uses. Member order and types are
// those of codec_app_def.h; h264_abi_test.go compares the two where that header is at hand.
#ifndef MINGLU_H264_H
#define MINGLU_H264_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	int mode;
	unsigned num;
	unsigned macroblocks[35];
	unsigned size_limit;
} h264_slices;

typedef struct {
	int width, height;
	float fps;
	int bitrate, max_bitrate;
	int profile, level, qp;
	h264_slices slices;
	bool signal_present;
	unsigned char video_format;
	bool full_range;
	bool color_present;
	unsigned char primaries, transfer, matrix;
	bool aspect_present;
	int aspect;
	unsigned short aspect_width, aspect_height;
} h264_layer;

typedef struct {
	int usage;
	int width, height;
	int bitrate;
	int rate_control;
	float fps;
	int temporal_layers, spatial_layers;
	h264_layer layer[4];
	int complexity;
	unsigned intra_period;
	int references;
	int id_strategy;
	bool prefix_nal, ssei, simulcast;
	int padding;
	int cabac;
	bool frame_skip;
	int max_bitrate, max_qp, min_qp;
	unsigned max_nal;
	bool long_term;
	int long_term_count;
	unsigned long_term_period;
	unsigned short threads;
	bool load_balancing;
	int filter_off, filter_alpha, filter_beta;
	bool denoise, background, adaptive_quant, cropping, scene_change;
	bool lossless_link;
} h264_param;

typedef struct {
	unsigned char temporal, spatial, quality;
	int frame_type;
	unsigned char layer_type;
	int sub_seq;
	int nal_count;
	int *nal_len;
	unsigned char *data;
} h264_layer_bits;

typedef struct {
	int layer_count;
	h264_layer_bits layer[128];
	int frame_type;
	int size;
	long long time_ms;
} h264_bits;

typedef struct {
	int format;
	int stride[4];
	unsigned char *plane[4];
	int width, height;
	long long time_ms;
} h264_picture;

// The virtual methods of the C++ class ISVCEncoder, in its order. force_intra has a second parameter there
// that the library's own C declaration forgets.
typedef struct h264_engine_methods *h264_engine;
struct h264_engine_methods {
	int (*initialize)(h264_engine *, const void *);
	int (*initialize_ext)(h264_engine *, const h264_param *);
	int (*default_params)(h264_engine *, h264_param *);
	int (*uninitialize)(h264_engine *);
	int (*encode)(h264_engine *, const h264_picture *, h264_bits *);
	int (*parameter_sets)(h264_engine *, h264_bits *);
	int (*force_intra)(h264_engine *, bool idr, int layer);
	int (*set_option)(h264_engine *, int option, void *);
	int (*get_option)(h264_engine *, int option, void *);
};

enum {
	H264_IDR = 1,        // videoFrameTypeIDR
	H264_SKIP = 4,       // videoFrameTypeSkip
	H264_MAX_NALS = 256, // far more than one picture in one slice needs
};

// h264 is one encoder. nal points into the library's memory and holds until the next call.
typedef struct {
	h264_engine *engine;
	h264_bits bits;
	int frame_type;
	int nal_count;
	struct {
		unsigned char *data;
		int len;
	} nal[H264_MAX_NALS];
} h264;

int h264_open(h264 **out, int width, int height, float fps, int bitrate, int gop, bool full_range);
int h264_parameter_sets(h264 *e);
int h264_encode(h264 *e, unsigned char *y, unsigned char *cb, unsigned char *cr, int y_stride, int c_stride,
                int width, int height, int64_t time_ms, bool key);
void h264_close(h264 *e);

#endif
