// An encoder in a thread of its own. Asking it and hearing its answer are event counters, so that Go's scheduler
// sees a goroutine that waits for a file, not one that sits in a system call for the eight milliseconds a
// picture takes: for that long its monitor would wake every few dozen microseconds, a tenth of the work of a
// recording.
#ifndef MINGLU_H264_APART_H
#define MINGLU_H264_APART_H

#include <pthread.h>

#include "h264.h"

typedef struct {
	h264 *encoder;
	pthread_t thread;
	int ask, answer; // eventfd(2); answer does not block
	// between ask and answer owned by the thread
	unsigned char *y, *cb, *cr;
	int y_stride, c_stride, width, height;
	int64_t time_ms;
	bool key, stop;
	int rv;
} h264_apart;

int h264_apart_start(h264_apart **out, h264 *encoder);
int h264_apart_ask(h264_apart *a, unsigned char *y, unsigned char *cb, unsigned char *cr, int y_stride, int c_stride,
                   int width, int height, int64_t time_ms, bool key);
void h264_apart_stop(h264_apart *a);

#endif
