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

VAE_CLONES static void round_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const float *in = a->in;
  uint16_t *out = a->out;
  for (int64_t i = begin; i < end; i++) out[i] = bfloat16_from(in[i]);
}

void vae_bfloat16_from_f32(const float *x, uint16_t *out, int64_t count) {
  arguments a = {x, out};
  vae_parallel_for(count, 4 * GRAIN, round_chunk, &a);
}

VAE_CLONES static void widen_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const uint16_t *in = a->in;
  float *out = a->out;
  for (int64_t i = begin; i < end; i++) out[i] = float_from_bfloat16(in[i]);
}

void vae_f32_from_bfloat16(const uint16_t *x, float *out, int64_t count) {
  arguments a = {x, out};
  vae_parallel_for(count, 4 * GRAIN, widen_chunk, &a);
}
