// Moving elements without looking at them.

#include <string.h>

#include "CTensorKernels.h"
#include "fused_common.h"

static void clear_chunk(void *context, int64_t begin, int64_t end) {
  memset((char *)context + begin, 0, (size_t)(end - begin));
}

void vae_clear(void *x, size_t bytes) {
  enum { BLOCK = 1 << 18 };
  vae_parallel_for((int64_t)bytes, BLOCK, clear_chunk, x);
}

typedef struct {
  const char *from;
  char *to;
} copying;

static void copy_chunk(void *context, int64_t begin, int64_t end) {
  const copying *a = context;
  memcpy(a->to + begin, a->from + begin, (size_t)(end - begin));
}

void vae_copy(const void *x, void *out, size_t bytes) {
  enum { BLOCK = 1 << 18 };
  copying a = {x, out};
  vae_parallel_for((int64_t)bytes, BLOCK, copy_chunk, &a);
}

int vae_equal(const void *x, const void *y, size_t bytes) { return !memcmp(x, y, bytes); }

// out[r * out_row + c] = x[r * row + c * column], in blocks that stay in the first cache.
#define PLANE(NAME, T)                                                                          \
  static void NAME(int64_t rows, int64_t columns, int64_t row, int64_t column, int64_t out_row, \
                   const T *x, T *out) {                                                        \
    enum { BLOCK = 16 };                                                                        \
    for (int64_t r = 0; r < rows; r += BLOCK)                                                   \
      for (int64_t c = 0; c < columns; c += BLOCK)                                              \
        for (int64_t i = r; i < r + BLOCK && i < rows; i++)                                     \
          for (int64_t j = c; j < c + BLOCK && j < columns; j++)                                \
            out[i * out_row + j] = x[i * row + j * column];                                     \
  }
PLANE(plane16, uint16_t)
PLANE(plane32, uint32_t)
PLANE(plane64, uint64_t)

static void copy_plane(size_t size, int64_t rows, int64_t columns, int64_t row, int64_t column,
                       int64_t out_row, const void *x, void *out) {
  if (column == 1)
    for (int64_t r = 0; r < rows; r++)
      memcpy((char *)out + r * out_row * (int64_t)size, (const char *)x + r * row * (int64_t)size,
             (size_t)columns * size);
  else if (size == 2) plane16(rows, columns, row, column, out_row, x, out);
  else if (size == 4) plane32(rows, columns, row, column, out_row, x, out);
  else plane64(rows, columns, row, column, out_row, x, out);
}

void vae_strided_copy(size_t size, int rank, const int64_t *dims, const int64_t *strides,
                      const void *x, void *out) {
  if (rank == 0) {
    memcpy(out, x, size);
    return;
  }
  // Planes of the last axis and another: the one whose elements are neighbours in x, if there is.
  int other = rank - 2, last = rank - 1;
  for (int d = 0; d < last; d++)
    if (strides[last] != 1 && strides[d] == 1 && dims[d] > 1) other = d;
  int64_t out_strides[VAE_MAX_RANK], index[VAE_MAX_RANK] = {0}, planes = 1, from = 0, to = 0;
  for (int64_t d = last, step = 1; d >= 0; step *= dims[d], d--) {
    out_strides[d] = step;
    if (d != last && d != other) planes *= dims[d];
  }
  for (int64_t plane = 0; plane < planes; plane++) {
    copy_plane(size, other < 0 ? 1 : dims[other], dims[last], other < 0 ? 0 : strides[other],
               strides[last], other < 0 ? 0 : out_strides[other],
               (const char *)x + from * (int64_t)size, (char *)out + to * (int64_t)size);
    for (int d = last - 1; d >= 0; d--) {
      if (d == other) continue;
      from += strides[d], to += out_strides[d];
      if (++index[d] < dims[d]) break;
      from -= strides[d] * dims[d], to -= out_strides[d] * dims[d], index[d] = 0;
    }
  }
}

void vae_copy_rows(size_t size, int64_t rows, int64_t columns, int64_t row, int64_t out_row,
                   const void *x, void *out) {
  copy_plane(size, rows, columns, row, 1, out_row, x, out);
}

// `count` elements from `out` on.
static void fill_run(size_t size, int64_t count, const void *fill, char *out) {
  if (!fill) memset(out, 0, (size_t)count * size);
  else
    for (int64_t i = 0; i < count; i++) memcpy(out + (size_t)i * size, fill, size);
}

void vae_pad(size_t size, int64_t rows, int64_t columns, int64_t before, int64_t after,
             const void *x, const void *fill, void *out) {
  const int64_t width = before + columns + after;
  for (int64_t r = 0; r < rows; r++) {
    char *row = (char *)out + (size_t)(r * width) * size;
    fill_run(size, before, fill, row);
    fill_run(size, after, fill, row + (size_t)(before + columns) * size);
  }
  vae_copy_rows(
      size, rows, columns, columns, width, x, (char *)out + (size_t)before * size);
}

void vae_gather(size_t size, int64_t outer, int64_t n, int64_t inner, int64_t count,
                const int32_t *index, const void *x, void *out) {
  size_t row = (size_t)inner * size;
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < count; i++)
      memcpy((char *)out + (size_t)(o * count + i) * row,
             (const char *)x + (size_t)(o * n + index[i]) * row, row);
}

// What lies outside an integer's range becomes the nearest it holds, NaN becomes 0.
static int32_t to_int32(double v) {
  if (v != v) return 0;
  return v >= INT32_MAX ? INT32_MAX : v <= INT32_MIN ? INT32_MIN : (int32_t)v;
}

#define CAST(FROM, READ, TO, WRITE) \
  for (size_t i = 0; i < n; i++) { \
    const FROM v = ((const FROM *)x)[i]; \
    ((TO *)y)[i] = WRITE(READ(v)); \
  } \
  break
#define SAME(v) (v)
#define TO_ALL(FROM, READ) \
  switch (to) { \
    case VAE_ELEMENT_FLOAT32: CAST(FROM, READ, float, (float)); \
    case VAE_ELEMENT_FLOAT64: CAST(FROM, READ, double, (double)); \
    case VAE_ELEMENT_INT32: CAST(FROM, READ, int32_t, to_int32); \
    case VAE_ELEMENT_BFLOAT16: CAST(FROM, READ, uint16_t, bfloat16_from); \
    case VAE_ELEMENT_UINT8: CAST(FROM, READ, uint8_t, (uint8_t)to_int32); \
  } break

void vae_cast(vae_element from, vae_element to, size_t n, const void *x, void *y) {
  if (from == VAE_ELEMENT_FLOAT32 && to == VAE_ELEMENT_BFLOAT16) {
    vae_bfloat16_from_f32(x, y, (int64_t)n);
    return;
  }
  if (from == VAE_ELEMENT_BFLOAT16 && to == VAE_ELEMENT_FLOAT32) {
    vae_f32_from_bfloat16(x, y, (int64_t)n);
    return;
  }
  switch (from) {
    case VAE_ELEMENT_FLOAT32: TO_ALL(float, SAME);
    case VAE_ELEMENT_FLOAT64: TO_ALL(double, SAME);
    case VAE_ELEMENT_INT32: TO_ALL(int32_t, SAME);
    case VAE_ELEMENT_BFLOAT16: TO_ALL(uint16_t, float_from_bfloat16);
    case VAE_ELEMENT_UINT8: TO_ALL(uint8_t, SAME);
  }
}
