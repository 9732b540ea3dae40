#include "fused_common.h"

typedef struct {
  const float *mean, *log_variance, *noise, *incoming;
  float *out, *mean_gradient, *log_variance_gradient;
  int64_t stride, gradient_stride, columns;
} arguments;

VAE_CLONES static void sample_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  for (int64_t r = begin; r < end; r++) {
    const float *m = a->mean + r * a->stride, *lv = a->log_variance + r * a->stride;
    const float *noise = a->noise + r * a->columns;
    float *z = a->out + r * a->columns;
    for (int64_t c = 0; c < a->columns; c++) z[c] = m[c] + exp_f32(0.5f * lv[c]) * noise[c];
  }
}

VAE_CLONES static void sample_backward_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  for (int64_t r = begin; r < end; r++) {
    const float *lv = a->log_variance + r * a->stride, *noise = a->noise + r * a->columns;
    const float *dz = a->incoming + r * a->columns;
    float *out = a->log_variance_gradient + r * a->gradient_stride;
    for (int64_t c = 0; c < a->columns; c++)
      out[c] = dz[c] * 0.5f * exp_f32(0.5f * lv[c]) * noise[c];
  }
}

VAE_CLONES static void kl_chunk(void *context, int64_t begin, int64_t end) {
  REASSOCIATE
  const arguments *a = context;
  for (int64_t r = begin; r < end; r++) {
    const float *m = a->mean + r * a->stride, *lv = a->log_variance + r * a->stride;
    float sum = 0;
    for (int64_t c = 0; c < a->columns; c++)
      sum += (expm1_f32(lv[c]) - lv[c]) + m[c] * m[c];
    a->out[r] = 0.5f * sum;
  }
}

VAE_CLONES static void kl_backward_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  for (int64_t r = begin; r < end; r++) {
    const float *m = a->mean + r * a->stride, *lv = a->log_variance + r * a->stride;
    const float g = a->incoming[r];
    float *dm = a->mean_gradient + r * a->gradient_stride;
    float *dlv = a->log_variance_gradient + r * a->gradient_stride;
    for (int64_t c = 0; c < a->columns; c++) {
      dm[c] = g * m[c];
      dlv[c] = g * 0.5f * expm1_f32(lv[c]);
    }
  }
}

void vae_reparameterize_f32(
    const float *mean, const float *log_variance, int64_t stride, const float *noise, float *z,
    int64_t rows, int64_t columns) {
  arguments a = {
      .mean = mean, .log_variance = log_variance, .stride = stride, .noise = noise, .out = z,
      .columns = columns};
  vae_parallel_for(rows, row_grain(columns), sample_chunk, &a);
}

void vae_reparameterize_backward_f32(
    const float *log_variance, int64_t stride, const float *noise, const float *dz,
    float *log_variance_gradient, int64_t gradient_stride, int64_t rows, int64_t columns) {
  arguments a = {
      .log_variance = log_variance, .stride = stride, .noise = noise, .incoming = dz,
      .log_variance_gradient = log_variance_gradient, .gradient_stride = gradient_stride,
      .columns = columns};
  vae_parallel_for(rows, row_grain(columns), sample_backward_chunk, &a);
}

void vae_standard_normal_kl_f32(
    const float *mean, const float *log_variance, int64_t stride, float *kl, int64_t rows,
    int64_t columns) {
  arguments a = {
      .mean = mean, .log_variance = log_variance, .stride = stride, .out = kl,
      .columns = columns};
  vae_parallel_for(rows, row_grain(columns), kl_chunk, &a);
}

void vae_standard_normal_kl_backward_f32(
    const float *mean, const float *log_variance, int64_t stride, const float *dkl,
    float *mean_gradient, float *log_variance_gradient, int64_t gradient_stride, int64_t rows,
    int64_t columns) {
  arguments a = {
      .mean = mean, .log_variance = log_variance, .stride = stride, .incoming = dkl,
      .mean_gradient = mean_gradient, .log_variance_gradient = log_variance_gradient,
      .gradient_stride = gradient_stride, .columns = columns};
  vae_parallel_for(rows, row_grain(columns), kl_backward_chunk, &a);
}
