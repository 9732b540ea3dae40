// Convolutions as matrix products: the loops that move pixels between images and matrices.
#pragma once

#include <stdint.h>

#include "CTensorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The patch of each output pixel as one row: [batch * oh * ow, ic * kh * kw], zero outside the
/// image.
void vae_patches_f32(const vae_conv *c, const float *x, float *patches);

/// The adjoint of `vae_patches_f32`: each element of dx is the sum of where it went.
void vae_patches_adjoint_f32(const vae_conv *c, const float *patches, float *dx);

// For convolutions with stride 1 and few output channels. `planes` is
// [kh * kw * oc, batch * ih * iw]: one image a tap and output channel.

/// y[q, o] = sum over taps t of planes[t, o][q + t].
void vae_sum_shifted_f32(const vae_conv *c, const float *planes, float *y);

/// planes[t, o][p] = dy[p - t, o], zero where that is outside.
void vae_shift_f32(const vae_conv *c, const float *dy, float *planes);

#ifdef __cplusplus
}
#endif
