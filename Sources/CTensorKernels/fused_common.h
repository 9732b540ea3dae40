// What the fused float32 loops share: clones for wider vectors, and functions that vectorize.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"
#include "fused.h"
#include "parallel.h"

#define INLINE static inline __attribute__((always_inline))

// Lets the sums of the enclosing block be reordered, without which they do not vectorize.
#define REASSOCIATE _Pragma("clang fp reassociate(on)")

// Vectorizes a loop whose results may lie where its operands do, element on element; what sanitizers
// make of it may not vectorize.
#pragma clang diagnostic ignored "-Wpass-failed"
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

enum { GRAIN = 16384 };  // elements a chunk: some microseconds, so that a wake-up pays

/// Rows a chunk for rows of `columns` elements.
INLINE int64_t row_grain(int64_t columns) {
  return columns >= GRAIN ? 1 : columns > 0 ? GRAIN / columns : GRAIN;
}

INLINE float as_float(int32_t bits) {
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

INLINE int32_t as_bits(float f) {
  int32_t bits;
  memcpy(&bits, &f, 4);
  return bits;
}

/// The nearest bfloat16, ties to even; NaN stays NaN.
INLINE uint16_t bfloat16_from(float f) {
  const uint32_t bits = (uint32_t)as_bits(f);
  const uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
  return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? quiet : rounded);
}

INLINE float float_from_bfloat16(uint16_t b) { return as_float((int32_t)((uint32_t)b << 16)); }

/// 2^n for n in -126...127; anything for other n, such as NaN leads to.
INLINE float power_of_two(int32_t n) { return as_float((int32_t)((uint32_t)(n + 127) << 23)); }

/// exp(x), within 1 ulp or so; infinite above 88.7, gradual below -87.3.
INLINE float exp_f32(float x) {
  x = x > 89 ? 89 : x;
  x = x < -104 ? -104 : x;
  const float shifted = x * 0x1.715476p+0f + 0x1.8p+23f;  // rounds x / ln 2 to an integer
  const float n = shifted - 0x1.8p+23f;
  const float r = (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
  float p = 0x1.6c6b9ap-10f;
  p = p * r + 0x1.121022p-7f;
  p = p * r + 0x1.5555bep-5f;
  p = p * r + 0x1.5554d8p-3f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1;
  // Two factors, since 2^128 and 2^-149 are no floats or not normal ones.
  const int32_t whole = as_bits(shifted) - 0x4B400000, half = whole >> 1;
  return p * power_of_two(half) * power_of_two(whole - half);
}

/// exp(x) - 1, exact near 0 too, from e = exp(x).
INLINE float expm1_from(float x, float e) {
  float p = 0x1.6c6b9ap-10f;
  p = p * x + 0x1.121022p-7f;
  p = p * x + 0x1.5555bep-5f;
  p = p * x + 0x1.5554d8p-3f;
  p = p * x + 0.5f;
  return fabsf(x) < 0.34f ? p * (x * x) + x : e - 1;
}

/// exp(x) - 1, exact near 0 too.
INLINE float expm1_f32(float x) { return expm1_from(x, exp_f32(x)); }

/// log(1 + e) for e in [0, 1].
INLINE float log1p_unit_f32(float e) {
  const float s = e / (2 + e), z = s * s;  // log(1 + e) = 2 artanh(s)
  float p = 0.11617078f;
  p = p * z + 0.108522085f;
  p = p * z + 0.14296253f;
  p = p * z + 0.19999852f;
  p = p * z + 0.33333334f;
  return 2 * s + 2 * s * (z * p);
}

/// 1 / (1 + exp(-x)), from e = exp(-|x|).
INLINE float sigmoid_from(float x, float e) { return (x >= 0 ? 1 : e) / (1 + e); }

/// tanh(x).
INLINE float tanh_f32(float x) {
  const float z = x * x, a = fabsf(x);
  float p = -0.0060969399f;
  p = p * z + 0.020997356f;
  p = p * z - 0.053850953f;
  p = p * z + 0.1333277f;
  p = p * z - 0.3333333f;
  const float near = x + x * (z * p), far = copysignf(1 - 2 / (exp_f32(2 * a) + 1), x);
  return a < 0.625f ? near : far;
}
