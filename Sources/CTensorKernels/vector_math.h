// More functions of one float that vectorize, beside those of fused_common.h.
#pragma once

#include "fused_common.h"

/// log(x); -inf at 0, NaN below.
INLINE float log_f32(float x) {
  const float small = x < 0x1p-126f ? 0x1p23f : 1;  // subnormal numbers have no exponent to read
  const int32_t bits = as_bits(x * small), shifted = bits - 0x3F3504F3;  // 1 / sqrt 2
  const float m = as_float((shifted & 0x7FFFFF) + 0x3F3504F3);  // in [1 / sqrt 2, sqrt 2)
  const float s = (m - 1) / (m + 1), z = s * s;  // log m = 2 artanh s
  const float n = (float)(shifted >> 23) - (small == 1 ? 0 : 23);
  float p = 0.116657454f;
  p = p * z + 0.1427539f;
  p = p * z + 0.2000006f;
  p = p * z + 0.33333333f;
  const float y = n * 0x1.62e4p-1f + (2 * s + (2 * s * (z * p) + n * 0x1.7f7d1cp-20f));
  return x > 0 && x < INFINITY ? y : x == 0 ? -INFINITY : x < 0 ? NAN : x;
}

/// The error function: a polynomial near 0, 1 - exp of a polynomial beyond.
INLINE float erf_f32(float x) {
  const float a = fabsf(x), z = x * x;
  float near = -5.96761703e-4f;
  near = near * z + 4.99119423e-3f;
  near = near * z - 2.67681349e-2f;
  near = near * z + 1.12819925e-1f;
  near = near * z - 3.76125336e-1f;
  near = near * z + 1.28379166e-1f;
  near = near * x + x;
  const float t = a > 4 ? 4 : a;  // from there on it is 1
  float far = -1.72853470e-5f * t + 3.83197126e-4f;
  far = far * (t * t) + (-3.88396438e-3f * t + 2.42546219e-2f);
  far = far * t - 1.06777877e-1f;
  far = far * t - 6.34846687e-1f;
  far = far * t - 1.28717512e-1f;
  far = far * t - t;
  const float tail = copysignf(1 - exp_f32(far), x);
  return a < 0.927734375f || x != x ? near : tail;
}
