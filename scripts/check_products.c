// Products and convolutions against plain loops in double precision, over random shapes, recurrences
// against those in double precision, and their bits with one, two and three threads. With the package's C sources:
//   S=Sources/CTensorKernels; clang -O2 -I$S/include scripts/check_products.c $S/*.c -lm && ./a.out
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CTensorKernels.h"

static int failures;
static uint64_t state = 1;
static int64_t pick(int64_t low, int64_t high) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return low + (int64_t)((state >> 33) % (uint64_t)(high - low + 1));
}

/// Memory of exactly `count` elements of a format, and what they are in double precision.
typedef struct { void *memory; double *values; int64_t count; vae_operand_format format; } array;

static size_t size_of(vae_operand_format f) { return f == VAE_BF16 ? 2 : f == VAE_F32 ? 4 : 8; }

static array make(int64_t count, vae_operand_format format) {
  array x = {malloc((size_t)count * size_of(format)), malloc((size_t)count * 8), count, format};
  for (int64_t i = 0; i < count; i++) {
    double v = (double)pick(-1000, 1000) / 700;
    if (format == VAE_F64) ((double *)x.memory)[i] = v;
    if (format == VAE_F32) ((float *)x.memory)[i] = (float)v, v = (float)v;
    if (format == VAE_BF16) {
      float f = (float)v;
      uint32_t bits;
      memcpy(&bits, &f, 4);
      ((uint16_t *)x.memory)[i] = (uint16_t)(bits >> 16);
      bits &= 0xFFFF0000u;
      memcpy(&f, &bits, 4);
      v = f;
    }
    x.values[i] = v;
  }
  return x;
}

static void drop(array x) { free(x.memory), free(x.values); }

static double then(double x, vae_activation a, double slope) {
  switch (a) {
    case VAE_THEN_IDENTITY: return x;
    case VAE_THEN_RELU: return x < 0 ? 0 : x;
    case VAE_THEN_LEAKY_RELU: return x > 0 ? x : slope * x;
    case VAE_THEN_TANH: return tanh(x);
    case VAE_THEN_SIGMOID: return 1 / (1 + exp(-x));
    case VAE_THEN_ELU: return x > 0 ? x : slope * expm1(x);
  }
  return x;
}

/// Compares with `want`, `sizes` bounding what was summed.
static void compare(const char *what, vae_dtype t, int64_t n, const void *got, const double *want,
                    const double *sizes) {
  for (int64_t i = 0; i < n; i++) {
    const double g = t == VAE_FLOAT32 ? ((const float *)got)[i] : ((const double *)got)[i];
    const double allowed = (t == VAE_FLOAT32 ? 2e-6 : 1e-13) * (2 + sizes[i]);
    if (!(fabs(g - want[i]) <= allowed)) {
      printf("%s: element %ld of %ld is %g, not %g\n", what, (long)i, (long)n, g, want[i]);
      failures++;
      return;
    }
  }
}

typedef void (*work)(void *context, void *out);

/// Runs with 1, 2 and 3 threads from the same `before`; the bits must agree.
static void *run_alike(const char *what, work f, void *context, size_t bytes, const void *before) {
  void *first = NULL;
  for (int threads = 1; threads <= 3; threads++) {
    vae_set_threads(threads);
    void *out = malloc(bytes + 1);
    memcpy(out, before, bytes);
    f(context, out);
    if (!first) { first = out; continue; }
    if (memcmp(first, out, bytes)) printf("%s: %d threads differ\n", what, threads), failures++;
    free(out);
  }
  return first;
}

typedef struct { vae_dtype t; vae_product p; array a, b, bias; int with_bias; } product_case;

static void run_product(void *context, void *out) {
  product_case *q = context;
  vae_product_run(q->t, &q->p, q->a.memory, q->b.memory, q->with_bias ? q->bias.memory : NULL, out);
}

static vae_operand_format any_format(vae_dtype t) {
  return t == VAE_FLOAT64 ? VAE_F64 : pick(0, 2) == 0 ? VAE_BF16 : VAE_F32;
}

static void check_product(int64_t batch, int64_t m, int64_t n, int64_t k) {
  product_case q = {.t = pick(0, 3) == 0 ? VAE_FLOAT64 : VAE_FLOAT32};
  q.p = (vae_product){.batch = batch, .m = m, .n = n, .k = k,
                      .a_batch = pick(0, 3) ? m * k : 0, .b_batch = pick(0, 2) ? k * n : 0,
                      .a_transposed = (int32_t)pick(0, 1), .b_transposed = (int32_t)pick(0, 1),
                      .accumulate = pick(0, 3) == 0, .activation = (vae_activation)pick(0, 5),
                      .slope = 0.25, .a_format = any_format(q.t), .b_format = any_format(q.t)};
  const vae_operand_format own = q.t == VAE_FLOAT32 ? VAE_F32 : VAE_F64;
  q.a = make(batch * m * k, q.p.a_format), q.b = make(batch * k * n, q.p.b_format);
  q.bias = make(n, own), q.with_bias = !q.p.accumulate && pick(0, 1);
  if (q.p.accumulate) q.p.activation = VAE_THEN_IDENTITY;
  array before = make(batch * m * n, own);
  char what[200];
  snprintf(what, sizeof what, "product %s %ld x %ld %ld %ld, t %d%d, formats %d%d, acc %d act %d",
           q.t ? "f64" : "f32", (long)batch, (long)m, (long)n, (long)k, q.p.a_transposed,
           q.p.b_transposed, q.p.a_format, q.p.b_format, q.p.accumulate, q.p.activation);
  double *want = malloc((size_t)(batch * m * n) * 8), *sizes = malloc((size_t)(batch * m * n) * 8);
  for (int64_t z = 0; z < batch; z++)
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j++) {
        double sum = 0, size = 0;
        const double *a = q.a.values + z * q.p.a_batch, *b = q.b.values + z * q.p.b_batch;
        for (int64_t p = 0; p < k; p++) {
          const double term = (q.p.a_transposed ? a[p * m + i] : a[i * k + p]) *
                              (q.p.b_transposed ? b[j * k + p] : b[p * n + j]);
          sum += term, size += fabs(term);
        }
        const int64_t at = (z * m + i) * n + j;
        if (q.with_bias) sum += q.bias.values[j];
        want[at] = q.p.accumulate ? before.values[at] + sum : then(sum, q.p.activation, 0.25);
        sizes[at] = size;
      }
  const size_t bytes = (size_t)(batch * m * n) * size_of(own);
  void *got = run_alike(what, run_product, &q, bytes, before.memory);
  compare(what, q.t, batch * m * n, got, want, sizes);
  free(got), free(want), free(sizes), drop(q.a), drop(q.b), drop(q.bias), drop(before);
}

typedef struct {
  vae_dtype t;
  vae_conv p;
  int kind;  // forward, backward data, backward weights
  vae_operand_format a_format, b_format;
  vae_activation activation;
  array a, b, bias;
  int with_bias;
} conv_case;

static void run_conv(void *context, void *out) {
  conv_case *q = context;
  const void *bias = q->with_bias ? q->bias.memory : NULL;
  if (q->kind == 0)
    vae_convolution_forward(q->t, &q->p, q->a_format, q->b_format, q->activation, 0.25, q->a.memory,
                            q->b.memory, bias, out);
  else if (q->kind == 1)
    vae_convolution_backward_data(q->t, &q->p, q->a_format, q->b_format, q->activation, 0.25,
                                  q->a.memory, q->b.memory, bias, out);
  else
    vae_convolution_backward_weights(q->t, &q->p, q->a_format, q->b_format, q->a.memory,
                                     q->b.memory, out);
}

static int64_t channels(void) {
  const int64_t some[] = {1, 2, 3, 4, 7, 8, 16, 17, 32, 40};
  return some[pick(0, 9)];
}

static void check_conv(int64_t largest) {
  conv_case q = {.t = pick(0, 3) == 0 ? VAE_FLOAT64 : VAE_FLOAT32, .kind = (int)pick(0, 2),
                 .activation = (vae_activation)pick(0, 5)};
  vae_conv *p = &q.p;
  *p = (vae_conv){.batch = pick(0, 20) ? pick(1, 4) : 0, .ic = channels(), .oc = channels(),
                  .kh = pick(1, 4), .kw = pick(1, 4), .stride_h = pick(1, 3),
                  .stride_w = pick(1, 3), .dilation_h = pick(1, 2), .dilation_w = pick(1, 2), .pad_top = pick(0, 2),
                  .pad_left = pick(0, 2), .ih = pick(1, largest), .iw = pick(1, largest)};
  if (pick(0, 2)) p->stride_w = p->stride_h, p->dilation_h = p->dilation_w = 1;
  const int64_t below = pick(0, 2), right = pick(0, 2);
  const int64_t tall = p->ih + p->pad_top + below - (p->kh - 1) * p->dilation_h - 1;
  const int64_t broad = p->iw + p->pad_left + right - (p->kw - 1) * p->dilation_w - 1;
  p->oh = tall < 0 ? 0 : tall / p->stride_h + 1, p->ow = broad < 0 ? 0 : broad / p->stride_w + 1;
  const int64_t nx = p->batch * p->ih * p->iw * p->ic, ny = p->batch * p->oh * p->ow * p->oc;
  const int64_t nw = p->oc * p->ic * p->kh * p->kw;
  const vae_operand_format own = q.t == VAE_FLOAT32 ? VAE_F32 : VAE_F64;
  q.a_format = any_format(q.t), q.b_format = any_format(q.t);
  q.a = make(q.kind == 1 ? ny : nx, q.a_format), q.b = make(q.kind == 2 ? ny : nw, q.b_format);
  const int64_t n = q.kind == 0 ? ny : q.kind == 1 ? nx : nw;
  const int64_t columns = q.kind == 0 ? p->oc : p->ic;
  q.bias = make(columns, own), q.with_bias = q.kind < 2 && pick(0, 1);
  char what[300];
  snprintf(what, sizeof what, "conv kind %d %s %ldx%ldx%ldx%ld -> %ldx%ldx%ld kernel %ldx%ld "
           "stride %ld %ld dil %ld %ld pad %ld %ld formats %d%d act %d", q.kind, q.t ? "f64" : "f32",
           (long)p->batch, (long)p->ih, (long)p->iw, (long)p->ic, (long)p->oh, (long)p->ow,
           (long)p->oc, (long)p->kh, (long)p->kw, (long)p->stride_h, (long)p->stride_w,
           (long)p->dilation_h, (long)p->dilation_w, (long)p->pad_top, (long)p->pad_left,
           q.a_format, q.b_format, q.activation);
  double *want = calloc((size_t)n + 1, 8), *sizes = calloc((size_t)n + 1, 8);
  for (int64_t b = 0; b < p->batch; b++)
    for (int64_t oy = 0; oy < p->oh; oy++)
      for (int64_t ox = 0; ox < p->ow; ox++)
        for (int64_t ky = 0; ky < p->kh; ky++)
          for (int64_t kx = 0; kx < p->kw; kx++) {
            const int64_t iy = oy * p->stride_h + ky * p->dilation_h - p->pad_top;
            const int64_t ix = ox * p->stride_w + kx * p->dilation_w - p->pad_left;
            if (iy < 0 || iy >= p->ih || ix < 0 || ix >= p->iw) continue;
            for (int64_t o = 0; o < p->oc; o++)
              for (int64_t i = 0; i < p->ic; i++) {
                const int64_t x = ((b * p->ih + iy) * p->iw + ix) * p->ic + i;
                const int64_t y = ((b * p->oh + oy) * p->ow + ox) * p->oc + o;
                const int64_t w = ((o * p->ic + i) * p->kh + ky) * p->kw + kx;
                const int64_t to = q.kind == 0 ? y : q.kind == 1 ? x : w;
                const double term =
                    q.a.values[q.kind == 1 ? y : x] * q.b.values[q.kind == 2 ? y : w];
                want[to] += term, sizes[to] += fabs(term);
              }
          }
  if (q.kind < 2)
    for (int64_t i = 0; i < n; i++)
      want[i] = then(want[i] + (q.with_bias ? q.bias.values[i % columns] : 0), q.activation, 0.25);
  array before = make(n, own);
  void *got = run_alike(what, run_conv, &q, (size_t)n * size_of(own), before.memory);
  compare(what, q.t, n, got, want, sizes);
  free(got), free(want), free(sizes), drop(q.a), drop(q.b), drop(q.bias), drop(before);
}

typedef struct { int64_t k, n, width; int transposed; const uint16_t *b; } pairs_case;

static void run_pairs(void *context, void *out) {
  const pairs_case *q = context;
  vae_pair_rows(q->k, q->n, q->transposed, q->width, q->b, out);
}

static void check_pairs(void) {
  const int64_t widths[] = {16, 32, 48, 64};
  pairs_case q = {.k = pick(1, 150), .n = pick(1, 200), .width = widths[pick(0, 3)],
                  .transposed = (int)pick(0, 1)};
  const int64_t rows = (q.k + 31) / 32 * 32, columns = (q.n + q.width - 1) / q.width * q.width;
  const array b = make(q.k * q.n, VAE_BF16), before = make(rows * columns, VAE_BF16);
  q.b = b.memory;
  uint16_t *out = run_alike("pairs", run_pairs, &q, 2 * (size_t)before.count, before.memory);
  for (int64_t p = 0; p < rows; p++)
    for (int64_t j = 0; j < columns; j++) {
      const int64_t block = j / q.width * q.width * rows;
      const uint16_t got = out[block + (p / 2 * q.width + j % q.width) * 2 + p % 2];
      const int is_there = p < q.k && j < q.n;
      if (got != (is_there ? q.b[q.transposed ? j * q.k + p : p * q.n + j] : 0)) {
        printf("pairs %ld x %ld, width %ld, transposed %d: element %ld %ld is wrong\n", (long)q.k,
               (long)q.n, (long)q.width, q.transposed, (long)p, (long)j);
        failures++;
        p = rows, j = columns;
      }
    }
  free(out), drop(b), drop(before);
}

typedef struct {
  vae_dtype t;
  vae_recurrence p;
  array w, bias, initial, share, g;
} recurrence_case;

/// The states, then the gradients, one after the other in `out`.
static void run_recurrence(void *context, void *out) {
  recurrence_case *q = context;
  const size_t size = q->t == VAE_FLOAT32 ? 4 : 8;
  const int64_t steps = q->p.batch * q->p.time, states = q->g.count, gates = q->share.count;
  char *dgates = (char *)out + size * (size_t)states, *dshare = dgates + size * (size_t)gates;
  char *before = dshare + size * (size_t)gates;
  char *dinitial = before + size * (size_t)(steps * q->p.hidden);
  void *kept = calloc((size_t)(steps * q->p.hidden), size), *values = malloc(size * (size_t)gates);
  const int is_gru = q->p.cell == VAE_GRU;
  memcpy(values, q->share.memory, size * (size_t)gates);
  vae_recurrence_forward(q->t, &q->p, q->w.memory, q->bias.memory, q->initial.memory, values,
                         is_gru ? kept : NULL, out);
  vae_recurrence_backward(q->t, &q->p, q->w.memory, q->initial.memory, values,
                          is_gru ? kept : NULL, out, q->g.memory, dgates, is_gru ? dshare : NULL,
                          before, dinitial);
  free(kept), free(values);
}

static void check_recurrence(void) {
  recurrence_case f = {.t = VAE_FLOAT32}, d;
  int64_t lengths[40];
  f.p = (vae_recurrence){.cell = pick(0, 1) ? VAE_GRU : VAE_LSTM, .reversed = (int32_t)pick(0, 1),
                         .rounds = (int32_t)pick(0, 1), .batch = pick(1, 40), .time = pick(1, 9),
                         .hidden = pick(1, 90), .lengths = lengths};
  for (int64_t i = 0; i < f.p.batch; i++) lengths[i] = pick(1, f.p.time);
  const int64_t n = f.p.hidden, steps = f.p.batch * f.p.time;
  const int64_t all = (f.p.cell == VAE_GRU ? 3 : 4) * n, width = f.p.cell == VAE_GRU ? n : 2 * n;
  f.w = make(all * n, f.p.rounds ? VAE_BF16 : VAE_F32), f.bias = make(all, VAE_F32);
  // Small weights, which do not enlarge what rounding does to a state.
  for (int64_t i = 0; i < f.w.count; i++) {
    f.w.values[i] /= 16;
    const float small = (float)f.w.values[i];
    if (f.p.rounds) memcpy((uint16_t *)f.w.memory + i, (const char *)&small + 2, 2);
    else ((float *)f.w.memory)[i] = small;
  }
  f.initial = make(f.p.batch * width, VAE_F32), f.share = make(steps * all, VAE_F32);
  f.g = make(steps * width, VAE_F32);
  d = f;
  d.t = VAE_FLOAT64;
  array *const wide[] = {&d.bias, &d.initial, &d.share, &d.g, &d.w};
  for (int i = 0; i < (f.p.rounds ? 4 : 5); i++) {
    const array x = *wide[i];
    *wide[i] = make(x.count, VAE_F64);
    memcpy(wide[i]->memory, x.values, sizeof(double) * (size_t)x.count);
  }
  const int64_t count = steps * (width + 2 * all + n) + f.p.batch * width;
  void *zeros = calloc((size_t)count, sizeof(double)), *got, *want;
  double *sizes = malloc((size_t)count * sizeof(double));
  // What is rounded may fall to the other side in the other precision.
  for (int64_t i = 0; i < count; i++) sizes[i] = f.p.rounds ? 1e4 : 50;
  char what[200];
  snprintf(what, sizeof what, "%s of %ld rows, %ld steps, %ld hidden, reversed %d, rounds %d",
           f.p.cell == VAE_GRU ? "GRU" : "LSTM", (long)f.p.batch, (long)f.p.time, (long)n,
           f.p.reversed, f.p.rounds);
  got = run_alike(what, run_recurrence, &f, sizeof(float) * (size_t)count, zeros);
  want = run_alike(what, run_recurrence, &d, sizeof(double) * (size_t)count, zeros);
  compare(what, VAE_FLOAT32, count, got, want, sizes);
  free(zeros), free(sizes), free(got), free(want);
  array all_arrays[] = {f.w, f.bias, f.initial, f.share, f.g, d.bias, d.initial, d.share, d.g};
  for (int i = 0; i < 9; i++) drop(all_arrays[i]);
  if (!f.p.rounds) drop(d.w);
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 300;
  for (int i = 0; i < rounds; i++) {
    check_conv(6), check_conv(6), check_conv(12);
    if (i % 10 == 0) check_conv(50);
    check_recurrence(), check_pairs();
    check_product(1, pick(0, 9), pick(0, 9), pick(0, 9));
    check_product(pick(1, 5), pick(1, 70), pick(1, 70), pick(1, 70));
    check_product(1, pick(1, 40), pick(1, 300), pick(1, 500));
    if (i % 10 == 0) check_product(1, pick(1, 300), pick(1, 300), pick(1, 1000));
    if (i % 10 == 5) check_product(1, pick(1, 50), pick(1, 50), pick(2000, 6000));
    if (i % 10 == 7) check_product(pick(2, 3), pick(1, 200), pick(1, 200), pick(100, 200));
  }
  printf("%d failures\n", failures);
  return failures > 0;
}
