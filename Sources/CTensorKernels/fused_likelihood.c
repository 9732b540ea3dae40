#include "fused_common.h"

typedef struct {
  const float *parameters, *x, *log_scale;
  int32_t per_element;
  float *log_likelihood, *gradient, *log_scale_gradient;
  int64_t columns;
} arguments;

/// log p(x) = x l - softplus(l) with softplus(l) = max(l, 0) + log(1 + exp(-|l|)).
INLINE float bernoulli_row(
    const float *logits, const float *x, float *residual, int64_t columns, int keep) {
  REASSOCIATE
  float sum = 0;
  for (int64_t c = 0; c < columns; c++) {
    const float l = logits[c], t = x[c], e = exp_f32(-fabsf(l));
    sum += t * l - (l > 0 ? l : 0) - log1p_unit_f32(e);
    if (keep) residual[c] = t - sigmoid_from(l, e);
  }
  return sum;
}

VAE_CLONES static void bernoulli_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  for (int64_t r = begin; r < end; r++) {
    const float *logits = a->parameters + r * a->columns, *x = a->x + r * a->columns;
    a->log_likelihood[r] =
        a->gradient ? bernoulli_row(logits, x, a->gradient + r * a->columns, a->columns, 1)
                    : bernoulli_row(logits, x, NULL, a->columns, 0);
  }
}

void vae_bernoulli_f32(
    const float *logits, const float *x, float *log_likelihood, float *residual, int64_t rows,
    int64_t columns) {
  arguments a = {logits, x, NULL, 0, log_likelihood, residual, NULL, columns};
  vae_parallel_for(rows, (row_grain(columns) + 3) / 4, bernoulli_chunk, &a);
}

/// log p(x) = -u^2 / 2 - log sigma - log(2 pi) / 2 with u = (x - mean) / sigma; gives the sum of
/// u^2 + 2 log sigma and, where `keep`, the gradients.
INLINE float gaussian_row(
    const float *mean, const float *x, const float *log_scale, float *mean_gradient,
    float *log_scale_gradient, int64_t columns, int keep) {
  REASSOCIATE
  float sum = 0;
  for (int64_t c = 0; c < columns; c++) {
    const float inverse = exp_f32(-log_scale[c]), u = (x[c] - mean[c]) * inverse;
    sum += u * u + 2 * log_scale[c];
    if (keep) {
      mean_gradient[c] = u * inverse;
      log_scale_gradient[c] = u * u - 1;
    }
  }
  return sum;
}

/// The same for one scale: gives the sum of u^2.
INLINE float gaussian_row_shared(
    const float *mean, const float *x, float inverse, float *mean_gradient, int64_t columns,
    int keep) {
  REASSOCIATE
  float sum = 0;
  for (int64_t c = 0; c < columns; c++) {
    const float u = (x[c] - mean[c]) * inverse;
    sum += u * u;
    if (keep) mean_gradient[c] = u * inverse;
  }
  return sum;
}

VAE_CLONES static void gaussian_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const int64_t columns = a->columns;
  const float log_two_pi = 1.8378771f, count = (float)columns;
  for (int64_t r = begin; r < end; r++) {
    const float *mean = a->parameters + r * columns, *x = a->x + r * columns;
    float *dm = a->gradient ? a->gradient + r * columns : NULL, sum;
    if (a->per_element) {
      const float *log_scale = a->log_scale + r * columns;
      sum = dm ? gaussian_row(
                     mean, x, log_scale, dm, a->log_scale_gradient + r * columns, columns, 1)
               : gaussian_row(mean, x, log_scale, NULL, NULL, columns, 0);
    } else {
      const float inverse = exp_f32(-*a->log_scale);
      sum = dm ? gaussian_row_shared(mean, x, inverse, dm, columns, 1)
               : gaussian_row_shared(mean, x, inverse, NULL, columns, 0);
      if (dm) a->log_scale_gradient[r] = sum - count;
      sum += 2 * *a->log_scale * count;
    }
    a->log_likelihood[r] = -0.5f * (sum + log_two_pi * count);
  }
}

void vae_gaussian_f32(
    const float *mean, const float *x, const float *log_scale, int32_t per_element,
    float *log_likelihood, float *mean_gradient, float *log_scale_gradient, int64_t rows,
    int64_t columns) {
  arguments a = {mean,          x,       log_scale, per_element, log_likelihood, mean_gradient,
                 log_scale_gradient, columns};
  vae_parallel_for(rows, (row_grain(columns) + 3) / 4, gaussian_chunk, &a);
}
