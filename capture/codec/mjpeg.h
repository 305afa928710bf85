#ifndef MINGLU_MJPEG_H
#define MINGLU_MJPEG_H

// What a JPEG's header says. Subsampling is TurboJPEG's TJSAMP.
typedef struct {
	int width, height, subsampling;
} mjpeg_header;

void *mjpeg_open(void);
int mjpeg_read_header(void *d, const unsigned char *jpeg, unsigned long size, mjpeg_header *h);
int mjpeg_decode(void *d, const unsigned char *jpeg, unsigned long size, int width, int height,
                 unsigned char *y, unsigned char *cb, unsigned char *cr, int y_stride, int c_stride);
const char *mjpeg_fault(void *d);
void mjpeg_close(void *d);

#endif
