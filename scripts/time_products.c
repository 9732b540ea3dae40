// Products and convolutions of our own and oneDNN's, in turns: billions of operations a second, the
// best of several rounds. `make time-products` builds and runs it; the arguments are threads, rounds.
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

typedef struct {
  vae_product product;
  vae_conv conv;
  const float *a, *b;
  float *c;
} task;

typedef void (*call)(const task *);

static void own_product(const task *t) {
  vae_product_run(VAE_FLOAT32, &t->product, t->a, t->b, NULL, t->c);
}
static void onednn_product(const task *t) {
  vae_onednn_product(&t->product, t->a, t->b, NULL, t->c);
}
static void own_forward(const task *t) {
  vae_convolution_forward(VAE_FLOAT32, &t->conv, VAE_F32, VAE_F32, 0, 0, t->a, t->b, NULL, t->c);
}
static void onednn_forward(const task *t) {
  vae_onednn_conv_forward(&t->conv, VAE_F32, VAE_F32, 0, 0, t->a, t->b, NULL, t->c);
}
static void own_data(const task *t) {
  vae_convolution_backward_data(
      VAE_FLOAT32, &t->conv, VAE_F32, VAE_F32, 0, 0, t->a, t->b, NULL, t->c);
}
static void onednn_data(const task *t) {
  vae_onednn_conv_backward_data(&t->conv, VAE_F32, VAE_F32, t->a, t->b, t->c);
}
static void own_weights(const task *t) {
  vae_convolution_backward_weights(VAE_FLOAT32, &t->conv, VAE_F32, VAE_F32, t->a, t->b, t->c);
}
static void onednn_weights(const task *t) {
  vae_onednn_conv_backward_weights(&t->conv, VAE_F32, VAE_F32, t->a, t->b, t->c);
}

static int rounds = 15;

static void compare(const task *t, call own, call onednn, double operations) {
  const call calls[] = {own, onednn};
  const int count = (int)(0.004 * 1e11 / operations) + 1;
  double best[] = {1e9, 1e9};
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < 2; i++) {
      const double start = now();
      for (int j = 0; j < count; j++) calls[i](t);
      const double seconds = (now() - start) / count;
      if (round && seconds < best[i]) best[i] = seconds;  // the first warms up
    }
  printf(" %5.0f / %5.0f", 1e-9 * operations / best[0], 1e-9 * operations / best[1]);
}

static void time_product(int64_t m, int64_t n, int64_t k, int ta, int tb) {
  task t = {.product = {.batch = 1, .m = m, .n = n, .k = k, .a_transposed = ta, .b_transposed = tb}};
  float *a = numbers(m * k), *b = numbers(k * n), *c = numbers(m * n);
  t.a = a, t.b = b, t.c = c;
  printf("product %lld x %lld x %lld%s%s:", (long long)m, (long long)n, (long long)k,
         ta ? ", a transposed" : "", tb ? ", b transposed" : "");
  compare(&t, own_product, onednn_product, 2.0 * (double)(m * n * k));
  puts("");
  free(a), free(b), free(c);
}

/// A 3x3 convolution with padding 1: `ic` to `oc` channels, from `size` squared pixels.
static void time_convolution(int64_t batch, int64_t ic, int64_t oc, int64_t size, int64_t stride) {
  const int64_t out = (size - 1) / stride + 1;
  task t = {.conv = {batch, size, size, ic, out, out, oc, 3, 3, stride, stride, 1, 1, 1, 1}};
  float *x = numbers(batch * size * size * ic), *y = numbers(batch * out * out * oc);
  float *w = numbers(oc * ic * 9);
  const double operations = 18.0 * (double)(batch * out * out * oc * ic);
  printf("convolution %lld to %lld at %lldx%lld, stride %lld, batch %lld:", (long long)ic,
         (long long)oc, (long long)size, (long long)size, (long long)stride, (long long)batch);
  t.a = x, t.b = w, t.c = y;
  compare(&t, own_forward, onednn_forward, operations);
  t.a = y, t.b = w, t.c = x;
  printf(" | by input");
  compare(&t, own_data, onednn_data, operations);
  t.a = x, t.b = y, t.c = w;
  printf(" | by weight");
  compare(&t, own_weights, onednn_weights, operations);
  puts("");
  free(x), free(y), free(w);
}

int main(int argc, char **argv) {
  if (argc > 1) vae_set_threads(atoi(argv[1]));
  if (argc > 2 && atoi(argv[2]) > 1) rounds = atoi(argv[2]);
  printf("GFLOP/s on %d threads, ours / oneDNN's\n", vae_threads());
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
