// What multiplies a few rows of states by a packed weight, at every step of a recurrence; and such a kernel for
// processors that multiply pairs of bfloat16 numbers.
#pragma once

#include <stdint.h>

#include "unroll.h"

/// Rows come in groups of so many.
enum { STEP_ROWS = 4 };

/// out = a b for STEP_ROWS rows of a, `stride` apart, and a packed strip of b, or for as many rows as fill the vector
/// registers; rows of the result are `width` apart.
typedef struct {
  int64_t columns, most_rows;
  /// Whether rows and strips hold pairs of bfloat16 numbers, which k and strides then count.
  int reads_pairs;
  void (*run)(int64_t k, int64_t stride, const void *a, const void *b, int64_t width, void *out);
  void (*run_most)(int64_t k, int64_t stride, const void *a, const void *b, int64_t width, void *out);
} step_kernel;

#if VAE_X86
#include <immintrin.h>

#define PAIR_STEP(FUNCTION, ROWS)                                                               \
  __attribute__((target("arch=x86-64-v4,avx512bf16"), min_vector_width(512)))                   \
  static void FUNCTION(int64_t k, int64_t stride, const void *rows, const void *strip,          \
                       int64_t width, void *out) {                                              \
    const int32_t *a = rows;                                                                    \
    const __m512bh *b = strip;                                                                  \
    __m512 sums[ROWS][2];                                                                       \
    for (int i = 0; i < ROWS; i++) sums[i][0] = sums[i][1] = _mm512_setzero_ps();               \
    for (int64_t p = 0; p < k; p++, b += 2) {                                                   \
      const __m512bh b0 = b[0], b1 = b[1];                                                      \
      UNROLL for (int i = 0; i < ROWS; i++) {                                                   \
        const __m512bh pair = (__m512bh)_mm512_set1_epi32(a[i * stride + p]);                   \
        sums[i][0] = _mm512_dpbf16_ps(sums[i][0], pair, b0);                                    \
        sums[i][1] = _mm512_dpbf16_ps(sums[i][1], pair, b1);                                    \
      }                                                                                         \
    }                                                                                           \
    for (int i = 0; i < ROWS; i++) memcpy((float *)out + i * width, sums[i], sizeof sums[i]);   \
  }
PAIR_STEP(pair_step, STEP_ROWS)
PAIR_STEP(high_pair_step, 8)
#undef PAIR_STEP

static const step_kernel step_kernel_pairs = {32, 8, 1, pair_step, high_pair_step};

static int has_pair_units(void) {
  return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16");
}
#endif
