#include <stdbool.h>

#include "CTensorKernels.h"
#include "fused_common.h"

// Sums over rows run in chunks of rows: float32 within a chunk, float64 between chunks, in order.

typedef struct {
  const float *x, *dy, *mean, *inverse_deviation, *gamma, *beta, *scale, *shift;
  float *y;
  uint16_t *rounded;
  float *partial;  // two rows of columns a chunk
  int64_t columns, grain;
  vae_activation activation;
  float slope;
} arguments;

INLINE void zero_sums(float *sums, int64_t columns) {
  memset(sums, 0, sizeof(float) * (size_t)(2 * columns));
}

/// Adds the chunks' partial sums, two rows of columns each, in order.
static void add_partials(const float *partial, int64_t chunks, int64_t columns, double *sums) {
  for (int64_t c = 0; c < 2 * columns; c++) sums[c] = 0;
  for (int64_t i = 0; i < chunks; i++)
    for (int64_t c = 0; c < 2 * columns; c++) sums[c] += partial[i * 2 * columns + c];
}

/// Sums of x - k and (x - k)^2, with the first row as k so that a large mean costs no accuracy.
VAE_CLONES static void moment_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const int64_t columns = a->columns;
  const float *restrict origin = a->x;
  float *restrict sums = a->partial + begin / a->grain * 2 * columns;
  float *restrict squares = sums + columns;
  zero_sums(sums, columns);
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * columns;
    for (int64_t c = 0; c < columns; c++) {
      const float d = x[c] - origin[c];
      sums[c] += d;
      squares[c] += d * d;
    }
  }
}

/// Mean and biased variance of each column.
static void column_moments(
    const float *x, float *mean, float *variance, int64_t rows, int64_t columns) {
  const int64_t grain = row_grain(columns), chunks = (rows + grain - 1) / grain;
  size_t capacity;
  double *sums = vae_pool_take(
      sizeof(double) * (size_t)(2 * columns) + sizeof(float) * (size_t)(2 * chunks * columns),
      &capacity);
  float *partial = (float *)(sums + 2 * columns);
  arguments a = {.x = x, .partial = partial, .columns = columns, .grain = grain};
  vae_parallel_for(rows, grain, moment_chunk, &a);
  add_partials(partial, chunks, columns, sums);
  for (int64_t c = 0; c < columns; c++) {
    const double offset = sums[c] / (double)rows;
    const double spread = sums[columns + c] / (double)rows - offset * offset;
    mean[c] = (float)(x[c] + offset);
    variance[c] = spread > 0 ? (float)spread : 0;
  }
  vae_pool_give(sums, capacity);
}

/// Identity, ReLU and leaky ReLU are one loop: negative values are multiplied by a slope.
INLINE float kept_slope(vae_activation activation, float slope) {
  return activation == VAE_THEN_IDENTITY ? 1 : activation == VAE_THEN_RELU ? 0 : slope;
}

INLINE void scale_shift(
    const arguments *a, int64_t begin, int64_t end, bool writes, bool rounds) {
  const int64_t columns = a->columns;
  const float *restrict scale = a->scale, *restrict shift = a->shift, *restrict mean = a->mean;
  const float slope = kept_slope(a->activation, a->slope);
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * columns;
    float *y = writes ? a->y + r * columns : NULL;
    uint16_t *restrict rounded = rounds ? a->rounded + r * columns : NULL;
    for (int64_t c = 0; c < columns; c++) {
      const float u = scale[c] * (x[c] - mean[c]) + shift[c], v = u > 0 ? u : slope * u;
      if (writes) y[c] = v;
      if (rounds) rounded[c] = bfloat16_from(v);
    }
  }
}

VAE_CLONES static void scale_shift_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  if (!a->rounded) scale_shift(a, begin, end, true, false);
  else if (a->y) scale_shift(a, begin, end, true, true);
  else scale_shift(a, begin, end, false, true);
}

void vae_batch_norm_f32(
    const float *x, const float *gamma, const float *beta, double epsilon, float *y,
    uint16_t *rounded, float *mean, float *variance, int64_t rows, int64_t columns,
    vae_activation activation, float slope) {
  if (rows <= 0) return;
  column_moments(x, mean, variance, rows, columns);
  size_t capacity;
  float *scale = vae_pool_take(sizeof(float) * (size_t)(2 * columns), &capacity);
  float *shift = scale + columns;
  for (int64_t c = 0; c < columns; c++) {
    scale[c] = (float)((gamma ? gamma[c] : 1) / sqrt(variance[c] + epsilon));
    shift[c] = beta ? beta[c] : 0;
  }
  arguments a = {
      .x = x, .mean = mean, .scale = scale, .shift = shift, .y = y,
      .rounded = rounded, .columns = columns, .activation = activation, .slope = slope};
  vae_parallel_for(rows, row_grain(columns), scale_shift_chunk, &a);
  vae_pool_give(scale, capacity);
}

// Pullback. With n = (x - mean) * inverse deviation, u = gamma n + beta, g = dy activation'(u):
// dbeta = sum g, dgamma = sum g n, dx = gamma inverse (g - dbeta / rows - n dgamma / rows).
// The activation's slope is found from u anew, which costs less than reading the output.

VAE_CLONES static void backward_sums_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const int64_t columns = a->columns;
  const float *restrict mean = a->mean, *restrict inverse = a->inverse_deviation;
  const float *restrict gamma = a->gamma, *restrict beta = a->beta;
  const float slope = kept_slope(a->activation, a->slope);
  float *restrict dbeta = a->partial + begin / a->grain * 2 * columns;
  float *restrict dgamma = dbeta + columns;
  zero_sums(dbeta, columns);
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * columns, *dy = a->dy + r * columns;
    for (int64_t c = 0; c < columns; c++) {
      const float n = (x[c] - mean[c]) * inverse[c];
      const float g = gamma[c] * n + beta[c] > 0 ? dy[c] : slope * dy[c];
      dbeta[c] += g;
      dgamma[c] += g * n;
    }
  }
}

INLINE void backward(const arguments *a, int64_t begin, int64_t end, bool writes, bool rounds) {
  const int64_t columns = a->columns;
  const float *restrict mean = a->mean, *restrict inverse = a->inverse_deviation;
  const float *restrict gamma = a->gamma, *restrict beta = a->beta;
  const float *restrict mean_g = a->partial, *restrict mean_gn = a->partial + columns;
  const float slope = kept_slope(a->activation, a->slope);
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * columns, *dy = a->dy + r * columns;
    float *dx = writes ? a->y + r * columns : NULL;
    uint16_t *restrict rounded = rounds ? a->rounded + r * columns : NULL;
    IN_PLACE for (int64_t c = 0; c < columns; c++) {
      const float n = (x[c] - mean[c]) * inverse[c];
      const float g = gamma[c] * n + beta[c] > 0 ? dy[c] : slope * dy[c];
      const float d = gamma[c] * inverse[c] * (g - mean_g[c] - n * mean_gn[c]);
      if (writes) dx[c] = d;
      if (rounds) rounded[c] = bfloat16_from(d);
    }
  }
}

VAE_CLONES static void backward_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  if (!a->rounded) backward(a, begin, end, true, false);
  else if (a->y) backward(a, begin, end, true, true);
  else backward(a, begin, end, false, true);
}

void vae_batch_norm_backward_f32(
    const float *x, const float *dy, const float *mean, const float *variance, double epsilon,
    const float *gamma, const float *beta, float *dx, uint16_t *rounded, float *dgamma,
    float *dbeta, int64_t rows, int64_t columns, vae_activation activation, float slope) {
  const int64_t grain = row_grain(columns), chunks = rows > 0 ? (rows + grain - 1) / grain : 0;
  size_t capacity;
  double *sums = vae_pool_take(
      sizeof(double) * (size_t)(2 * columns) + sizeof(float) * (size_t)((2 * chunks + 3) * columns),
      &capacity);
  float *inverse = (float *)(sums + 2 * columns), *partial = inverse + columns;
  for (int64_t c = 0; c < columns; c++) inverse[c] = (float)(1 / sqrt(variance[c] + epsilon));
  arguments a = {
      .x = x, .dy = dy, .mean = mean, .inverse_deviation = inverse, .gamma = gamma,
      .beta = beta, .y = dx, .rounded = rounded, .partial = partial, .columns = columns,
      .grain = grain, .activation = activation, .slope = slope};
  vae_parallel_for(rows, grain, backward_sums_chunk, &a);
  add_partials(partial, chunks, columns, sums);
  for (int64_t c = 0; c < columns; c++) {
    dbeta[c] = (float)sums[c];
    dgamma[c] = (float)sums[columns + c];
    partial[c] = (float)(sums[c] / (double)rows);
    partial[columns + c] = (float)(sums[columns + c] / (double)rows);
  }
  vae_parallel_for(rows, grain, backward_chunk, &a);
  vae_pool_give(sums, capacity);
}
