// How does a convolution run on products?

#ifdef VAE_ONEDNN

#include "operation.h"

// Some images of a convolution.
typedef struct {
  int64_t first;
  vae_conv conv;
  bool is_short;  // fewer than the others: the last ones
} group;

static group some_images(const vae_conv *c, int64_t first, int64_t count) {
  group some = {first, *c, c->batch - first < count};
  some.conv.batch = some.is_short ? c->batch - first : count;
  return some;
}

/// Runs the product of some images; it is prepared at the first run.
static int run_part_product(
    entry *e, const group *some, const vae_product *p, const void *a, const void *b,
    const float *bias, float *c) {
  _Atomic(vae_onednn_handle *) *place = &e->products[some->first > 0][some->is_short];
  vae_onednn_handle *handle = atomic_load(place);
  if (!handle) {
    vae_onednn_handle *made = vae_onednn_prepare_product(p, bias != NULL);
    if (!made) return REFUSED;
    if (atomic_compare_exchange_strong(place, &handle, made)) handle = made;
    else vae_onednn_release(made);
  }
  return vae_onednn_run_product(handle, a, b, bias, c, NULL);
}

/// y[pixels, oc] = patches w^T and its two gradients: the patches are [pixels, ic * kh * kw].
static vae_product patch_product(const vae_conv *c, operation kind) {
  const int64_t pixels = c->batch * c->oh * c->ow, patch = c->ic * c->kh * c->kw;
  switch (kind) {
    case FORWARD:
      return (vae_product){.batch = 1, .m = pixels, .n = c->oc, .k = patch, .b_transposed = 1};
    case BACKWARD_DATA:
      return (vae_product){.batch = 1, .m = pixels, .n = patch, .k = c->oc};
    default:
      return (vae_product){.batch = 1, .m = c->oc, .n = patch, .k = pixels, .a_transposed = 1};
  }
}

enum { PLANE_COUNT = 1 << 18 };  // elements of planes at a time, to stay in cache

/// Images whose planes are made at a time.
static int64_t plane_images(const vae_conv *c) {
  const int64_t image = c->ih * c->iw * c->oc * c->kh * c->kw;
  const int64_t images = PLANE_COUNT / image > 0 ? PLANE_COUNT / image : 1;
  return images < c->batch ? images : c->batch;
}

/// Exchanges the weights' [oc, ic, taps] and [taps, oc, ic].
static void permute_weights(const vae_conv *c, const float *from, float *to, bool back) {
  const int64_t taps = c->kh * c->kw;
  for (int64_t o = 0; o < c->oc; o++)
    for (int64_t i = 0; i < c->ic; i++)
      for (int64_t t = 0; t < taps; t++) {
        const int64_t plain = (o * c->ic + i) * taps + t, other = (t * c->oc + o) * c->ic + i;
        if (back) to[plain] = from[other];
        else to[other] = from[plain];
      }
}

/// Runs a few images at a time through `planes`: every tap's product at every input pixel
/// (forward), or every tap's shifted copy of dy (backward weights).
int onednn_run_planes(entry *e, const float *x, const float *w, const float *dy, float *out) {
  const vae_conv *c = &e->id.conv;
  const operation kind = e->id.kind;
  const int64_t taps = c->kh * c->kw, count = plane_images(c), pixels = c->ih * c->iw;
  size_t plane_bytes, weight_bytes;
  float *planes = take((size_t)(count * pixels * taps * c->oc), &plane_bytes);
  float *weights = take((size_t)(taps * c->oc * c->ic), &weight_bytes);
  if (kind == FORWARD) permute_weights(c, w, weights, false);
  int status = 0;
  for (int64_t first = 0; first < c->batch && !status; first += count) {
    const group some = some_images(c, first, count);
    const vae_conv *part = &some.conv;
    const float *in = x + first * pixels * c->ic;
    vae_product p = {.batch = 1, .m = taps * c->oc};
    if (kind == FORWARD) {
      p.n = part->batch * pixels, p.k = c->ic, p.b_transposed = 1;
      status = run_part_product(e, &some, &p, weights, in, NULL, planes);
      if (!status) vae_sum_shifted_f32(part, planes, out + first * c->oh * c->ow * c->oc);
    } else {
      p.n = c->ic, p.k = part->batch * pixels, p.accumulate = first > 0;
      vae_shift_f32(part, dy + first * c->oh * c->ow * c->oc, planes);
      status = run_part_product(e, &some, &p, planes, in, NULL, weights);
    }
  }
  if (kind == BACKWARD_WEIGHTS) permute_weights(c, weights, out, true);
  vae_pool_give(planes, plane_bytes);
  vae_pool_give(weights, weight_bytes);
  return status;
}

enum { PATCH_COUNT = 1 << 23 };  // elements of patches at a time, some megabytes

/// Images whose patches are made at a time.
static int64_t patch_images(const vae_conv *c) {
  const int64_t image = c->oh * c->ow * c->ic * c->kh * c->kw;
  const int64_t images = PATCH_COUNT / image > 0 ? PATCH_COUNT / image : 1;
  return images < c->batch ? images : c->batch;
}

// A matrix per output channel, turned: [rows, columns] to [columns, rows].
typedef struct {
  size_t size;
  int64_t rows, columns;
  const char *from;
  char *to;
} turning;

static void turn_matrices(void *context, int64_t begin, int64_t end) {
  const turning *a = context;
  const int64_t dims[] = {end - begin, a->columns, a->rows};
  const int64_t strides[] = {a->rows * a->columns, 1, a->columns};
  const size_t offset = (size_t)(begin * a->rows * a->columns) * a->size;
  vae_strided_copy(a->size, 3, dims, strides, a->from + offset, a->to + offset);
}

/// The weights' [oc, ic, taps] as [oc, taps, ic], or back; elements have `size` bytes.
static void turn_weights(
    const vae_conv *c, size_t size, const void *from, void *to, bool back) {
  const int64_t taps = c->kh * c->kw;
  turning a = {size, back ? taps : c->ic, back ? c->ic : taps, from, to};
  vae_parallel_for(c->oc, divide_up(1 << 14, c->ic * taps), turn_matrices, &a);
}

/// The three operations on the patches of x, or of dx, a few images at a time.
///
/// Patches of bfloat16 are made by tap, which is the faster; the weights then follow.
int onednn_run_patches(
    entry *e, const void *x, const void *w, const void *dy, const float *bias, float *out) {
  const key *id = &e->id;
  const vae_conv *c = &id->conv;
  const size_t size = element_size(id->format);
  const int64_t most = patch_images(c), patch = c->ic * c->kh * c->kw;
  const bool gradient = id->kind == BACKWARD_WEIGHTS, by_tap = id->format == VAE_BF16 && x;
  const bool turns = by_tap && c->ic > 1 && patch > c->ic;
  size_t bytes, weight_bytes;
  const size_t count = (size_t)(most * c->oh * c->ow * patch);
  void *patches = vae_pool_take(count * (x ? size : sizeof(float)), &bytes);
  void *weights = turns ? take((size_t)(c->oc * patch), &weight_bytes) : NULL;
  if (turns && !gradient) turn_weights(c, size, w, weights, false);
  const void *turned = turns ? weights : w;
  float *dw = turns ? weights : out;
  int status = 0;
  for (int64_t first = 0; first < c->batch && !status; first += most) {
    const group some = some_images(c, first, most);
    const vae_conv *part = &some.conv;
    const int64_t in = first * c->ih * c->iw * c->ic, result = first * c->oh * c->ow * c->oc;
    const char *image = x ? (const char *)x + (size_t)in * size : NULL;
    const char *slope = dy ? (const char *)dy + (size_t)result * size : NULL;
    vae_product p = patch_product(part, id->kind);
    p.a_format = p.b_format = id->format;
    if (by_tap) vae_patches_by_tap(size, part, image, patches);
    else if (x) vae_patches_f32(part, (const float *)image, patches);
    switch (id->kind) {
      case BACKWARD_DATA:
        status = run_part_product(e, &some, &p, slope, w, NULL, patches);
        if (!status) vae_patches_adjoint_f32(part, patches, out + in);
        break;
      case BACKWARD_WEIGHTS:
        p.accumulate = first > 0;
        status = run_part_product(e, &some, &p, slope, patches, NULL, dw);
        break;
      default:
        p.activation = id->activation, p.slope = id->slope;
        status = run_part_product(e, &some, &p, patches, turned, bias, out + result);
    }
  }
  if (turns && gradient) turn_weights(c, sizeof(float), weights, out, true);
  vae_pool_give(patches, bytes);
  if (turns) vae_pool_give(weights, weight_bytes);
  return status;
}

#endif
