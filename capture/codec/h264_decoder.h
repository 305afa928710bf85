// The part of OpenH264's binary interface, version 2.1.1, by which pictures are opened again. Member order and
// types are those of codec_app_def.h and codec_def.h; abi_test.go compares them where those are at hand.
#ifndef MINGLU_H264_DECODER_H
#define MINGLU_H264_DECODER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	unsigned size;
	int stream;
} h264_stream;

typedef struct {
	char *reconstructed;
	unsigned cpu_load;
	unsigned char target_layer;
	int concealment;
	bool parse_only;
	h264_stream property;
} h264_decoding;

typedef struct {
	int width, height;
	int format;
	int stride[2]; // of luma, of both colours
} h264_memory;

typedef struct {
	int status; // 1: a picture is there
	unsigned long long in_time, out_time;
	h264_memory memory;
	unsigned char *plane[3];
} h264_shown;

// The virtual methods of the C++ class ISVCDecoder, in its order.
typedef struct h264_opener_methods *h264_opener;
struct h264_opener_methods {
	long (*initialize)(h264_opener *, const h264_decoding *);
	long (*uninitialize)(h264_opener *);
	int (*decode_frame)(h264_opener *, const unsigned char *, int, unsigned char **, int *, int *, int *);
	int (*decode_no_delay)(h264_opener *, const unsigned char *, int, unsigned char **, h264_shown *);
	int (*decode)(h264_opener *, const unsigned char *, int, unsigned char **, h264_shown *);
	int (*flush)(h264_opener *, unsigned char **, h264_shown *);
	int (*parse)(h264_opener *, const unsigned char *, int, void *);
	int (*decode_ex)(h264_opener *, const unsigned char *, int, unsigned char *, int, int *, int *, int *, int *);
	long (*set_option)(h264_opener *, int option, void *);
	long (*get_option)(h264_opener *, int option, void *);
};

// h264_decoder is one decoder. The planes of shown are the library's and hold until the next call.
typedef struct {
	h264_opener *opener;
	h264_shown shown;
} h264_decoder;

int h264_decoder_open(h264_decoder **out);
int h264_decoder_decode(h264_decoder *d, const unsigned char *unit, int len, uint64_t time);
int h264_decoder_flush(h264_decoder *d);
int h264_decoder_remaining(h264_decoder *d);
void h264_decoder_close(h264_decoder *d);

#endif
