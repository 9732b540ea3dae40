// Dense products on oneDNN, as flat functions that hide its 2.x / 3.x difference.
//
// Operands are both float32 or both bfloat16; results and biases are float32.
// The source is compiled where VAE_ONEDNN is defined; a client checks the package trait. An operation is prepared for a
// shape, which oneDNN may refuse, and then run any number of times; running returns 0, or a non-zero status where it fails:
// the caller then takes its plain path.
// Work is shared out by the team of parallel.h, in chunks that depend on the shape alone; oneDNN
// itself runs on one thread. Primitives are cached by shape, and any number of threads may call.
#pragma once

#include <stdint.h>

#include "CTensorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Whether this oneDNN multiplies bfloat16 on this processor, and with its units; found out once, by
/// a small product whose result is known.
int vae_onednn_has_bfloat16(void);

/// An operation on operands of one shape, ready to run: it saves each call the look-up in the cache.
typedef struct vae_onednn_handle vae_onednn_handle;

/// Lets go of what a `prepare` function returned; null is allowed.
void vae_onednn_release(vae_onednn_handle *handle);

/// A handle to run such products with, to be released; null when oneDNN refuses the shape or the formats.
vae_onednn_handle *vae_onednn_prepare_product(const vae_product *product, int has_bias);

/// `bias`, of n elements, is read if the handle was prepared with one. `rounded`, which may be null, receives the result in
/// bfloat16 too.
int vae_onednn_run_product(
    vae_onednn_handle *handle, const void *a, const void *b, const float *bias, float *c,
    uint16_t *rounded);

// Weights are [oc, ic, kh, kw] in memory, whatever layout oneDNN works in.

/// y = activation(convolution(x, w) + bias).
vae_onednn_handle *vae_onednn_prepare_conv_forward(
    const vae_conv *conv, vae_operand_format x_format, vae_operand_format w_format,
    vae_activation activation, float slope, int has_bias);
int vae_onednn_run_conv_forward(
    vae_onednn_handle *handle, const void *x, const void *w, const float *bias, float *y,
    uint16_t *rounded);

/// dx = activation(gradient by x, from dy, + bias): also the transposed convolution with these weights.
vae_onednn_handle *vae_onednn_prepare_conv_backward_data(
    const vae_conv *conv, vae_operand_format dy_format, vae_operand_format w_format,
    vae_activation activation, float slope, int has_bias);
int vae_onednn_run_conv_backward_data(
    vae_onednn_handle *handle, const void *dy, const void *w, const float *bias, float *dx,
    uint16_t *rounded);

/// dw from x and dy.
vae_onednn_handle *vae_onednn_prepare_conv_backward_weights(
    const vae_conv *conv, vae_operand_format x_format, vae_operand_format dy_format);
int vae_onednn_run_conv_backward_weights(
    vae_onednn_handle *handle, const void *x, const void *dy, float *dw);

#ifdef __cplusplus
}
#endif
