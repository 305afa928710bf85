//go:build cgo && linux && (amd64 || arm64)

#include "h264_apart.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *work(void *arg)
{
	h264_apart *a = arg;
	prctl(PR_SET_NAME, "h264"); // so that its time can be told from that of Go's threads
	for (;;) {
		eventfd_t n;
		while (eventfd_read(a->ask, &n) != 0)
			if (errno != EINTR)
				return NULL;
		if (a->stop)
			return NULL;
		a->rv = h264_encode(a->encoder, a->y, a->cb, a->cr, a->y_stride, a->c_stride, a->width, a->height,
		                    a->time_ms, a->key);
		eventfd_write(a->answer, 1);
	}
}

static void let_go(h264_apart *a)
{
	if (a->ask >= 0)
		close(a->ask);
	free(a); // answer is closed by whoever waits on it
}

int h264_apart_start(h264_apart **out, h264 *encoder)
{
	h264_apart *a = calloc(1, sizeof *a);
	if (!a)
		return ENOMEM;
	a->encoder = encoder;
	a->ask = eventfd(0, EFD_CLOEXEC);
	a->answer = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int rv = a->ask < 0 || a->answer < 0 ? errno : 0;
	if (rv == 0) {
		sigset_t all, before; // signals are for the threads of Go
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		rv = pthread_create(&a->thread, NULL, work, a);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (rv != 0) {
		if (a->answer >= 0)
			close(a->answer);
		let_go(a);
		return rv;
	}
	*out = a;
	return 0;
}

int h264_apart_ask(h264_apart *a, unsigned char *y, unsigned char *cb, unsigned char *cr, int y_stride, int c_stride,
                   int width, int height, int64_t time_ms, bool key)
{
	a->y = y;
	a->cb = cb;
	a->cr = cr;
	a->y_stride = y_stride;
	a->c_stride = c_stride;
	a->width = width;
	a->height = height;
	a->time_ms = time_ms;
	a->key = key;
	return eventfd_write(a->ask, 1) == 0 ? 0 : errno;
}

void h264_apart_stop(h264_apart *a)
{
	a->stop = true;
	eventfd_write(a->ask, 1);
	pthread_join(a->thread, NULL);
	let_go(a);
}
