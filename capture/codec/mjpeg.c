//go:build cgo && linux

#include "mjpeg.h"

#include <turbojpeg.h>

void *mjpeg_open(void)
{
	return tjInitDecompress();
}

int mjpeg_read_header(void *d, const unsigned char *jpeg, unsigned long size, mjpeg_header *h)
{
	int space;
	return tjDecompressHeader3(d, jpeg, size, &h->width, &h->height, &h->subsampling, &space);
}

int mjpeg_decode(void *d, const unsigned char *jpeg, unsigned long size, int width, int height,
                 unsigned char *y, unsigned char *cb, unsigned char *cr, int y_stride, int c_stride)
{
	unsigned char *planes[3] = {y, cb, cr};
	int strides[3] = {y_stride, c_stride, c_stride};
	return tjDecompressToYUVPlanes(d, jpeg, size, planes, width, strides, height, 0);
}

const char *mjpeg_fault(void *d)
{
	return tjGetErrorStr2(d);
}

void mjpeg_close(void *d)
{
	tjDestroy(d);
}
