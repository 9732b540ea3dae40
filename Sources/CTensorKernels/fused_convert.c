#include "fused_common.h"

typedef struct {
  const void *in;
  void *out;
} arguments;

CLONES static void bytes_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const uint8_t *in = a->in;
  float *out = a->out;
  for (int64_t i = begin; i < end; i++) out[i] = (float)in[i] / 255;
}

CLONES static void to_bf16_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const uint32_t *in = a->in;
  uint16_t *out = a->out;
  for (int64_t i = begin; i < end; i++) {
    const uint32_t bits = in[i], rounded = bits + 0x7FFF + ((bits >> 16) & 1);
    // Rounding could carry a NaN's payload into infinity.
    out[i] = (uint16_t)(((bits & 0x7FFFFFFF) > 0x7F800000 ? bits | 0x400000 : rounded) >> 16);
  }
}

CLONES static void from_bf16_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const uint16_t *in = a->in;
  uint32_t *out = a->out;
  for (int64_t i = begin; i < end; i++) out[i] = (uint32_t)in[i] << 16;
}

void vae_unit_from_bytes_f32(const uint8_t *bytes, float *out, int64_t count) {
  arguments a = {bytes, out};
  vae_parallel_for(count, GRAIN, bytes_chunk, &a);
}

void vae_bf16_from_f32(const float *x, uint16_t *out, int64_t count) {
  arguments a = {x, out};
  vae_parallel_for(count, GRAIN, to_bf16_chunk, &a);
}

void vae_f32_from_bf16(const uint16_t *x, float *out, int64_t count) {
  arguments a = {x, out};
  vae_parallel_for(count, GRAIN, from_bf16_chunk, &a);
}
