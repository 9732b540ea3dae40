// Dense float32 products on oneDNN, as flat functions that hide its 2.x / 3.x difference.
//
// The functions exist when VAE_ONEDNN is defined. Each returns 0, or a non-zero status when oneDNN
// refuses the shape (a zero size, for one): the caller then takes its plain path.
// Primitives are cached by shape and may be called from any thread, one at a time.
#pragma once

#include <stdint.h>

#include "fused.h"  // vae_activation

#ifdef __cplusplus
extern "C" {
#endif

/// C[b] = activation(A[b] B[b] + bias), or C[b] += A[b] B[b]; C is dense and row-major.
typedef struct {
  int64_t batch, m, n, k;
  /// Elements between matrices; 0 repeats one matrix for the whole batch.
  int64_t a_batch, b_batch;
  /// A is stored [k, m] instead of [m, k]; B is stored [n, k] instead of [k, n].
  int32_t a_transposed, b_transposed;
  /// Adds to C instead of replacing it.
  int32_t accumulate;
  vae_activation activation;
  float slope;
} vae_product;

/// A convolution of images [batch, height, width, channels] with weights
/// [out_channels, in_channels, kernel_height, kernel_width].
typedef struct {
  int64_t batch, in_height, in_width, in_channels, out_height, out_width, out_channels;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  /// Distance between neighbouring taps; 1 is an ordinary convolution.
  int64_t dilation_height, dilation_width;
  int64_t pad_top, pad_left, pad_bottom, pad_right;
  vae_activation activation;
  float slope;
} vae_convolution;

#ifdef VAE_ONEDNN

/// `bias` has n elements or is null.
int vae_onednn_product(
    const vae_product *product, const float *a, const float *b, const float *bias, float *c);

/// y = activation(convolution(x, weights) + bias); `bias` may be null.
int vae_onednn_convolution(
    const vae_convolution *convolution, const float *x, const float *weights, const float *bias,
    float *y);

/// dx from dy: also the value of the transposed convolution with these weights.
/// The activation is not applied.
int vae_onednn_convolution_backward_data(
    const vae_convolution *convolution, const float *dy, const float *weights, float *dx);

/// dweights, and dbias where it is not null, from x and dy.
int vae_onednn_convolution_backward_weights(
    const vae_convolution *convolution, const float *x, const float *dy, float *dweights,
    float *dbias);

/// Bytes held in cached scratch memory.
int64_t vae_onednn_scratch_bytes(void);

#endif

#ifdef __cplusplus
}
#endif
