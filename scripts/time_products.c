// Products and convolutions of our own and oneDNN's, in turns, and oneDNN's in bfloat16 where the processor has units for
// it: billions of operations a second, the best of several rounds. `make time-products` builds and runs it; the arguments are threads, rounds.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "COneDNN.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(int64_t count) {
  float *x = aligned_alloc(64, ((size_t)count * 4 + 63) / 64 * 64);
  for (int64_t i = 0; i < count; i++) x[i] = (float)rand() / (float)RAND_MAX;
  return x;
}

/// The same rounded to bfloat16.
static uint16_t *rounded(const float *x, int64_t count) {
  uint16_t *y = aligned_alloc(64, ((size_t)count * 2 + 63) / 64 * 64);
  vae_bfloat16_from_f32(x, y, count);
  return y;
}

typedef struct {
  vae_product product;
  vae_conv conv;
  const void *a, *b;
  float *c;
  vae_onednn_handle *handle;
} task;

typedef void (*call)(const task *);

static void own_product(const task *t) {
  vae_product_run(VAE_FLOAT32, &t->product, t->a, t->b, NULL, t->c);
}
static void onednn_product(const task *t) {
  if (t->handle) vae_onednn_run_product(t->handle, t->a, t->b, NULL, t->c, NULL);
}
static void own_forward(const task *t) {
  vae_convolution_forward(VAE_FLOAT32, &t->conv, VAE_F32, VAE_F32, 0, 0, t->a, t->b, NULL, t->c);
}
static void onednn_forward(const task *t) {
  if (t->handle) vae_onednn_run_conv_forward(t->handle, t->a, t->b, NULL, t->c, NULL);
}
static void own_data(const task *t) {
  vae_convolution_backward_data(
      VAE_FLOAT32, &t->conv, VAE_F32, VAE_F32, 0, 0, t->a, t->b, NULL, t->c);
}
static void onednn_data(const task *t) {
  if (t->handle) vae_onednn_run_conv_backward_data(t->handle, t->a, t->b, NULL, t->c, NULL);
}
static void own_weights(const task *t) {
  vae_convolution_backward_weights(VAE_FLOAT32, &t->conv, VAE_F32, VAE_F32, t->a, t->b, t->c);
}
static void onednn_weights(const task *t) {
  if (t->handle) vae_onednn_run_conv_backward_weights(t->handle, t->a, t->b, t->c);
}

static vae_onednn_handle *prepare(const task *t, call c, vae_operand_format f) {
  vae_product product = t->product;
  product.a_format = product.b_format = f;
  if (c == onednn_product) return vae_onednn_prepare_product(&product, 0);
  if (c == onednn_forward) return vae_onednn_prepare_conv_forward(&t->conv, f, f, 0, 0, 0);
  if (c == onednn_data) return vae_onednn_prepare_conv_backward_data(&t->conv, f, f, 0, 0, 0);
  return vae_onednn_prepare_conv_backward_weights(&t->conv, f, f);
}

static int rounds = 15;

/// Times both on a of `m` and b of `n` numbers, and oneDNN's on bfloat16 where there are units for it.
static void compare(
    const task *shape, call own, call onednn, const float *a, int64_t m, const float *b, int64_t n,
    float *c, double operations) {
  uint16_t *half_a = rounded(a, m), *half_b = rounded(b, n);
  task tasks[] = {*shape, *shape, *shape};
  const call calls[] = {own, onednn, onednn};
  const int count = (int)(0.004 * 1e11 / operations) + 1, kinds = vae_onednn_has_bfloat16() ? 3 : 2;
  double best[] = {1e9, 1e9, 1e9};
  for (int i = 0; i < kinds; i++) {
    tasks[i].a = i < 2 ? (const void *)a : half_a, tasks[i].b = i < 2 ? (const void *)b : half_b;
    tasks[i].c = c;
    tasks[i].handle = i == 0 ? NULL : prepare(&tasks[i], onednn, i == 1 ? VAE_F32 : VAE_BF16);
  }
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < kinds; i++) {
      const double start = now();
      for (int j = 0; j < count; j++) calls[i](&tasks[i]);
      const double seconds = (now() - start) / count;
      if (round && seconds < best[i]) best[i] = seconds;  // the first warms up
    }
  for (int i = 0; i < kinds; i++) {
    printf("%s%5.0f", i ? " / " : " ", 1e-9 * operations / best[i]);
    vae_onednn_release(tasks[i].handle);
  }
  free(half_a), free(half_b);
}

static void time_product(int64_t m, int64_t n, int64_t k, int ta, int tb) {
  const task t = {
      .product = {.batch = 1, .m = m, .n = n, .k = k, .a_transposed = ta, .b_transposed = tb}};
  float *a = numbers(m * k), *b = numbers(k * n), *c = numbers(m * n);
  printf("product %lld x %lld x %lld%s%s:", (long long)m, (long long)n, (long long)k,
         ta ? ", a transposed" : "", tb ? ", b transposed" : "");
  compare(&t, own_product, onednn_product, a, m * k, b, k * n, c, 2.0 * (double)(m * n * k));
  puts("");
  free(a), free(b), free(c);
}

/// A 3x3 convolution with padding 1: `ic` to `oc` channels, from `size` squared pixels.
static void time_convolution(int64_t batch, int64_t ic, int64_t oc, int64_t size, int64_t stride) {
  const int64_t out = (size - 1) / stride + 1;
  const task t = {.conv = {batch, size, size, ic, out, out, oc, 3, 3, stride, stride, 1, 1, 1, 1}};
  const int64_t nx = batch * size * size * ic, ny = batch * out * out * oc, nw = oc * ic * 9;
  float *x = numbers(nx), *y = numbers(ny), *w = numbers(nw);
  const double operations = 18.0 * (double)(batch * out * out * oc * ic);
  printf("convolution %lld to %lld at %lldx%lld, stride %lld, batch %lld:", (long long)ic,
         (long long)oc, (long long)size, (long long)size, (long long)stride, (long long)batch);
  compare(&t, own_forward, onednn_forward, x, nx, w, nw, y, operations);
  printf(" | by input");
  compare(&t, own_data, onednn_data, y, ny, w, nw, x, operations);
  printf(" | by weight");
  compare(&t, own_weights, onednn_weights, x, nx, y, ny, w, operations);
  puts("");
  free(x), free(y), free(w);
}

int main(int argc, char **argv) {
  if (argc > 1) vae_set_threads(atoi(argv[1]));
  if (argc > 2 && atoi(argv[2]) > 1) rounds = atoi(argv[2]);
  printf("GFLOP/s on %d threads, ours / oneDNN's%s\n", vae_threads(),
         vae_onednn_has_bfloat16() ? " / oneDNN's in bfloat16" : "");
  const int64_t batches[] = {128, 512};
  for (int i = 0; i < 2; i++) {
    time_product(batches[i], 400, 784, 0, 1);
    time_product(batches[i], 784, 400, 0, 0);
    time_product(400, 784, batches[i], 1, 0);
  }
  time_product(960, 10000, 256, 0, 1);
  time_product(960, 256, 10000, 0, 0);
  time_product(10000, 256, 960, 1, 0);
  time_product(1000, 200, 50, 0, 1);
  time_convolution(128, 1, 32, 28, 2);
  time_convolution(128, 32, 64, 14, 2);
  time_convolution(64, 3, 32, 64, 2);
  time_convolution(64, 32, 64, 32, 2);
  time_convolution(64, 64, 128, 16, 2);
  time_convolution(64, 128, 256, 8, 2);
  time_convolution(64, 256, 512, 4, 2);
  time_convolution(64, 32, 3, 64, 1);
}
