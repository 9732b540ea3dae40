// Convolutions as matrix products: the loops that move pixels between images and matrices.

#include "CTensorKernels.h"
#include "fused_common.h"

typedef struct {
  const vae_conv *c;
  const float *in;
  float *out;
} arguments;

/// Positions i of [0, count) for which i + shift lies in [0, size).
typedef struct {
  int64_t begin, end;
} range;

INLINE range inside(int64_t shift, int64_t size, int64_t count) {
  const range r = {shift < 0 ? -shift : 0, size - shift < count ? size - shift : count};
  return r.end > r.begin ? r : (range){0, 0};
}

VAE_CLONES static void patches_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const vae_conv *c = a->c;
  const int64_t taps = c->kh * c->kw;
  for (int64_t row = begin; row < end; row++) {
    const int64_t ox = row % c->ow, oy = row / c->ow % c->oh, n = row / (c->ow * c->oh);
    float *out = a->out + row * c->ic * taps;
    for (int64_t t = 0; t < taps; t++) {
      const int64_t iy = oy * c->stride_h - c->pad_top + t / c->kw * c->dilation_h;
      const int64_t ix = ox * c->stride_w - c->pad_left + t % c->kw * c->dilation_w;
      if (iy < 0 || iy >= c->ih || ix < 0 || ix >= c->iw) {
        for (int64_t i = 0; i < c->ic; i++) out[i * taps + t] = 0;
      } else {
        const float *x = a->in + ((n * c->ih + iy) * c->iw + ix) * c->ic;
        for (int64_t i = 0; i < c->ic; i++) out[i * taps + t] = x[i];
      }
    }
  }
}

// What only moves elements: it takes their size.
typedef struct {
  const vae_conv *c;
  size_t size;
  const char *in;
  char *out;
} moves;

static void patches_by_tap_chunk(void *context, int64_t begin, int64_t end) {
  const moves *a = context;
  const vae_conv *c = a->c;
  const size_t pixel = a->size * (size_t)c->ic;
  // Taps beside one another are beside one another in x too, unless the window is spread.
  const int64_t run = c->dilation_w == 1 ? c->kw : 1;
  char *out = a->out + (size_t)(begin * c->kh * c->kw) * pixel;
  for (int64_t row = begin; row < end; row++) {
    const int64_t ox = row % c->ow, oy = row / c->ow % c->oh, n = row / (c->ow * c->oh);
    for (int64_t t = 0; t < c->kh * c->kw; t += run) {
      const int64_t iy = oy * c->stride_h - c->pad_top + t / c->kw * c->dilation_h;
      const int64_t ix = ox * c->stride_w - c->pad_left + t % c->kw * c->dilation_w;
      range r = inside(ix, c->iw, run);
      if (iy < 0 || iy >= c->ih) r = (range){0, 0};
      const size_t before = (size_t)r.begin * pixel, last = (size_t)r.end * pixel;
      memset(out, 0, before);
      if (last > before)
        memcpy(
            out + before, a->in + (size_t)((n * c->ih + iy) * c->iw + ix + r.begin) * pixel,
            last - before);
      memset(out + last, 0, (size_t)run * pixel - last);
      out += (size_t)run * pixel;
    }
  }
}

VAE_CLONES static void patches_adjoint_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const vae_conv *c = a->c;
  const int64_t taps = c->kh * c->kw, image = c->ih * c->iw * c->ic;
  for (int64_t n = begin; n < end; n++) {
    float *dx = a->out + n * image;
    memset(dx, 0, sizeof(float) * (size_t)image);
    for (int64_t pixel = 0; pixel < c->oh * c->ow; pixel++) {
      const int64_t oy = pixel / c->ow, ox = pixel % c->ow;
      const float *patch = a->in + (n * c->oh * c->ow + pixel) * c->ic * taps;
      for (int64_t t = 0; t < taps; t++) {
        const int64_t iy = oy * c->stride_h - c->pad_top + t / c->kw * c->dilation_h;
        const int64_t ix = ox * c->stride_w - c->pad_left + t % c->kw * c->dilation_w;
        if (iy < 0 || iy >= c->ih || ix < 0 || ix >= c->iw) continue;
        float *restrict out = dx + (iy * c->iw + ix) * c->ic;
        for (int64_t i = 0; i < c->ic; i++) out[i] += patch[i * taps + t];
      }
    }
  }
}

VAE_CLONES static void sum_shifted_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const vae_conv *c = a->c;
  enum { SPAN = 256 };
  float sums[SPAN];
  const int64_t plane = c->batch * c->ih * c->iw;
  for (int64_t row = begin; row < end; row++) {
    const int64_t oy = row % c->oh, n = row / c->oh;
    for (int64_t first = 0; first < c->ow; first += SPAN) {
      const int64_t count = c->ow - first < SPAN ? c->ow - first : SPAN;
      float *y = a->out + (row * c->ow + first) * c->oc;
      for (int64_t o = 0; o < c->oc; o++) {
        memset(sums, 0, sizeof(float) * (size_t)count);
        for (int64_t t = 0; t < c->kh * c->kw; t++) {
          const int64_t iy = oy - c->pad_top + t / c->kw * c->dilation_h;
          if (iy < 0 || iy >= c->ih) continue;
          const int64_t shift = first - c->pad_left + t % c->kw * c->dilation_w;
          const range r = inside(shift, c->iw, count);
          const float *in = a->in + (t * c->oc + o) * plane + (n * c->ih + iy) * c->iw + shift;
          for (int64_t i = r.begin; i < r.end; i++) sums[i] += in[i];
        }
        for (int64_t i = 0; i < count; i++) y[i * c->oc + o] = sums[i];
      }
    }
  }
}

/// The output channels of dy one after the other, [oc, batch * oh * ow].
VAE_CLONES static void separate_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const int64_t channels = a->c->oc, pixels = a->c->batch * a->c->oh * a->c->ow;
  for (int64_t o = 0; o < channels; o++)
    for (int64_t i = begin; i < end; i++) a->out[o * pixels + i] = a->in[i * channels + o];
}

VAE_CLONES static void shift_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const vae_conv *c = a->c;
  const int64_t rows = c->batch * c->ih;
  for (int64_t index = begin; index < end; index++) {
    const int64_t row = index % rows, iy = row % c->ih, n = row / c->ih;
    const int64_t t = index / rows / c->oc, o = index / rows % c->oc;
    float *restrict out = a->out + index * c->iw;
    const int64_t oy = iy + c->pad_top - t / c->kw * c->dilation_h;
    const int64_t shift = c->pad_left - t % c->kw * c->dilation_w;
    range r = inside(shift, c->ow, c->iw);
    if (oy < 0 || oy >= c->oh) r = (range){0, 0};
    const float *dy = a->in + ((o * c->batch + n) * c->oh + oy) * c->ow + shift;
    for (int64_t i = 0; i < r.begin; i++) out[i] = 0;
    for (int64_t i = r.begin; i < r.end; i++) out[i] = dy[i];
    for (int64_t i = r.end; i < c->iw; i++) out[i] = 0;
  }
}

void vae_patches_f32(const vae_conv *c, const float *x, float *patches) {
  arguments a = {c, x, patches};
  const int64_t grain = row_grain(c->ic * c->kh * c->kw);
  vae_parallel_for(c->batch * c->oh * c->ow, grain, patches_chunk, &a);
}

void vae_patches_by_tap(size_t size, const vae_conv *c, const void *x, void *patches) {
  moves a = {c, size, x, patches};
  const int64_t grain = row_grain(c->ic * c->kh * c->kw);
  vae_parallel_for(c->batch * c->oh * c->ow, grain, patches_by_tap_chunk, &a);
}

void vae_patches_adjoint_f32(const vae_conv *c, const float *patches, float *dx) {
  arguments a = {c, patches, dx};
  const int64_t grain = row_grain(c->oh * c->ow * c->ic * c->kh * c->kw);
  vae_parallel_for(c->batch, grain, patches_adjoint_chunk, &a);
}

void vae_sum_shifted_f32(const vae_conv *c, const float *planes, float *y) {
  arguments a = {c, planes, y};
  const int64_t grain = row_grain(c->ow * c->oc * c->kh * c->kw);
  vae_parallel_for(c->batch * c->oh, grain, sum_shifted_chunk, &a);
}

void vae_shift_f32(const vae_conv *c, const float *dy, float *planes) {
  const int64_t pixels = c->batch * c->oh * c->ow;
  size_t bytes;
  float *channels = vae_pool_take(sizeof(float) * (size_t)(pixels * c->oc), &bytes);
  arguments separate = {c, dy, channels}, shift = {c, channels, planes};
  vae_parallel_for(pixels, row_grain(c->oc), separate_chunk, &separate);
  const int64_t rows = c->kh * c->kw * c->oc * c->batch * c->ih;
  vae_parallel_for(rows, row_grain(c->iw), shift_chunk, &shift);
  vae_pool_give(channels, bytes);
}
