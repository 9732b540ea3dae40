// Philox 4x32 with 10 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011. A counter goes in, four random words come out; there is no other state.

#include <math.h>

#include "CTensorKernels.h"

void vae_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1, c3 = (uint32_t)p0;
    k0 += 0x9E3779B9, k1 += 0xBB67AE85;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

static void block(uint64_t key, uint64_t stream, uint64_t index, uint32_t out[4]) {
  uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream,
                         (uint32_t)(stream >> 32)};
  uint32_t words[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  vae_philox(counter, words, out);
}

uint64_t vae_derive_key(uint64_t key, uint64_t stream) {
  uint32_t words[4];
  block(key, stream, UINT64_MAX, words);
  return (uint64_t)words[0] | (uint64_t)words[1] << 32;
}

static double unit(uint32_t high, uint32_t low) {
  return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

void vae_random_uniform(vae_dtype t, uint64_t key, uint64_t stream, size_t n, void *out) {
  if (t == VAE_FLOAT32) {
    vae_random_uniform_f32(key, stream, n, out);
    return;
  }
  uint32_t words[4];
  for (size_t i = 0; i < n; i += 2) {
    block(key, stream, i / 2, words);
    ((double *)out)[i] = unit(words[0], words[1]);
    if (i + 1 < n) ((double *)out)[i + 1] = unit(words[2], words[3]);
  }
}

void vae_random_normal(vae_dtype t, uint64_t key, uint64_t stream, size_t n, void *out) {
  if (t == VAE_FLOAT32) {
    vae_random_normal_f32(key, stream, n, out);
    return;
  }
  uint32_t words[4];
  for (size_t i = 0; i < n; i += 2) {
    block(key, stream, i / 2, words);
    // 1 - u keeps the logarithm finite.
    double radius = sqrt(-2 * log(1 - unit(words[0], words[1])));
    double angle = 6.28318530717958647693 * unit(words[2], words[3]);
    ((double *)out)[i] = radius * cos(angle);
    if (i + 1 < n) ((double *)out)[i + 1] = radius * sin(angle);
  }
}
