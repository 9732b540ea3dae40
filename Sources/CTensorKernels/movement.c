// Moving elements without looking at them.

#include <string.h>

#include "CTensorKernels.h"

// Walks all but the last axis; `move` handles one row of the last.
static void walk(size_t size, int rank, const int64_t *dims, const int64_t *strides,
                 const char *x, char *out, int scatter) {
  int64_t n = rank ? dims[rank - 1] : 1, step = rank ? strides[rank - 1] : 0, rows = 1;
  int64_t index[VAE_MAX_RANK] = {0}, at = 0;
  for (int d = 0; d < rank - 1; d++) rows *= dims[d];
  if (n == 0) return;
  for (int64_t row = 0; row < rows; row++) {
    if (scatter) {
      const char *from = x + (size_t)(row * n) * size;
      if (step == 1) memcpy(out + at * (int64_t)size, from, (size_t)n * size);
      else
        for (int64_t i = 0; i < n; i++)
          memcpy(out + (at + i * step) * (int64_t)size, from + (size_t)i * size, size);
    } else {
      char *to = out + (size_t)(row * n) * size;
      if (step == 1) memcpy(to, x + at * (int64_t)size, (size_t)n * size);
      else if (size == 4)
        for (int64_t i = 0; i < n; i++) ((uint32_t *)to)[i] = ((const uint32_t *)x)[at + i * step];
      else
        for (int64_t i = 0; i < n; i++)
          memcpy(to + (size_t)i * size, x + (at + i * step) * (int64_t)size, size);
    }
    for (int d = rank - 2; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < dims[d]) break;
      at -= strides[d] * dims[d], index[d] = 0;
    }
  }
}

void vae_strided_copy(size_t size, int rank, const int64_t *dims, const int64_t *strides,
                      const void *x, void *out) {
  walk(size, rank, dims, strides, x, out, 0);
}

void vae_strided_scatter(size_t size, int rank, const int64_t *dims, const int64_t *strides,
                         const void *x, void *out) {
  walk(size, rank, dims, strides, x, out, 1);
}

void vae_gather(size_t size, int64_t outer, int64_t n, int64_t inner, int64_t count,
                const int32_t *index, const void *x, void *out) {
  size_t row = (size_t)inner * size;
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < count; i++)
      memcpy((char *)out + (size_t)(o * count + i) * row,
             (const char *)x + (size_t)(o * n + index[i]) * row, row);
}

static uint16_t round_to_bfloat16(float v) {
  uint32_t bits;
  memcpy(&bits, &v, 4);
  if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);  // stays NaN
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float from_bfloat16(uint16_t v) {
  uint32_t bits = (uint32_t)v << 16;
  float out;
  memcpy(&out, &bits, 4);
  return out;
}

// What lies outside an integer's range becomes the nearest it holds, NaN becomes 0.
static int32_t to_int32(double v) {
  if (v != v) return 0;
  return v >= INT32_MAX ? INT32_MAX : v <= INT32_MIN ? INT32_MIN : (int32_t)v;
}

#define CAST(FROM, READ, TO, WRITE) \
  for (size_t i = 0; i < n; i++) { FROM v = ((const FROM *)x)[i]; ((TO *)y)[i] = WRITE(READ(v)); } break
#define SAME(v) (v)
#define TO_ALL(FROM, READ) \
  switch (to) { \
    case VAE_ELEMENT_FLOAT32: CAST(FROM, READ, float, (float)); \
    case VAE_ELEMENT_FLOAT64: CAST(FROM, READ, double, (double)); \
    case VAE_ELEMENT_INT32: CAST(FROM, READ, int32_t, to_int32); \
    case VAE_ELEMENT_BFLOAT16: CAST(FROM, READ, uint16_t, round_to_bfloat16); \
    case VAE_ELEMENT_UINT8: CAST(FROM, READ, uint8_t, (uint8_t)to_int32); \
  } break

void vae_cast(vae_element from, vae_element to, size_t n, const void *x, void *y) {
  switch (from) {
    case VAE_ELEMENT_FLOAT32: TO_ALL(float, SAME);
    case VAE_ELEMENT_FLOAT64: TO_ALL(double, SAME);
    case VAE_ELEMENT_INT32: TO_ALL(int32_t, SAME);
    case VAE_ELEMENT_BFLOAT16: TO_ALL(uint16_t, from_bfloat16);
    case VAE_ELEMENT_UINT8: TO_ALL(uint8_t, SAME);
  }
}
