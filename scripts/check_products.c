// Products and convolutions against plain loops in double precision, over random shapes, and their
// bits with one, two and three threads. With the package's C sources:
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
  void *got = run_alike(what, run_product, &q, (size_t)(batch * m * n) * size_of(own), before.memory);
  compare(what, q.t, batch * m * n, got, want, sizes);
  free(got), free(want), free(sizes), drop(q.a), drop(q.b), drop(q.bias), drop(before);
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 300;
  for (int i = 0; i < rounds; i++) {
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
