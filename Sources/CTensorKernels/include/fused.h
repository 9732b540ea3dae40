// Fused float32 loops: each reads its operands once, where a chain of elementwise operations would
// read and write them many times.
//
// Matrices are dense and row-major, [rows, columns]. Results do not depend on the number of threads.
// Outputs may be the same memory as an input of the same shape, but may not overlap otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What follows a product, a convolution or a normalization, after the bias.
typedef enum {
  VAE_THEN_IDENTITY = 0,
  VAE_THEN_RELU = 1,
  /// `x` where positive, `slope * x` elsewhere.
  VAE_THEN_LEAKY_RELU = 2,
  VAE_THEN_TANH = 3,
  VAE_THEN_SIGMOID = 4,
  /// `x` where positive, `slope * (exp(x) - 1)` elsewhere.
  VAE_THEN_ELU = 5,
} vae_activation;

// --- Activations -------------------------------------------------------------------------------

/// y = activation(x + bias); `bias` has one element a column or is null.
void vae_bias_activation_f32(
    const float *x, const float *bias, float *y, int64_t rows, int64_t columns,
    vae_activation activation, float slope);

/// dx = dy * activation'(x) from y = activation(x), and the column sums of dx.
///
/// `dx` or `column_sums` may be null. Leaky slopes and ELU scales must be positive.
void vae_activation_backward_f32(
    const float *y, const float *dy, float *dx, float *column_sums, int64_t rows,
    int64_t columns, vae_activation activation, float slope);

/// The same with dx rounded to bfloat16.
void vae_activation_backward_bf16(
    const float *y, const float *dy, uint16_t *dx, float *column_sums, int64_t rows,
    int64_t columns, vae_activation activation, float slope);

/// Sums over rows: out[c] = sum of x[r, c].
void vae_column_sums_f32(const float *x, float *out, int64_t rows, int64_t columns);

/// y[r, c] = factors[r] * x[r, c].
void vae_scale_rows_f32(
    const float *x, const float *factors, float *y, int64_t rows, int64_t columns);

// --- Likelihoods -------------------------------------------------------------------------------

/// Bernoulli log-likelihood of x in [0, 1] under logits, in nats, summed over each row.
///
/// `residual` receives x - sigmoid(logits), the gradient of the row's sum; it may be null.
void vae_bernoulli_f32(
    const float *logits, const float *x, float *log_likelihood, float *residual, int64_t rows,
    int64_t columns);

/// Gaussian log-likelihood of x, in nats, summed over each row.
///
/// `log_scale` is log sigma: one element for all, or one an element where `per_element`.
/// `mean_gradient` and `log_scale_gradient` receive the gradients of the row's sum, the latter one
/// element a row for a shared scale; either both or neither are null.
void vae_gaussian_f32(
    const float *mean, const float *x, const float *log_scale, int32_t per_element,
    float *log_likelihood, float *mean_gradient, float *log_scale_gradient, int64_t rows,
    int64_t columns);

// --- Diagonal Gaussian posteriors --------------------------------------------------------------

/// z = mean + exp(log_variance / 2) * noise, and KL(N(mean, exp(log_variance)) || N(0, 1)) in nats,
/// summed over each row. One of `z` and `kl` may be null, and `noise` with the former.
void vae_gaussian_codes_f32(
    const float *mean, const float *log_variance, const float *noise, float *z, float *kl,
    int64_t rows, int64_t columns);

/// The gradients by mean and log variance, from `dz` and the `dkl` of each row. One of those may be
/// null; without `dkl` the gradient by the mean is dz itself, and `dmean` is left alone.
void vae_gaussian_codes_backward_f32(
    const float *mean, const float *log_variance, const float *noise, const float *dz,
    const float *dkl, float *dmean, float *dlog_variance, int64_t rows, int64_t columns);

// --- Random numbers ----------------------------------------------------------------------------

// The bits are the same on every processor; block i of a stream has the counter (i, stream).

/// Uniform in [0, 1): (w >> 8) / 2^24 for each word w.
void vae_random_uniform_f32(uint64_t key, uint64_t stream, size_t count, float *out);

/// Standard normal by Box and Muller: words 0, 1 of a block give elements 0, 1 and words 2, 3
/// elements 2, 3, with radius sqrt(-2 log((w + 1) / 2^32)) and angle 2 pi w' / 2^32, cosine first.
void vae_random_normal_f32(uint64_t key, uint64_t stream, size_t count, float *out);

// --- Optimizers --------------------------------------------------------------------------------

/// One tensor of parameters with its gradient and the optimizer's state, all of one format.
typedef struct {
  void *parameter;
  const void *gradient;
  /// What the optimizer remembers, as far as it does; otherwise null.
  void *first, *second;
  /// The parameter's moving average, or null.
  void *average;
  /// The parameter rounded to bfloat16, or null; of float32 alone.
  uint16_t *rounded;
  int64_t count;
} vae_update;

typedef enum {
  /// Adam (Kingma and Ba 2015) and, with `parameter_keep`, AdamW (Loshchilov and Hutter 2019).
  VAE_ADAM = 0,
  /// The variant of Adam with the infinity norm (Kingma and Ba 2015, section 7.1).
  VAE_ADAMAX = 1,
  /// Gradients over the root of their mean square (Hinton 2012), with momentum.
  VAE_RMSPROP = 2,
  /// Gradient descent with momentum, also Nesterov's.
  VAE_SGD = 3,
} vae_optimizer;

/// The numbers of one step, worked out in double precision and rounded once.
typedef struct {
  double rate;
  /// first = first_keep * first + first_take * gradient, and the same for the second.
  double first_keep, first_take, second_keep, second_take;
  /// Multiplies the root of the second (Adam's bias correction).
  double second_scale;
  double epsilon;
  /// Multiplies every gradient: clipping by norm, averaging of accumulated gradients.
  double gradient_scale;
  /// Added to the gradient, times the parameter.
  double weight_decay;
  /// Multiplies the parameter: decay that is decoupled from the gradient.
  double parameter_keep;
  /// average += average_take * (parameter - average), after the step.
  double average_take;
  int32_t nesterov;
} vae_rule;

/// One step over every tensor, as PyTorch computes it; gives the gradients' sum of squares.
///
/// RMSprop keeps its momentum, and SGD its only state, in `first`; without momentum it may be null.
double vae_optimize_f32(
    vae_optimizer optimizer, const vae_update *updates, int64_t count, const vae_rule *rule);
double vae_optimize_f64(
    vae_optimizer optimizer, const vae_update *updates, int64_t count, const vae_rule *rule);

/// The sum of squares of every gradient.
double vae_squared_norm_f32(const vae_update *updates, int64_t count);
double vae_squared_norm_f64(const vae_update *updates, int64_t count);

/// average += take * (parameter - average).
void vae_moving_average_f32(const vae_update *updates, int64_t count, double take);
void vae_moving_average_f64(const vae_update *updates, int64_t count, double take);

// --- Batch normalization -----------------------------------------------------------------------

/// y = activation(gamma * n + beta) with n = (x - mean) / sqrt(variance + epsilon), and the mean and
/// biased variance of each column. `gamma` and `beta` may be null: 1 and 0.
///
/// The activation is the identity, ReLU or leaky ReLU. `rounded` receives y in bfloat16; one of the two may be null.
void vae_batch_norm_f32(
    const float *x, const float *gamma, const float *beta, double epsilon, float *y,
    uint16_t *rounded, float *mean, float *variance, int64_t rows, int64_t columns,
    vae_activation activation, float slope);

/// Its pullback: dx, dgamma and dbeta, from x and the moments; `rounded` is to dx as above.
void vae_batch_norm_backward_f32(
    const float *x, const float *dy, const float *mean, const float *variance, double epsilon,
    const float *gamma, const float *beta, float *dx, uint16_t *rounded, float *dgamma,
    float *dbeta, int64_t rows, int64_t columns, vae_activation activation, float slope);

// --- Conversions -------------------------------------------------------------------------------

/// out = bytes / 255.
void vae_unit_from_bytes_f32(const uint8_t *bytes, float *out, int64_t count);

/// Rounds to bfloat16, to nearest with ties to even.
void vae_bfloat16_from_f32(const float *x, uint16_t *out, int64_t count);
void vae_f32_from_bfloat16(const uint16_t *x, float *out, int64_t count);

/// Rows that k rows take with the zeros behind them.
static inline int64_t vae_paired_rows(int64_t k) { return (k + 31) / 32 * 32; }

/// b[k, n], or b[n, k] transposed, in blocks of `width` columns in which pairs of rows lie side by side:
/// out[block, vae_paired_rows(k) / 2, width, 2], with zeros where b has nothing.
void vae_pair_rows(
    int64_t k, int64_t n, int transposed, int64_t width, const uint16_t *b, uint16_t *out);

#ifdef __cplusplus
}
#endif
