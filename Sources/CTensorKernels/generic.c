// The plain path: one text for float32 and float64, and the choice between them.

#include <math.h>
#include <string.h>

#include "CTensorKernels.h"
#include "clones.h"
#include "vector_math.h"

#define PASTE(a, b) a##b
#define T float
#define NAME(function) PASTE(function, _f32)
#define F(function) PASTE(function, f)
#define FAST(function) PASTE(function, _f32)
#include "generic.inc"
#include "softmax.inc"
#undef T
#undef NAME
#undef F
#undef FAST
#define T double
#define NAME(function) PASTE(function, _f64)
#define F(function) function
#define FAST(function) function
#define log1p_unit log1p
#include "generic.inc"
#include "softmax.inc"
#undef log1p_unit

#define DISPATCH(f, ...) \
  if (t == VAE_FLOAT32) f##_f32(__VA_ARGS__); else f##_f64(__VA_ARGS__)

void vae_unary(vae_dtype t, vae_unary_op op, double a, size_t n, const void *x, void *y) {
  DISPATCH(unary_all, op, a, n, x, y);
}
void vae_unary_pullback(vae_dtype t, vae_unary_op op, double a, size_t n, const void *x,
                        const void *y, const void *g, void *out) {
  DISPATCH(unary_pullback_all, op, a, n, x, y, g, out);
}
void vae_binary(vae_dtype t, vae_binary_op op, int rank, const int64_t *dims, const int64_t *sa,
                const int64_t *sb, const void *a, const void *b, void *out) {
  DISPATCH(binary, op, rank, dims, sa, sb, a, b, out);
}
void vae_sum(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x, void *out) {
  if (t == VAE_FLOAT32 && outer == 1 && inner > 1) {
    vae_column_sums_f32(x, out, n, inner);
    return;
  }
  DISPATCH(sum, outer, n, inner, x, out);
}
void vae_max(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x, void *out,
             int32_t *index) {
  DISPATCH(max, outer, n, inner, x, out, index);
}
void vae_log_sum_exp(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x,
                     void *out) {
  DISPATCH(log_sum_exp, outer, n, inner, x, out);
}
void vae_softmax(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x, void *out) {
  DISPATCH(softmax, outer, n, inner, x, out);
}
void vae_categorical(vae_dtype t, int64_t batch, int64_t rows, int64_t n, const int64_t *lengths,
                     const int32_t *index, const void *x, void *total, void *norm) {
  DISPATCH(categorical, batch, rows, n, lengths, index, x, total, norm);
}
void vae_categorical_pullback(vae_dtype t, int64_t batch, int64_t rows, int64_t n,
                              const int64_t *lengths, const int32_t *index, const void *norm,
                              const void *g, const void *x, void *out) {
  DISPATCH(categorical_pullback, batch, rows, n, lengths, index, norm, g, x, out);
}
void vae_attention(vae_dtype t, int64_t batch, int64_t heads, int64_t queries, int64_t keys,
                   const int64_t *lengths, int causal, double scale, const void *x, void *out) {
  DISPATCH(attention, batch, heads, queries, keys, lengths, causal, scale, x, out);
}
void vae_softmax_pullback(vae_dtype t, int64_t rows, int64_t n, double scale, const void *y,
                          const void *g, void *out) {
  DISPATCH(softmax_pullback, rows, n, scale, y, g, out);
}
void vae_cumulative_sum(vae_dtype t, int64_t outer, int64_t n, int64_t inner, int reversed,
                        const void *x, void *out) {
  DISPATCH(cumulative_sum, outer, n, inner, reversed, x, out);
}
void vae_max_pool(vae_dtype t, const vae_conv *p, const void *x, void *y, int32_t *index) {
  DISPATCH(max_pool, p, x, y, index);
}
void vae_max_pool_pullback(vae_dtype t, const vae_conv *p, const void *g, const int32_t *index,
                           void *dx) {
  DISPATCH(max_pool_pullback, p, g, index, dx);
}
void vae_average_pool(vae_dtype t, const vae_conv *p, const void *x, void *y) {
  DISPATCH(average_pool, p, x, y);
}
void vae_average_pool_pullback(vae_dtype t, const vae_conv *p, const void *g, void *dx) {
  DISPATCH(average_pool_pullback, p, g, dx);
}
void vae_scatter_add(vae_dtype t, int64_t outer, int64_t n, int64_t inner, int64_t count,
                     const int32_t *index, const void *g, void *dx) {
  DISPATCH(scatter_add, outer, n, inner, count, index, g, dx);
}
void vae_normalize(vae_dtype t, int64_t a, int64_t b, int64_t c, int64_t d, double epsilon,
                   const void *x, void *y, void *mean, void *variance) {
  if (t == VAE_FLOAT32 && a == 1 && d == 1 && b > 0)
    vae_batch_norm_f32(
        x, NULL, NULL, epsilon, y, NULL, mean, variance, b, c, VAE_THEN_IDENTITY, 0);
  else if (t == VAE_FLOAT32) normalize_f32(a, b, c, d, (float)epsilon, x, y, mean, variance);
  else normalize_f64(a, b, c, d, epsilon, x, y, mean, variance);
}
void vae_normalize_pullback(vae_dtype t, int64_t a, int64_t b, int64_t c, int64_t d,
                            double epsilon, const void *y, const void *variance, const void *g,
                            void *dx) {
  if (t == VAE_FLOAT32) normalize_pullback_f32(a, b, c, d, (float)epsilon, y, variance, g, dx);
  else normalize_pullback_f64(a, b, c, d, epsilon, y, variance, g, dx);
}
size_t vae_count_nonfinite(vae_dtype t, size_t n, const void *x) {
  return t == VAE_FLOAT32 ? count_nonfinite_f32(n, x) : count_nonfinite_f64(n, x);
}
