// Matrix products and convolutions with what follows them, on packed register tiles.
//
// Included from CTensorKernels.h, which names the types. Results do not depend on the number of
// threads.
#pragma once

#include "CTensorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What an operand's elements are in memory; a product of float32 widens bfloat16 as it reads.
typedef enum { VAE_F32 = 0, VAE_BF16 = 1, VAE_F64 = 2 } vae_operand_format;

/// C[b] = activation(A[b] B[b] + bias), or C[b] += A[b] B[b]; C is dense and row-major.
typedef struct {
  int64_t batch, m, n, k;
  /// Elements between matrices; 0 repeats one matrix for the whole batch.
  int64_t a_batch, b_batch;
  /// A is stored [k, m] instead of [m, k]; B is stored [n, k] instead of [k, n].
  int32_t a_transposed, b_transposed;
  /// Adds to C instead of replacing it; there is no bias and no activation then.
  int32_t accumulate;
  vae_activation activation;
  double slope;
  vae_operand_format a_format, b_format;
} vae_product;

/// `bias` has n elements or is null; it and C are of `t`, the operands of their own formats.
void vae_product_run(vae_dtype t, const vae_product *product, const void *a, const void *b,
                     const void *bias, void *c);

// Convolutions: x and dy are images of their formats, w is [oc, ic, kh, kw], as in `vae_conv`.

/// y = activation(convolution(x, w) + bias); `bias` has oc elements or is null.
void vae_convolution_forward(vae_dtype t, const vae_conv *conv, vae_operand_format x_format,
                             vae_operand_format w_format, vae_activation activation, double slope,
                             const void *x, const void *w, const void *bias, void *y);
/// dx = activation(gradient by x + bias): the value of the transposed convolution; `bias` has ic
/// elements or is null.
void vae_convolution_backward_data(vae_dtype t, const vae_conv *conv, vae_operand_format dy_format,
                                   vae_operand_format w_format, vae_activation activation,
                                   double slope, const void *dy, const void *w, const void *bias,
                                   void *dx);
/// dw from x and dy.
void vae_convolution_backward_weights(vae_dtype t, const vae_conv *conv,
                                      vae_operand_format x_format, vae_operand_format dy_format,
                                      const void *x, const void *dy, void *dw);

#ifdef __cplusplus
}
#endif
