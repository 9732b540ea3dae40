// Does a convolution run on a primitive of its own, or on products?

#ifdef VAE_ONEDNN

#include "operation.h"

// Two kinds of convolution run faster as matrix products of their patches. The rules are fixed,
// since two runs of one seed must not differ; `Benchmarks/run --layers` shows what a layer costs.

/// Images too small to keep a direct convolution busy, beside weights that are costly to reorder.
static bool prefers_patches(const vae_conv *c) { return c->oh * c->ow <= 4 && c->ic >= 16; }

/// A few output channels leave most lanes of a vector idle.
static bool prefers_planes(const vae_conv *c) {
  return c->stride_h == 1 && c->stride_w == 1 && c->oc <= 4 && c->ic >= 8;
}

/// oneDNN's bfloat16 gradients of weights are slow (2.6: 256 to 512 channels at 4 x 4 take twenty times
/// as long as the product), and so is all it does with a few channels.
static bool prefers_rounded_patches(const vae_conv *c, operation kind) {
  return kind == BACKWARD_WEIGHTS || c->ic < LANES || c->oc < LANES;
}

/// Whether some window along an axis lies in the padding alone. oneDNN's convolutions on tiles (2.6) jump to nowhere there.
static bool has_empty_window(
    int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before) {
  for (int64_t o = 0; o < out; o++) {
    bool meets = false;
    for (int64_t t = 0; t < kernel && !meets; t++) {
      const int64_t at = o * stride - before + t * dilation;
      meets = at >= 0 && at < in;
    }
    if (!meets) return true;
  }
  return false;
}

route onednn_choose_route(const key *id) {
  const vae_conv *c = &id->conv;
  const operation kind = id->kind;
  if (has_empty_window(c->ih, c->oh, c->kh, c->stride_h, c->dilation_h, c->pad_top) ||
      has_empty_window(c->iw, c->ow, c->kw, c->stride_w, c->dilation_w, c->pad_left))
    return PATCHES;
  if (id->format == VAE_BF16)
    return prefers_rounded_patches(c, kind) || prefers_patches(c) ? PATCHES : DIRECT;
  if (kind != BACKWARD_DATA && prefers_planes(c)) return PLANES;
  return prefers_patches(c) ? PATCHES : DIRECT;
}

#endif
