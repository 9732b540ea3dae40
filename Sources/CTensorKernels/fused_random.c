#include "fused_common.h"

// Neither contraction nor reordering: every operation here is exact in IEEE arithmetic, so that a
// seed gives the same bits whichever clone runs.
#pragma clang fp contract(off)

enum { LANES = 16, BLOCKS = 4096 };  // blocks computed side by side; blocks a chunk

typedef struct {
  void *out;
  int64_t count;
  uint64_t key, stream;
} arguments;

/// Philox4x32-10 for the blocks first ... first + LANES - 1, word by word.
INLINE void philox(
    uint32_t words[4][LANES], uint64_t key, uint64_t stream, uint64_t first) {
  uint32_t *w0 = words[0], *w1 = words[1], *w2 = words[2], *w3 = words[3];
  for (int i = 0; i < LANES; i++) {
    const uint64_t block = first + (uint64_t)i;
    uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
      const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
      const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
      c0 = n0, c1 = (uint32_t)p1, c2 = n2, c3 = (uint32_t)p0;
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    w0[i] = c0, w1[i] = c1, w2[i] = c2, w3[i] = c3;
  }
}

/// log(x) for x in (0, 1].
INLINE float log_unit(float x) {
  const int32_t bits = as_bits(x), shifted = bits - 0x3F3504F3;  // 1 / sqrt 2
  const int32_t exponent = shifted >> 23;
  const float m = as_float((shifted & 0x7FFFFF) + 0x3F3504F3);  // in [1 / sqrt 2, sqrt 2)
  const float s = (m - 1) / (m + 1), z = s * s, n = (float)exponent;
  float p = 0.116657454f;
  p = p * z + 0.1427539f;
  p = p * z + 0.2000006f;
  p = p * z + 0.33333333f;
  const float low = 2 * s * (z * p) + n * 0x1.7f7d1cp-20f;
  return n * 0x1.62e4p-1f + (2 * s + low);
}

/// cos and sin of 2 pi w / 2^32.
INLINE void turn(uint32_t w, float *cosine, float *sine) {
  const uint32_t quarter = (w + 0x20000000u) >> 30;
  const float a = (float)(int32_t)(w - (quarter << 30)) * 0x1.921fb6p-30f, z = a * a;
  float s = -0.0001958736f;
  s = s * z + 0.008332745f;
  s = s * z - 0.16666665f;
  s = a + a * (z * s);
  float c = 0.000024547608f;
  c = c * z - 0.0013888301f;
  c = c * z + 0.041666664f;
  c = (1 - 0.5f * z) + (z * z) * c;
  const float x = quarter & 1 ? s : c, y = quarter & 1 ? c : s;
  *cosine = (quarter + 1) & 2 ? -x : x;
  *sine = quarter & 2 ? -y : y;
}

INLINE void normal_pair(uint32_t a, uint32_t b, float *first, float *second) {
  const float u = ((float)a + 1) * 0x1p-32f;
  const float radius = __builtin_elementwise_sqrt(-2 * log_unit(u));
  float cosine, sine;
  turn(b, &cosine, &sine);
  *first = radius * cosine;
  *second = radius * sine;
}

/// Writes LANES blocks of four elements, or those that are left.
INLINE void store(const void *lanes, void *out, int64_t first, int64_t count) {
  const int64_t left = count - 4 * first;
  memcpy((uint32_t *)out + 4 * first, lanes, 4 * (size_t)(left < 4 * LANES ? left : 4 * LANES));
}

VAE_CLONES static void words_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  uint32_t words[4][LANES], out[4 * LANES];
  for (int64_t block = begin; block < end; block += LANES) {
    philox(words, a->key, a->stream, (uint64_t)block);
    for (int i = 0; i < LANES; i++)
      for (int j = 0; j < 4; j++) out[4 * i + j] = words[j][i];
    store(out, a->out, block, a->count);
  }
}

VAE_CLONES static void uniform_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  uint32_t words[4][LANES];
  float out[4 * LANES];
  for (int64_t block = begin; block < end; block += LANES) {
    philox(words, a->key, a->stream, (uint64_t)block);
    for (int i = 0; i < LANES; i++)
      for (int j = 0; j < 4; j++) out[4 * i + j] = (float)(words[j][i] >> 8) * 0x1p-24f;
    store(out, a->out, block, a->count);
  }
}

VAE_CLONES static void normal_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  uint32_t words[4][LANES];
  float values[4][LANES], out[4 * LANES];
  for (int64_t block = begin; block < end; block += LANES) {
    philox(words, a->key, a->stream, (uint64_t)block);
    for (int i = 0; i < LANES; i++) {
      normal_pair(words[0][i], words[1][i], &values[0][i], &values[1][i]);
      normal_pair(words[2][i], words[3][i], &values[2][i], &values[3][i]);
    }
    for (int i = 0; i < LANES; i++)
      for (int j = 0; j < 4; j++) out[4 * i + j] = values[j][i];
    store(out, a->out, block, a->count);
  }
}

static void fill(uint64_t key, uint64_t stream, size_t count, void *out, vae_body body) {
  arguments a = {out, (int64_t)count, key, stream};
  vae_parallel_for((a.count + 3) / 4, BLOCKS, body, &a);
}

void vae_random_words(uint64_t key, uint64_t stream, size_t count, uint32_t *out) {
  fill(key, stream, count, out, words_chunk);
}

void vae_random_uniform_f32(uint64_t key, uint64_t stream, size_t count, float *out) {
  fill(key, stream, count, out, uniform_chunk);
}

void vae_random_normal_f32(uint64_t key, uint64_t stream, size_t count, float *out) {
  fill(key, stream, count, out, normal_chunk);
}
