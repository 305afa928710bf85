// The part of libopus' binary interface, stable since 1.0, that the recorder uses (opus.h, opus_defines.h).
#ifndef MINGLU_OPUS_H
#define MINGLU_OPUS_H

#include <stdint.h>

typedef struct OpusEncoder opus_engine;

int opus_open(opus_engine **out, int channels, int bitrate, int32_t *lookahead);
int opus_packet(opus_engine *e, const int16_t *pcm, int samples, unsigned char *out, int max);
void opus_close(opus_engine *e);

#endif
