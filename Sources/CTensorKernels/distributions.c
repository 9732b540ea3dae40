// Distributions and the steps after a product: fused loops for float32, plain ones for float64.

#include <math.h>

#include "CTensorKernels.h"

static double largest(double v, double limit) { return v < limit ? limit : v; }

void vae_bernoulli(vae_dtype t, int64_t rows, int64_t n, const void *x, const void *logits,
                   void *total, void *residual) {
  if (t == VAE_FLOAT32) {
    vae_bernoulli_f32(logits, x, total, residual, rows, n);
    return;
  }
  for (int64_t r = 0; r < rows; r++) {
    const double *v = (const double *)x + r * n, *l = (const double *)logits + r * n;
    double sum = 0;
    for (int64_t j = 0; j < n; j++) {
      const double e = exp(-fabs(l[j]));
      sum += v[j] * l[j] - largest(l[j], 0) - log1p(e);
      if (residual) ((double *)residual)[r * n + j] = v[j] - (l[j] > 0 ? 1 : e) / (1 + e);
    }
    ((double *)total)[r] = sum;
  }
}

void vae_gaussian(vae_dtype t, int64_t rows, int64_t n, int per_element, const void *x,
                  const void *mean, const void *log_scale, void *total, void *dmean,
                  void *dlog_scale) {
  if (t == VAE_FLOAT32) {
    vae_gaussian_f32(mean, x, log_scale, per_element, total, dmean, dlog_scale, rows, n);
    return;
  }
  const double half_log_two_pi = 0.91893853320467274178;
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0, squares = 0;
    for (int64_t i = r * n; i < (r + 1) * n; i++) {
      const double s = ((const double *)log_scale)[per_element ? i : 0];
      const double u = (((const double *)x)[i] - ((const double *)mean)[i]) * exp(-s);
      sum -= u * u / 2 + s + half_log_two_pi;
      squares += u * u - 1;
      if (!dmean) continue;
      ((double *)dmean)[i] = u * exp(-s);
      if (per_element) ((double *)dlog_scale)[i] = u * u - 1;
    }
    ((double *)total)[r] = sum;
    if (dmean && !per_element) ((double *)dlog_scale)[r] = squares;
  }
}

void vae_scale_rows(vae_dtype t, int64_t rows, int64_t n, const void *scale, const void *x,
                    void *out) {
  if (t == VAE_FLOAT32) {
    vae_scale_rows_f32(x, scale, out, rows, n);
    return;
  }
  for (int64_t i = 0; i < rows * n; i++)
    ((double *)out)[i] = ((const double *)scale)[i / n] * ((const double *)x)[i];
}

void vae_gaussian_codes(vae_dtype t, int64_t rows, int64_t n, const void *mean,
                        const void *log_variance, const void *noise, void *z, void *kl) {
  if (t == VAE_FLOAT32) {
    vae_gaussian_codes_f32(mean, log_variance, noise, z, kl, rows, n);
    return;
  }
  const double *m = mean, *v = log_variance, *e = noise;
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0;
    for (int64_t i = r * n; i < (r + 1) * n; i++) {
      if (z) ((double *)z)[i] = m[i] + exp(v[i] / 2) * e[i];
      sum += m[i] * m[i] + (expm1(v[i]) - v[i]);
    }
    if (kl) ((double *)kl)[r] = sum / 2;
  }
}

void vae_gaussian_codes_pullback(vae_dtype t, int64_t rows, int64_t n, const void *mean,
                                 const void *log_variance, const void *noise, const void *dz,
                                 const void *dkl, void *dmean, void *dlog_variance) {
  if (t == VAE_FLOAT32) {
    vae_gaussian_codes_backward_f32(
        mean, log_variance, noise, dz, dkl, dmean, dlog_variance, rows, n);
    return;
  }
  const double *m = mean, *v = log_variance, *e = noise;
  for (int64_t i = 0; i < rows * n; i++) {
    const double d = dz ? ((const double *)dz)[i] : 0;
    const double g = dkl ? ((const double *)dkl)[i / n] : 0;
    if (dkl) ((double *)dmean)[i] = d + g * m[i];
    ((double *)dlog_variance)[i] =
        (dz ? d * e[i] * exp(v[i] / 2) : 0) / 2 + g * expm1(v[i]) / 2;
  }
}

static double slope_at(double y, vae_activation activation, double slope) {
  switch (activation) {
    case VAE_THEN_IDENTITY: return 1;
    case VAE_THEN_RELU: return y > 0;
    case VAE_THEN_LEAKY_RELU: return y > 0 ? 1 : slope;
    case VAE_THEN_TANH: return 1 - y * y;
    case VAE_THEN_SIGMOID: return y * (1 - y);
    case VAE_THEN_ELU: return y > 0 ? 1 : y + slope;
  }
  return 1;
}

void vae_bias_activation_pullback(vae_dtype t, int64_t rows, int64_t columns,
                                  vae_activation activation, double slope, const void *y,
                                  const void *g, void *dz, void *dbias) {
  if (t == VAE_FLOAT32) {
    vae_activation_backward_f32(y, g, dz, dbias, rows, columns, activation, (float)slope);
    return;
  }
  for (int64_t c = 0; dbias && c < columns; c++) ((double *)dbias)[c] = 0;
  for (int64_t i = 0; i < rows * columns; i++) {
    const double d =
        ((const double *)g)[i] * slope_at(((const double *)y)[i], activation, slope);
    if (dz) ((double *)dz)[i] = d;
    if (dbias) ((double *)dbias)[i % columns] += d;
  }
}
