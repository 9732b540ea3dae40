// The layout in which processors multiply pairs of bfloat16 numbers.

#include "fused_common.h"
#include "product_turn.h"

typedef struct {
  int64_t k, n, width;
  int transposed;
  const uint16_t *b;
  uint16_t *out;
} arguments;

typedef float pair_lanes __attribute__((vector_size(32), aligned(2), may_alias));

/// out[p * width + j], in pairs, from b[j * k + 2 * p]: squares of eight pairs are turned in vector registers.
INLINE void turn_pairs(
    int64_t k, int64_t pairs, int64_t columns, int64_t width, const uint16_t *b, uint16_t *out) {
  enum { SIDE = 8, LINE = 16 };  // pairs of a square's side, and of a cache line
  for (int64_t line = 0; line < pairs; line += LINE) {
    const int64_t end = line + LINE < pairs ? line + LINE : pairs;
    int64_t j = 0;
    for (; j + SIDE <= columns; j += SIDE) {
      int64_t p = line;
      for (; p + SIDE <= end; p += SIDE) {
        vae_lanes_f32 x[SIDE];
        for (int i = 0; i < SIDE; i++) x[i] = *(const pair_lanes *)(b + (j + i) * k + 2 * p);
        turn_f32(x);
        for (int i = 0; i < SIDE; i++) *(pair_lanes *)(out + 2 * ((p + i) * width + j)) = x[i];
      }
      for (; p < end; p++)
        for (int64_t i = j; i < j + SIDE; i++)
          memcpy(out + 2 * (p * width + i), b + i * k + 2 * p, 2 * sizeof *b);
    }
    for (; j < columns; j++)
      for (int64_t p = line; p < end; p++)
        memcpy(out + 2 * (p * width + j), b + j * k + 2 * p, 2 * sizeof *b);
  }
}

INLINE void join_rows(
    const uint16_t *restrict a, const uint16_t *restrict b, int64_t count, uint16_t *restrict out) {
  for (int64_t j = 0; j < count; j++) {
    const uint32_t pair = a[j] | (uint32_t)b[j] << 16;
    memcpy(out + 2 * j, &pair, sizeof pair);
  }
}

VAE_CLONES static void blocks_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const int64_t n = a->n, k = a->k, pairs = k / 2, width = a->width;
  const int64_t rows = vae_paired_rows(k);
  for (int64_t block = begin; block < end; block++) {
    const int64_t first = block * width, columns = n - first < width ? n - first : width;
    uint16_t *out = a->out + first * rows;
    // All but what a whole block has of whole pairs.
    const int64_t whole = columns == width ? 2 * pairs : 0;
    memset(out + whole * width, 0, sizeof *out * (size_t)((rows - whole) * width));
    const uint16_t *b = a->b + (a->transposed ? first * k : first);
    if (a->transposed) turn_pairs(k, pairs, columns, width, b, out);
    else for (int64_t p = 0; p < pairs; p++)
      join_rows(b + 2 * p * n, b + (2 * p + 1) * n, columns, out + 2 * p * width);
    for (int64_t j = 0; j < columns && k % 2; j++)
      out[2 * (pairs * width + j)] = a->transposed ? b[j * k + k - 1] : b[(k - 1) * n + j];
  }
}

void vae_pair_rows(
    int64_t k, int64_t n, int transposed, int64_t width, const uint16_t *b, uint16_t *out) {
  arguments a = {k, n, width, transposed, b, out};
  vae_parallel_for((n + width - 1) / width, 1, blocks_chunk, &a);
}
