// Dense float32 products on oneDNN, as flat functions that hide its 2.x / 3.x difference.
//
// The source is compiled where VAE_ONEDNN is defined; a client checks the package trait. Each
// function returns 0, or a non-zero status when oneDNN
// refuses the shape (a zero size, for one): the caller then takes its plain path.
// Primitives are cached by shape and may be called from any thread, one at a time.
#pragma once

#include <stdint.h>

#include "CTensorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// `bias` has n elements or is null; every format is VAE_F32.
int vae_onednn_product(
    const vae_product *product, const float *a, const float *b, const float *bias, float *c);

// Weights are [oc, ic, kh, kw] in memory, whatever layout oneDNN works in.

/// y = activation(convolution(x, w) + bias); `bias` may be null.
int vae_onednn_conv_forward(
    const vae_conv *conv, vae_activation activation, float slope, const float *x, const float *w,
    const float *bias, float *y);

/// dx from dy: also the value of the transposed convolution with these weights.
int vae_onednn_conv_backward_data(
    const vae_conv *conv, const float *dy, const float *w, float *dx);

/// dw from x and dy.
int vae_onednn_conv_backward_weights(
    const vae_conv *conv, const float *x, const float *dy, float *dw);

#ifdef __cplusplus
}
#endif
