// Products and convolutions on oneDNN against sums in double precision, over random shapes, in float32
// and, where the processor has units for it, in bfloat16; and their bits with one and two threads.
// `make check-onednn` builds and runs it; its arguments are the rounds (100) and, after them, `force`,
// which tries bfloat16 whatever vae_onednn_has_bfloat16 says.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COneDNN.h"

static int failures, refusals, checks;
static uint64_t state = 1;
static int64_t pick(int64_t low, int64_t high) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return low + (int64_t)((state >> 33) % (uint64_t)(high - low + 1));
}

/// Memory of exactly `count` elements of a format, and what they are in double precision.
typedef struct {
  void *memory;
  double *values;
} array;

static array make(int64_t count, vae_operand_format format) {
  const size_t size = format == VAE_BF16 ? 2 : 4, n = (size_t)count;
  array x = {malloc(n * size), malloc(n * sizeof(double))};
  for (int64_t i = 0; i < count; i++) {
    float v = (float)pick(-1000, 1000) / 700;
    if (format == VAE_BF16) {
      uint32_t bits;
      memcpy(&bits, &v, 4);
      ((uint16_t *)x.memory)[i] = (uint16_t)(bits >> 16);
      bits &= 0xFFFF0000u;
      memcpy(&v, &bits, 4);
    } else {
      ((float *)x.memory)[i] = v;
    }
    x.values[i] = v;
  }
  return x;
}

static void drop(array x) { free(x.memory), free(x.values); }

static double then(double x, vae_activation a) {
  switch (a) {
    case VAE_THEN_IDENTITY: return x;
    case VAE_THEN_RELU: return x < 0 ? 0 : x;
    case VAE_THEN_LEAKY_RELU: return x > 0 ? x : 0.25 * x;
    case VAE_THEN_TANH: return tanh(x);
    case VAE_THEN_SIGMOID: return 1 / (1 + exp(-x));
    case VAE_THEN_ELU: return x > 0 ? x : 0.25 * expm1(x);
  }
  return x;
}

typedef struct { double sum, size; } total;  // and the sum of what was summed, in size

static void add_term(total *t, double term) { t->sum += term, t->size += fabs(term); }

/// One operation: how to run it and what an element of its result is.
typedef struct {
  char what[300];
  vae_operand_format format;
  array a, b, bias, before;
  int has_bias, accumulate;
  vae_activation activation;
  int64_t count, columns;  // of the result
  vae_product product;
  vae_conv conv;
} operation;

typedef int (*runner)(const operation *o, float *out, uint16_t *rounded);
typedef total (*definition)(const operation *o, int64_t at);

/// Runs with one and two threads, compares the bits, and some elements with their definition.
static void check(operation *o, runner run, definition define) {
  const size_t bytes = (size_t)o->count * sizeof(float);
  // A page behind the result stays as it is.
  float *first = malloc(bytes + 4096), *second = malloc(bytes + 4096);
  uint16_t *rounded = malloc(bytes / 2), *want_rounded = malloc(bytes / 2);
  for (int threads = 1; threads <= 2; threads++) {
    float *out = threads == 1 ? first : second;
    memcpy(out, o->before.memory, bytes);
    memset((char *)out + bytes, 77, 4096);
    vae_set_threads(threads);
    if (run(o, out, rounded)) {
      refusals++;
      printf("refused: %s\n", o->what);
      goto done;
    }
    for (int i = 0; i < 4096; i++)
      if (((char *)out)[bytes + (size_t)i] != 77) {
        printf("%s: writes behind its result\n", o->what), failures++;
        break;
      }
    vae_bfloat16_from_f32(out, want_rounded, o->count);
    if (memcmp(rounded, want_rounded, bytes / 2))
      printf("%s: the rounded copy differs\n", o->what), failures++;
  }
  checks++;
  if (memcmp(first, second, bytes)) printf("%s: two threads differ\n", o->what), failures++;
  const int64_t samples = o->count < 3000 ? o->count : 3000;
  for (int64_t i = 0; i < samples; i++) {
    const int64_t at = samples == o->count ? i : pick(0, o->count - 1);
    total t = define(o, at);
    if (o->has_bias) t.sum += o->bias.values[at % o->columns];
    const double want = o->accumulate ? t.sum + o->before.values[at] : then(t.sum, o->activation);
    if (!(fabs((double)first[at] - want) <= 2e-6 * (2 + t.size))) {
      printf("%s: element %ld of %ld is %g, not %g\n", o->what, (long)at, (long)o->count,
             (double)first[at], want);
      failures++;
      break;
    }
  }
done:
  free(first), free(second), free(rounded), free(want_rounded);
  drop(o->a), drop(o->b), drop(o->bias), drop(o->before);
}

static const float *bias_of(const operation *o) { return o->has_bias ? o->bias.memory : NULL; }

/// Runs and lets go; -1 where oneDNN refuses the shape.
static int run_product(const operation *o, float *out, uint16_t *rounded) {
  vae_onednn_handle *handle = vae_onednn_prepare_product(&o->product, o->has_bias);
  if (!handle) return -1;
  const int status = vae_onednn_run_product(
      handle, o->a.memory, o->b.memory, bias_of(o), out, rounded);
  vae_onednn_release(handle);
  return status;
}

static total define_product(const operation *o, int64_t at) {
  const vae_product *p = &o->product;
  const int64_t j = at % p->n, i = at / p->n % p->m, z = at / p->n / p->m;
  const double *a = o->a.values + z * p->a_batch, *b = o->b.values + z * p->b_batch;
  total t = {0};
  for (int64_t k = 0; k < p->k; k++)
    add_term(&t, (p->a_transposed ? a[k * p->m + i] : a[i * p->k + k]) *
                     (p->b_transposed ? b[j * p->k + k] : b[k * p->n + j]));
  return t;
}

static void check_product(vae_operand_format f, int64_t batch, int64_t m, int64_t n, int64_t k) {
  operation o = {.format = f, .count = batch * m * n, .columns = n};
  o.accumulate = pick(0, 3) == 0;
  o.activation = o.accumulate || pick(0, 1) ? VAE_THEN_IDENTITY : (vae_activation)pick(1, 5);
  o.has_bias = !o.accumulate && pick(0, 1);
  o.product = (vae_product){
      .batch = batch, .m = m, .n = n, .k = k, .a_batch = batch == 1 || pick(0, 3) ? m * k : 0,
      .b_batch = batch == 1 || pick(0, 2) ? k * n : 0, .a_transposed = (int32_t)pick(0, 1),
      .b_transposed = (int32_t)pick(0, 1), .accumulate = o.accumulate,
      .activation = o.activation, .slope = 0.25, .a_format = f, .b_format = f};
  // oneDNN takes a batch of one result only from two repeated matrices.
  if (!o.product.a_batch && !o.product.b_batch) o.product.a_batch = m * k;
  o.a = make(batch * m * k, f), o.b = make(batch * k * n, f), o.bias = make(n, VAE_F32);
  o.before = make(o.count, VAE_F32);
  snprintf(o.what, sizeof o.what, "%s product %ld x %ld %ld %ld, batches %ld %ld, turned %d%d, "
           "bias %d, adds %d, activation %d", f == VAE_BF16 ? "bfloat16" : "float32", (long)batch,
           (long)m, (long)n, (long)k, (long)o.product.a_batch, (long)o.product.b_batch,
           o.product.a_transposed, o.product.b_transposed, o.has_bias, o.accumulate, o.activation);
  check(&o, run_product, define_product);
}

static int run_forward(const operation *o, float *out, uint16_t *rounded) {
  vae_onednn_handle *handle = vae_onednn_prepare_conv_forward(
      &o->conv, o->format, o->format, o->activation, 0.25f, o->has_bias);
  if (!handle) return -1;
  const int status = vae_onednn_run_conv_forward(
      handle, o->a.memory, o->b.memory, bias_of(o), out, rounded);
  vae_onednn_release(handle);
  return status;
}

static int run_backward_data(const operation *o, float *out, uint16_t *rounded) {
  vae_onednn_handle *handle = vae_onednn_prepare_conv_backward_data(
      &o->conv, o->format, o->format, o->activation, 0.25f, o->has_bias);
  if (!handle) return -1;
  const int status = vae_onednn_run_conv_backward_data(
      handle, o->a.memory, o->b.memory, bias_of(o), out, rounded);
  vae_onednn_release(handle);
  return status;
}

static int run_backward_weights(const operation *o, float *out, uint16_t *rounded) {
  vae_onednn_handle *handle =
      vae_onednn_prepare_conv_backward_weights(&o->conv, o->format, o->format);
  if (!handle) return -1;
  const int status = vae_onednn_run_conv_backward_weights(handle, o->a.memory, o->b.memory, out);
  vae_onednn_release(handle);
  if (!status) vae_bfloat16_from_f32(out, rounded, o->count);  // it gives none
  return status;
}

static int64_t x_at(const vae_conv *c, int64_t n, int64_t iy, int64_t ix, int64_t i) {
  return ((n * c->ih + iy) * c->iw + ix) * c->ic + i;
}

static int64_t y_at(const vae_conv *c, int64_t n, int64_t oy, int64_t ox, int64_t o) {
  return ((n * c->oh + oy) * c->ow + ox) * c->oc + o;
}

static int64_t w_at(const vae_conv *c, int64_t o, int64_t i, int64_t t) {
  return (o * c->ic + i) * c->kh * c->kw + t;
}

static total define_forward(const operation *op, int64_t at) {
  const vae_conv *c = &op->conv;
  const int64_t o = at % c->oc, ox = at / c->oc % c->ow, oy = at / c->oc / c->ow % c->oh;
  const int64_t n = at / (c->oc * c->ow * c->oh);
  total sum = {0};
  for (int64_t t = 0; t < c->kh * c->kw; t++) {
    const int64_t iy = oy * c->stride_h + t / c->kw * c->dilation_h - c->pad_top;
    const int64_t ix = ox * c->stride_w + t % c->kw * c->dilation_w - c->pad_left;
    if (iy < 0 || iy >= c->ih || ix < 0 || ix >= c->iw) continue;
    for (int64_t i = 0; i < c->ic; i++)
      add_term(&sum, op->a.values[x_at(c, n, iy, ix, i)] * op->b.values[w_at(c, o, i, t)]);
  }
  return sum;
}

static total define_backward_data(const operation *op, int64_t at) {
  const vae_conv *c = &op->conv;
  const int64_t i = at % c->ic, ix = at / c->ic % c->iw, iy = at / c->ic / c->iw % c->ih;
  const int64_t n = at / (c->ic * c->iw * c->ih);
  total sum = {0};
  for (int64_t t = 0; t < c->kh * c->kw; t++) {
    const int64_t y = iy + c->pad_top - t / c->kw * c->dilation_h;
    const int64_t x = ix + c->pad_left - t % c->kw * c->dilation_w;
    if (y < 0 || x < 0 || y % c->stride_h || x % c->stride_w) continue;
    if (y / c->stride_h >= c->oh || x / c->stride_w >= c->ow) continue;
    for (int64_t o = 0; o < c->oc; o++)
      add_term(&sum, op->a.values[y_at(c, n, y / c->stride_h, x / c->stride_w, o)] *
                         op->b.values[w_at(c, o, i, t)]);
  }
  return sum;
}

static total define_backward_weights(const operation *op, int64_t at) {
  const vae_conv *c = &op->conv;
  const int64_t taps = c->kh * c->kw, t = at % taps, i = at / taps % c->ic, o = at / taps / c->ic;
  total sum = {0};
  for (int64_t pixel = 0; pixel < c->batch * c->oh * c->ow; pixel++) {
    const int64_t ox = pixel % c->ow, oy = pixel / c->ow % c->oh, n = pixel / c->ow / c->oh;
    const int64_t iy = oy * c->stride_h + t / c->kw * c->dilation_h - c->pad_top;
    const int64_t ix = ox * c->stride_w + t % c->kw * c->dilation_w - c->pad_left;
    if (iy < 0 || iy >= c->ih || ix < 0 || ix >= c->iw) continue;
    add_term(&sum, op->a.values[x_at(c, n, iy, ix, i)] * op->b.values[y_at(c, n, oy, ox, o)]);
  }
  return sum;
}

static void check_shape(vae_operand_format f, int kind, vae_conv c) {
  const int64_t nx = c.batch * c.ih * c.iw * c.ic, ny = c.batch * c.oh * c.ow * c.oc;
  const int64_t nw = c.oc * c.ic * c.kh * c.kw;
  operation o = {.format = f, .conv = c, .count = kind == 0 ? ny : kind == 1 ? nx : nw,
                 .columns = c.oc};
  if (kind == 1) o.columns = c.ic;
  if (kind < 2) o.activation = (vae_activation)pick(0, 5), o.has_bias = (int)pick(0, 1);
  o.a = make(kind == 1 ? ny : nx, f), o.b = make(kind == 2 ? ny : nw, f);
  o.bias = make(o.columns, VAE_F32), o.before = make(o.count, VAE_F32);
  snprintf(o.what, sizeof o.what, "%s convolution, kind %d, %ldx%ldx%ldx%ld to %ldx%ldx%ld, window "
           "%ldx%ld, strides %ld %ld, dilations %ld %ld, padding %ld %ld, bias %d, activation %d",
           f == VAE_BF16 ? "bfloat16" : "float32", kind, (long)c.batch, (long)c.ih, (long)c.iw,
           (long)c.ic, (long)c.oh, (long)c.ow, (long)c.oc, (long)c.kh, (long)c.kw,
           (long)c.stride_h, (long)c.stride_w, (long)c.dilation_h, (long)c.dilation_w,
           (long)c.pad_top, (long)c.pad_left, o.has_bias, o.activation);
  check(&o, kind == 0 ? run_forward : kind == 1 ? run_backward_data : run_backward_weights,
        kind == 0 ? define_forward : kind == 1 ? define_backward_data : define_backward_weights);
}

static void check_convolution(vae_operand_format f, int64_t largest) {
  const int64_t some[] = {1, 3, 4, 8, 16, 17, 32, 64};
  vae_conv c = {.batch = pick(1, 9), .ic = some[pick(0, 7)], .oc = some[pick(0, 7)],
                .kh = pick(1, 4), .kw = pick(1, 4), .stride_h = pick(1, 2), .stride_w = pick(1, 2),
                .dilation_h = pick(1, 2), .dilation_w = pick(1, 2), .pad_top = pick(0, 2),
                .pad_left = pick(0, 2), .ih = pick(1, largest), .iw = pick(1, largest)};
  if (pick(0, 2)) c.stride_w = c.stride_h, c.dilation_h = c.dilation_w = 1;
  const int64_t tall = c.ih + c.pad_top + pick(0, 2) - (c.kh - 1) * c.dilation_h - 1;
  const int64_t broad = c.iw + c.pad_left + pick(0, 2) - (c.kw - 1) * c.dilation_w - 1;
  if (tall < 0 || broad < 0) return;
  c.oh = tall / c.stride_h + 1, c.ow = broad / c.stride_w + 1;
  for (int kind = 0; kind < 3; kind++) check_shape(f, kind, c);
}

/// What models have, in shapes that are split in each way there is.
static void check_large(vae_operand_format f) {
  check_product(f, 1, 512, 512, 512), check_product(f, 1, 128, 2048, 300);
  check_product(f, 1, 2100, 257, 129), check_product(f, 1, 64, 96, 20001);
  check_product(f, 1, 30, 64, 40000), check_product(f, 1, 1025, 1024, 1030);
  check_product(f, 40, 100, 50, 64);
  const vae_conv shapes[] = {
      {64, 16, 16, 32, 8, 8, 64, 4, 4, 2, 2, 1, 1, 1, 1},
      {64, 8, 8, 64, 4, 4, 128, 4, 4, 2, 2, 1, 1, 1, 1},
      {64, 4, 4, 128, 2, 2, 256, 4, 4, 2, 2, 1, 1, 1, 1},
      {64, 32, 32, 3, 16, 16, 32, 4, 4, 2, 2, 1, 1, 1, 1},
      {64, 28, 28, 1, 28, 28, 32, 3, 3, 1, 1, 1, 1, 1, 1},
      {64, 28, 28, 32, 28, 28, 1, 3, 3, 1, 1, 1, 1, 1, 1},
      {600, 16, 16, 8, 16, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1},
      {32, 14, 14, 64, 14, 14, 64, 1, 1, 1, 1, 0, 0, 1, 1},
  };
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int kind = 0; kind < 3; kind++) check_shape(f, kind, shapes[i]);
}

static void check_format(vae_operand_format f, int rounds) {
  checks = refusals = 0;
  for (int i = 0; i < rounds; i++) {
    check_convolution(f, 6), check_convolution(f, 14);
    check_product(f, 1, pick(1, 9), pick(1, 9), pick(1, 9));
    check_product(f, pick(1, 9), pick(1, 70), pick(1, 70), pick(1, 70));
    check_product(f, 1, pick(1, 300), pick(1, 300), pick(1, 500));
    if (i % 10 == 0) check_product(f, 1, pick(1, 50), pick(1, 50), pick(2000, 9000));
  }
  for (int i = 0; i < rounds; i += 25) check_large(f);
  printf("%s: %d operations checked, %d refused\n", f == VAE_BF16 ? "bfloat16" : "float32", checks,
         refusals);
}

/// What it does not multiply it refuses.
static void check_refusals(void) {
  const vae_product empty = {.batch = 1, .m = 0, .n = 1, .k = 1};
  const vae_product mixed = {.batch = 1, .m = 1, .n = 1, .k = 1, .a_format = VAE_BF16};
  const vae_product wide = {.batch = 1, .m = 1, .n = 1, .k = 1, .a_format = VAE_F64,
                            .b_format = VAE_F64};
  const vae_conv one = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1};
  if (vae_onednn_prepare_product(&empty, 0) || vae_onednn_prepare_product(&mixed, 0) ||
      vae_onednn_prepare_product(&wide, 0) ||
      vae_onednn_prepare_conv_backward_data(&one, VAE_F32, VAE_BF16, VAE_THEN_IDENTITY, 0, 0))
    printf("takes formats that it does not multiply\n"), failures++;
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 100;
  const int forced = argc > 2 && !strcmp(argv[2], "force");
  check_refusals();
  check_format(VAE_F32, rounds);
  if (forced || vae_onednn_has_bfloat16()) check_format(VAE_BF16, rounds);
  else printf("no bfloat16 units here\n");
  printf("%d failures\n", failures);
  return failures > 0;
}
