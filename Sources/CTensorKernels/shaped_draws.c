// Draws that take as many random words as they need, or whose distribution stands at the same place.

#include <math.h>

#include "CTensorKernels.h"
#include "elements.h"

enum { GRAIN = 256 };  // elements, some tens of microseconds of them

typedef struct {
  vae_dtype t;
  uint64_t key, stream;
  const void *x;
  void *out;
} arguments;

typedef struct {
  uint32_t counter[4], key[2], words[4];
  int left;
} source;

/// The random words of element i of a stream.
static source words_of(const arguments *p, int64_t i) {
  const uint64_t block = (uint64_t)i << 20;
  return (source){
      .counter = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)p->stream,
                  (uint32_t)(p->stream >> 32)},
      .key = {(uint32_t)p->key, (uint32_t)(p->key >> 32)},
  };
}

/// Uniform in (0, 1), of 52 bits.
static double unit(source *s) {
  if (s->left == 0) {
    vae_philox(s->counter, s->key, s->words);
    s->counter[0]++;
    s->left = 2;
  }
  s->left--;
  const uint32_t *w = s->words + 2 * s->left;
  return ((double)(((uint64_t)w[0] << 32 | w[1]) >> 12) + 0.5) * 0x1p-52;
}

static double normal(source *s) {
  const double radius = sqrt(-2 * log(unit(s)));
  return radius * cos(6.28318530717958647693 * unit(s));
}

/// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. A shape below 1 is raised by 1, and the
/// variable multiplied by u^(1 / a).
static double log_gamma_variable(source *s, double a) {
  if (!(a > 0)) return NAN;
  if (a == INFINITY) return INFINITY;
  const double raised = a < 1 ? log(unit(s)) / a : 0;
  const double d = (a < 1 ? a + 1 : a) - 1 / 3.0, c = 1 / sqrt(9 * d);
  for (;;) {
    const double x = normal(s), root = 1 + c * x;
    if (root <= 0) continue;
    const double log_v = 3 * log(root), u = unit(s);
    if (log(u) < x * x / 2 + d * (1 - root * root * root + log_v)) return raised + log(d) + log_v;
  }
}

/// Small means by counting uniform factors, others by Hörmann's transformed rejection, "The transformed rejection method for
/// generating Poisson random variables", 1993, algorithm PTRS.
static double poisson_variable(source *s, double mean) {
  if (!(mean >= 0)) return NAN;
  if (mean == INFINITY) return INFINITY;
  if (mean < 10) {
    const double limit = exp(-mean);
    double count = 0;
    for (double product = unit(s); product > limit; product *= unit(s)) count++;
    return count;
  }
  const double root = sqrt(mean), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  const double log_inverse_alpha = log(1.1239 + 1.1328 / (b - 3.4));
  const double accepted = 0.9277 - 3.6224 / (b - 2), log_mean = log(mean);
  for (;;) {
    const double u = unit(s) - 0.5, v = unit(s), us = 0.5 - fabs(u);
    const double k = floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double likelihood = k * log_mean - mean - vae_special_value(VAE_LOG_GAMMA, 0, k + 1);
    if (log(v) + log_inverse_alpha - log(a / (us * us) + b) <= likelihood) return k;
  }
}

static void log_gamma_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *p = context;
  for (int64_t i = begin; i < end; i++) {
    source s = words_of(p, i);
    set(p->t, p->out, i, log_gamma_variable(&s, get(p->t, p->x, i)));
  }
}

void vae_random_log_gamma(vae_dtype t, uint64_t key, uint64_t stream, size_t n, const void *a,
                          void *out) {
  arguments p = {.t = t, .key = key, .stream = stream, .x = a, .out = out};
  vae_parallel_for((int64_t)n, GRAIN, log_gamma_chunk, &p);
}

static void poisson_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *p = context;
  for (int64_t i = begin; i < end; i++) {
    source s = words_of(p, i);
    set(p->t, p->out, i, poisson_variable(&s, get(p->t, p->x, i)));
  }
}

void vae_random_poisson(vae_dtype t, uint64_t key, uint64_t stream, size_t n, const void *mean,
                        void *out) {
  arguments p = {.t = t, .key = key, .stream = stream, .x = mean, .out = out};
  vae_parallel_for((int64_t)n, GRAIN, poisson_chunk, &p);
}

void vae_random_permutation(uint64_t key, uint64_t stream, size_t n, int32_t *out) {
  const uint32_t keys[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  for (size_t i = 0; i < n; i++) out[i] = (int32_t)i;
  for (size_t i = n; i-- > 1;) {
    // Words 2 i and 2 i + 1 of the stream. The high half of a product: its bias, below n / 2^64, is beyond notice.
    const uint64_t block = i / 2;
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream,
                                 (uint32_t)(stream >> 32)};
    uint32_t words[4];
    vae_philox(counter, keys, words);
    const uint64_t draw = (uint64_t)words[i % 2 * 2] << 32 | words[i % 2 * 2 + 1];
    const size_t j = (size_t)(((unsigned __int128)draw * (i + 1)) >> 64);
    const int32_t held = out[i];
    out[i] = out[j], out[j] = held;
  }
}
