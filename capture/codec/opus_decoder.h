// The part of libopus' binary interface, stable since 1.0, by which sound is opened again.
#ifndef MINGLU_OPUS_DECODER_H
#define MINGLU_OPUS_DECODER_H

#include <stdint.h>

typedef struct OpusDecoder opus_opener;

int opus_decoder_start(opus_opener **out, int channels);
int opus_decoder_packet(opus_opener *d, const unsigned char *packet, int len, int16_t *pcm, int samples);
void opus_decoder_close(opus_opener *d);

#endif
