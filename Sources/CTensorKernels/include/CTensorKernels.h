// Loops over contiguous row-major memory, without dependencies.
//
// Functions that take a `vae_dtype` work on float32 and float64 alike and are the plain path;
// those that only move elements take the size of an element instead.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fused.h"
#include "parallel.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { VAE_FLOAT32 = 0, VAE_FLOAT64 = 1 } vae_dtype;

typedef enum { VAE_ELEMENT_FLOAT32, VAE_ELEMENT_FLOAT64, VAE_ELEMENT_INT32, VAE_ELEMENT_BFLOAT16,
               VAE_ELEMENT_UINT8 } vae_element;

enum { VAE_MAX_RANK = 8 };

// MARK: Memory

/// A 64-byte aligned block of at least `bytes` bytes from the pool; `*capacity` receives its size.
void *vae_pool_take(size_t bytes, size_t *capacity);
/// Returns a block of `capacity` bytes to the pool.
void vae_pool_give(void *block, size_t capacity);
/// Gives the memory that waits in the pool back to the system.
void vae_pool_trim(void);
/// How many blocks the pool has asked the system for since the process began.
uint64_t vae_pool_system_allocations(void);
/// Bytes the pool holds, in use or waiting.
uint64_t vae_pool_bytes(void);

// MARK: The processor

/// Whether vectors have 512 bits.
int vae_has_wide_vectors(void);

// MARK: Watching

/// What the calling thread set last, null at first: whoever looks at its kernels.
void *vae_watch(void);
void vae_set_watch(void *watch);

// MARK: Elementwise

typedef enum {
  VAE_NEGATE, VAE_EXP, VAE_LOG, VAE_LOG1P, VAE_SQRT, VAE_RECIPROCAL, VAE_SQUARE, VAE_ABS, VAE_SIN,
  VAE_COS, VAE_TANH, VAE_SIGMOID, VAE_RELU, VAE_LEAKY_RELU, VAE_ELU, VAE_GELU, VAE_SILU,
  VAE_SOFTPLUS, VAE_ERF, VAE_CLAMP_MIN, VAE_CLAMP_MAX, VAE_SCALE, VAE_SHIFT, VAE_POWER
} vae_unary_op;

/// y[i] = op(x[i]); `a` is the operation's constant (a slope, a scale, a limit).
void vae_unary(vae_dtype t, vae_unary_op op, double a, size_t n, const void *x, void *y);
/// out[i] = g[i] * op'(x[i]), where y = op(x) is at hand.
void vae_unary_pullback(vae_dtype t, vae_unary_op op, double a, size_t n, const void *x,
                        const void *y, const void *g, void *out);

typedef enum { VAE_ADD, VAE_SUBTRACT, VAE_MULTIPLY, VAE_DIVIDE, VAE_MAXIMUM, VAE_MINIMUM,
               VAE_GREATER } vae_binary_op;

/// out = op(a, b) over `rank` axes of sizes `dims`; a stride of 0 repeats an operand along an axis.
void vae_binary(vae_dtype t, vae_binary_op op, int rank, const int64_t *dims, const int64_t *sa,
                const int64_t *sb, const void *a, const void *b, void *out);

typedef enum { VAE_LESS, VAE_LESS_OR_EQUAL, VAE_EQUAL, VAE_NOT_EQUAL } vae_comparison;

/// out = a op b as 1 or 0, over axes as above; the elements are float32, float64 or int32.
void vae_compare(vae_element t, vae_comparison op, int rank, const int64_t *dims,
                 const int64_t *sa, const int64_t *sb, const void *a, const void *b, int32_t *out);

typedef enum { VAE_INT_ADD, VAE_INT_SUBTRACT, VAE_INT_MULTIPLY, VAE_INT_DIVIDE, VAE_INT_REMAINDER,
               VAE_INT_MAXIMUM, VAE_INT_MINIMUM } vae_integer_op;

/// out = op(a, b), over axes as above; sums and products wrap around, and no divisor is 0.
void vae_integer_binary(vae_integer_op op, int rank, const int64_t *dims, const int64_t *sa,
                        const int64_t *sb, const int32_t *a, const int32_t *b, int32_t *out);

/// out[i] = mask[i] ? a[i] : b[i], elements of `size` bytes.
void vae_select(size_t size, size_t n, const int32_t *mask, const void *a, const void *b,
                void *out);

// MARK: Reductions and scans; x is [outer, n, inner], reduced over n

void vae_sum(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x, void *out);
/// The largest value and the index where it first stands.
void vae_max(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x, void *out,
             int32_t *index);
void vae_log_sum_exp(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x,
                     void *out);
void vae_softmax(vae_dtype t, int64_t outer, int64_t n, int64_t inner, const void *x, void *out);
/// Running sums along n, from the end when `reversed`.
void vae_cumulative_sum(vae_dtype t, int64_t outer, int64_t n, int64_t inner, int reversed,
                        const void *x, void *out);

// MARK: Convolutions; their products, and those of matrices, are in product.h

/// A convolution: x is [batch, ih, iw, ic], y is [batch, oh, ow, oc], w is [oc, ic, kh, kw].
typedef struct {
  int64_t batch, ih, iw, ic, oh, ow, oc, kh, kw;
  int64_t stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
} vae_conv;

// MARK: Convolutions as matrix products, float32 but for what only moves elements of `size` bytes

/// The patch of each output pixel as one row: [batch * oh * ow, ic * kh * kw], zero outside x.
void vae_patches_f32(const vae_conv *p, const float *x, float *patches);
/// The same with the columns in another order, [kh * kw, ic], which lets neighbours stay neighbours.
void vae_patches_by_tap(size_t size, const vae_conv *p, const void *x, void *patches);
/// The first one's adjoint: each element of dx is the sum of where it went.
void vae_patches_adjoint_f32(const vae_conv *p, const float *patches, float *dx);

// For stride 1 and few output channels; `planes` is [kh * kw * oc, batch * ih * iw], one image a tap
// and output channel.

/// y[q, o] = sum over taps t of planes[t, o][q + t].
void vae_sum_shifted_f32(const vae_conv *p, const float *planes, float *y);
/// planes[t, o][q] = dy[q - t, o], zero where that is outside.
void vae_shift_f32(const vae_conv *p, const float *dy, float *planes);

// MARK: Pooling; channels of x and y agree, `oc` is ignored

void vae_max_pool(vae_dtype t, const vae_conv *p, const void *x, void *y, int32_t *index);
void vae_max_pool_pullback(vae_dtype t, const vae_conv *p, const void *g, const int32_t *index,
                           void *dx);
/// Averages over the elements of the window that lie inside x.
void vae_average_pool(vae_dtype t, const vae_conv *p, const void *x, void *y);
void vae_average_pool_pullback(vae_dtype t, const vae_conv *p, const void *g, void *dx);

// MARK: Moving elements of `size` bytes

/// Zeros.
void vae_clear(void *x, size_t bytes);
/// The same bytes; the two do not overlap.
void vae_copy(const void *x, void *out, size_t bytes);
/// Whether two blocks hold the same bytes.
int vae_equal(const void *x, const void *y, size_t bytes);

/// out[i0, i1, ...] = x[sum of i * strides], over `rank` axes of sizes `dims`.
void vae_strided_copy(size_t size, int rank, const int64_t *dims, const int64_t *strides,
                      const void *x, void *out);
/// Rows of `columns` elements that stand `row` apart in x and `out_row` apart in out.
void vae_copy_rows(size_t size, int64_t rows, int64_t columns, int64_t row, int64_t out_row,
                   const void *x, void *out);
/// Rows of `columns` elements with `before` and `after` others around them: zeros, or the element
/// at `fill` where that is not null.
void vae_pad(size_t size, int64_t rows, int64_t columns, int64_t before, int64_t after,
             const void *x, const void *fill, void *out);
/// x is [outer, n, inner]; out is [outer, count, inner], the rows named by `index`.
void vae_gather(size_t size, int64_t outer, int64_t n, int64_t inner, int64_t count,
                const int32_t *index, const void *x, void *out);
/// Adds g, [outer, count, inner], to the rows of dx, [outer, n, inner], named by `index`.
void vae_scatter_add(vae_dtype t, int64_t outer, int64_t n, int64_t inner, int64_t count,
                     const int32_t *index, const void *g, void *dx);

// MARK: Normalization; x is [a, b, c, d], each of the a * c groups is normalized over b and d

void vae_normalize(vae_dtype t, int64_t a, int64_t b, int64_t c, int64_t d, double epsilon,
                   const void *x, void *y, void *mean, void *variance);
void vae_normalize_pullback(vae_dtype t, int64_t a, int64_t b, int64_t c, int64_t d,
                            double epsilon, const void *y, const void *variance, const void *g,
                            void *dx);

// MARK: Distributions, in nats

/// Per row of `n` elements: total[r] = sum of x*l - softplus(l); residual = x - sigmoid(l), or null.
void vae_bernoulli(vae_dtype t, int64_t rows, int64_t n, const void *x, const void *logits,
                   void *total, void *residual);
/// out[r, j] = scale[r] * x[r, j].
void vae_scale_rows(vae_dtype t, int64_t rows, int64_t n, const void *scale, const void *x,
                    void *out);
/// z = mean + exp(lv / 2) * noise, and per row the divergence from N(0, I): half the sum of
/// mean^2 + exp(lv) - lv - 1. One of `z` and `kl` may be null, and `noise` with the former.
void vae_gaussian_codes(vae_dtype t, int64_t rows, int64_t n, const void *mean,
                        const void *log_variance, const void *noise, void *z, void *kl);
/// Its gradients from `dz` and `dkl`, one of which may be null; without `dkl` the gradient by the
/// mean is dz itself, and `dmean` is left alone.
void vae_gaussian_codes_pullback(vae_dtype t, int64_t rows, int64_t n, const void *mean,
                                 const void *log_variance, const void *noise, const void *dz,
                                 const void *dkl, void *dmean, void *dlog_variance);

/// Gaussian log-likelihood per row; `log_scale` is log sigma, of each element or one for all, and
/// `dmean`, `dlog_scale` are the gradients of the row's total (one a row for a shared scale), or null.
void vae_gaussian(vae_dtype t, int64_t rows, int64_t n, int per_element, const void *x,
                  const void *mean, const void *log_scale, void *total, void *dmean,
                  void *dlog_scale);

// MARK: After a product of [rows, columns]

/// From the result y and its gradient: the gradients of the product and of the bias; either may be
/// null.
void vae_bias_activation_pullback(vae_dtype t, int64_t rows, int64_t columns,
                                  vae_activation activation, double slope, const void *y,
                                  const void *g, void *dz, void *dbias);

// MARK: Random numbers: Philox 4x32, 10 rounds

/// One block: four words from a 128-bit counter and a 64-bit key.
void vae_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/// The key that stream `stream` of a key holds in its last block.
uint64_t vae_derive_key(uint64_t key, uint64_t stream);
/// Words of stream `stream` of `key`; block b has the counter (b, stream).
void vae_random_words(uint64_t key, uint64_t stream, size_t n, uint32_t *out);
/// Uniform in [0, 1).
void vae_random_uniform(vae_dtype t, uint64_t key, uint64_t stream, size_t n, void *out);
/// Standard normal, by Box and Muller's method.
void vae_random_normal(vae_dtype t, uint64_t key, uint64_t stream, size_t n, void *out);

// MARK: Casts

/// y[i] = x[i] in another format; bfloat16 rounds to nearest, ties to even, integers round toward 0
/// and saturate.
void vae_cast(vae_element from, vae_element to, size_t n, const void *x, void *y);
/// How many of n elements are NaN or infinite.
size_t vae_count_nonfinite(vae_dtype t, size_t n, const void *x);
/// The extremes of n > 0 elements; both are NaN where an element is NaN or infinite.
void vae_range(vae_dtype t, size_t n, const void *x, double *least, double *most);

#ifdef __cplusplus
}
#endif

#include "linear_algebra.h"
#include "order.h"
#include "product.h"
#include "sequence.h"
#include "special.h"
