// Into which chunks is an operation split?

#ifdef VAE_ONEDNN

#include "operation.h"

enum {
  WORK = 1 << 21,  // multiplications that are worth a chunk, some 40 microseconds of them
  MAXIMUM_CHUNKS = 8,
  MAXIMUM_PARTIAL = 4,  // results to be added
  PIXELS = 512,         // of a chunk, that outweigh moving and adding its gradient of the weights
  VECTORS = 64,         // columns of a chunk, so that its vectors are full
  UNITS = 4,            // times as much work is worth a chunk of a bfloat16 product,
  DEEP = 16,            // which is split along k if that is so many times the other sizes,
  DEEP_STEP = 2048,     // into chunks of at least this
};

static int64_t chunk_count(double work, int64_t maximum) {
  const double count = work / WORK;
  return count < 1 ? 1 : count > (double)maximum ? maximum : (int64_t)count;
}

/// Splits an axis into at most `count` chunks of a multiple of `unit`.
static void split(entry *e, axis axis, int64_t extent, int64_t unit, int64_t count) {
  const int64_t units = divide_up(extent, unit);
  if (count > units) count = units;
  // Chunks of one size need but one primitive.
  for (int64_t even = count; 2 * even > count; even--)
    if (extent % (even * unit) == 0) {
      count = even;
      break;
    }
  e->axis = axis;
  e->extent = extent;
  e->step = divide_up(units, count) * unit < extent ? divide_up(units, count) * unit : extent;
}

/// Along what to split a product of two matrices into at most `count` chunks.
static void split_product(entry *e, double work, int64_t count) {
  const vae_product *p = &e->id.product;
  const bool plain = !e->id.bias && p->activation == VAE_THEN_IDENTITY, wide = p->n >= p->m;
  if (p->b_format == VAE_BF16) {
    // oneDNN's kernels for tiles want whole rows of the results and, of a transposed a, whole columns.
    const int64_t other = wide ? p->n : p->m, deep = p->k / DEEP_STEP;
    if (plain && p->k >= DEEP * other && deep > 1) {
      split(e, DEPTH, p->k, VECTORS, count < deep ? count : deep);
      if (e->step < e->extent) e->partial = p->m * p->n;
      return;
    }
    if (!p->a_transposed && p->m >= TILE * count) {
      split(e, ROWS, p->m, TILE, count);
      return;
    }
  }
  if (wide) split(e, COLUMNS, p->n, VECTORS, count);
  else split(e, ROWS, p->m, LANES, count);
  if (count > 1 && e->step == e->extent && plain && p->k >= 1024) {
    split(e, DEPTH, p->k, VECTORS, chunk_count(work, MAXIMUM_PARTIAL));
    e->partial = p->m * p->n;
  }
}

void onednn_plan_product(entry *e) {
  const vae_product *p = &e->id.product;
  double work = (double)p->batch * (double)p->m * (double)p->n * (double)p->k;
  if (p->b_format == VAE_BF16) work /= UNITS;
  // Small matrices reach but a part of the speed.
  if (p->batch > 1) split(e, BATCH, p->batch, 1, chunk_count(4 * work, MAXIMUM_CHUNKS));
  else split_product(e, work, chunk_count(work, MAXIMUM_CHUNKS));
  const int64_t c = e->id.bias ? 3 : 2, size = (int64_t)element_size(p->b_format);
  const int64_t s = e->step * size, result = e->step * (int64_t)sizeof(float);
  switch (e->axis) {
    case BATCH:
      e->strides[0] = s * p->a_batch, e->strides[1] = s * p->b_batch;
      e->strides[c] = result * p->m * p->n;
      break;
    case ROWS:
      e->strides[0] = p->a_transposed ? s : s * p->k;
      e->strides[c] = result * p->n;
      break;
    case COLUMNS:
      e->strides[1] = p->b_transposed ? s * p->k : s;
      if (e->id.bias) e->strides[2] = result;
      e->strides[c] = result;
      break;
    case DEPTH:
      e->strides[0] = p->a_transposed ? s * p->m : s;
      e->strides[1] = p->b_transposed ? s : s * p->n;
      e->strides[c] = e->partial * (int64_t)sizeof(float);
  }
}

/// By images; gradients of the weights are then added.
void onednn_plan_convolution(entry *e) {
  const vae_conv *c = &e->id.conv;
  const int64_t weights = c->oc * c->ic * c->kh * c->kw;
  const double work = (double)(c->batch * c->oh * c->ow) * (double)weights;
  int64_t maximum = MAXIMUM_CHUNKS;
  if (e->id.kind == BACKWARD_WEIGHTS) {
    maximum = c->batch * c->oh * c->ow / PIXELS;
    maximum = maximum < 2 ? 2 : maximum < MAXIMUM_PARTIAL ? maximum : MAXIMUM_PARTIAL;
  }
  split(
      e, BATCH, c->batch, 1, chunk_count(e->id.format == VAE_BF16 ? work / UNITS : work, maximum));
  const int64_t size = (int64_t)element_size(e->id.format), result = sizeof(float);
  const int64_t x = e->step * c->ih * c->iw * c->ic, y = e->step * c->oh * c->ow * c->oc;
  switch (e->id.kind) {
    case BACKWARD_DATA: e->strides[0] = y * size, e->strides[2] = x * result; break;
    case BACKWARD_WEIGHTS:
      e->strides[0] = x * size, e->strides[1] = y * size;
      if (e->step < e->extent) e->partial = weights, e->strides[2] = weights * result;
      break;
    default: e->strides[0] = x * size, e->strides[e->id.bias ? 3 : 2] = y * result;
  }
}

#endif
