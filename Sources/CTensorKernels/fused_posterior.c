#include <stdbool.h>

#include "fused_common.h"

typedef struct {
  const float *mean, *log_variance, *noise, *dz, *dkl;
  float *z, *kl, *dmean, *dlog_variance;
  int64_t columns;
} arguments;

// The flags are constants at each call below: what is not asked for is not in the loop.

INLINE void forward_rows(
    const arguments *a, int64_t begin, int64_t end, bool samples, bool measures) {
  REASSOCIATE
  for (int64_t r = begin; r < end; r++) {
    const float *m = a->mean + r * a->columns, *lv = a->log_variance + r * a->columns;
    const float *noise = samples ? a->noise + r * a->columns : 0;
    float *z = samples ? a->z + r * a->columns : 0;
    float sum = 0;
    for (int64_t c = 0; c < a->columns; c++) {
      const float deviation = exp_f32(0.5f * lv[c]);
      if (samples) z[c] = m[c] + deviation * noise[c];
      if (measures) sum += (expm1_from(lv[c], deviation * deviation) - lv[c]) + m[c] * m[c];
    }
    if (measures) a->kl[r] = 0.5f * sum;
  }
}

VAE_CLONES static void forward_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  if (a->z && a->kl) forward_rows(a, begin, end, true, true);
  else if (a->z) forward_rows(a, begin, end, true, false);
  else forward_rows(a, begin, end, false, true);
}

INLINE void backward_rows(
    const arguments *a, int64_t begin, int64_t end, bool samples, bool measures) {
  for (int64_t r = begin; r < end; r++) {
    const float *m = a->mean + r * a->columns, *lv = a->log_variance + r * a->columns;
    const float *noise = samples ? a->noise + r * a->columns : 0;
    const float *dz = samples ? a->dz + r * a->columns : 0;
    const float g = measures ? a->dkl[r] : 0;
    float *dm = measures ? a->dmean + r * a->columns : 0;
    float *dlv = a->dlog_variance + r * a->columns;
    for (int64_t c = 0; c < a->columns; c++) {
      const float deviation = exp_f32(0.5f * lv[c]);
      const float by_z = samples ? dz[c] * 0.5f * deviation * noise[c] : 0;
      const float by_kl = measures ? g * 0.5f * expm1_from(lv[c], deviation * deviation) : 0;
      if (measures) dm[c] = samples ? dz[c] + g * m[c] : g * m[c];
      dlv[c] = samples && measures ? by_z + by_kl : samples ? by_z : by_kl;
    }
  }
}

VAE_CLONES static void backward_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  if (a->dz && a->dkl) backward_rows(a, begin, end, true, true);
  else if (a->dz) backward_rows(a, begin, end, true, false);
  else backward_rows(a, begin, end, false, true);
}

void vae_gaussian_codes_f32(
    const float *mean, const float *log_variance, const float *noise, float *z, float *kl,
    int64_t rows, int64_t columns) {
  arguments a = {
      .mean = mean, .log_variance = log_variance, .noise = noise, .z = z, .kl = kl,
      .columns = columns};
  vae_parallel_for(rows, row_grain(columns), forward_chunk, &a);
}

void vae_gaussian_codes_backward_f32(
    const float *mean, const float *log_variance, const float *noise, const float *dz,
    const float *dkl, float *dmean, float *dlog_variance, int64_t rows, int64_t columns) {
  arguments a = {
      .mean = mean, .log_variance = log_variance, .noise = noise, .dz = dz, .dkl = dkl,
      .dmean = dmean, .dlog_variance = dlog_variance, .columns = columns};
  vae_parallel_for(rows, row_grain(columns), backward_chunk, &a);
}
