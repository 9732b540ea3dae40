#include "fused_common.h"

typedef struct {
  const void *in;
  void *out;
} arguments;

VAE_CLONES static void bytes_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const uint8_t *in = a->in;
  float *out = a->out;
  for (int64_t i = begin; i < end; i++) out[i] = (float)in[i] / 255;
}

void vae_unit_from_bytes_f32(const uint8_t *bytes, float *out, int64_t count) {
  arguments a = {bytes, out};
  vae_parallel_for(count, GRAIN, bytes_chunk, &a);
}
