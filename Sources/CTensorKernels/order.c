// Orders, comparisons, choices and integers.

#include <string.h>

#include "CTensorKernels.h"

/// Two operands that broadcast, over `rank` axes.
typedef struct {
  int rank;
  const int64_t *dims, *sa, *sb;
} walk;

/// Runs the text for each element i of the result, with its places ia and ib in the operands.
#define WALK(...) \
  do { \
    const int last = w->rank - 1; \
    const int64_t n = w->rank ? w->dims[last] : 1; \
    int64_t rows = 1, index[VAE_MAX_RANK] = {0}, row_a = 0, row_b = 0, i = 0; \
    for (int axis = 0; axis < last; axis++) rows *= w->dims[axis]; \
    const int64_t da = w->rank ? w->sa[last] : 0, db = w->rank ? w->sb[last] : 0; \
    for (int64_t row = 0; row < rows; row++) { \
      int64_t ia = row_a, ib = row_b; \
      for (int64_t column = 0; column < n; column++, i++, ia += da, ib += db) __VA_ARGS__ \
      for (int axis = last - 1; axis >= 0; axis--) { \
        row_a += w->sa[axis], row_b += w->sb[axis]; \
        if (++index[axis] < w->dims[axis]) break; \
        row_a -= w->sa[axis] * w->dims[axis], row_b -= w->sb[axis] * w->dims[axis]; \
        index[axis] = 0; \
      } \
    } \
  } while (0);

#define PASTE(a, b) a##b
#define MISSING(v) ((v) != (v))
#define T float
#define NAME(function) PASTE(function, _f32)
#include "order.inc"
#undef T
#undef NAME
#define T double
#define NAME(function) PASTE(function, _f64)
#include "order.inc"
#undef T
#undef NAME
#undef MISSING
#define MISSING(v) 0
#define T int32_t
#define NAME(function) PASTE(function, _i32)
#include "order.inc"

void vae_argsort(vae_element t, int64_t outer, int64_t n, int64_t inner, int falling,
                 const void *x, int32_t *index) {
  const int64_t grain = n < 1 << 11 ? (1 << 11) / (n + 1) + 1 : 1;
  sort_arguments_f32 single = {n, inner, falling, x, index};
  sort_arguments_f64 exact = {n, inner, falling, x, index};
  sort_arguments_i32 whole = {n, inner, falling, x, index};
  if (t == VAE_ELEMENT_FLOAT32) vae_parallel_for(outer * inner, grain, sort_chunk_f32, &single);
  else if (t == VAE_ELEMENT_FLOAT64) vae_parallel_for(outer * inner, grain, sort_chunk_f64, &exact);
  else vae_parallel_for(outer * inner, grain, sort_chunk_i32, &whole);
}

void vae_compare(vae_element t, vae_comparison op, int rank, const int64_t *dims,
                 const int64_t *sa, const int64_t *sb, const void *a, const void *b, int32_t *out) {
  const walk w = {rank, dims, sa, sb};
  if (t == VAE_ELEMENT_FLOAT32) compare_f32(op, &w, a, b, out);
  else if (t == VAE_ELEMENT_FLOAT64) compare_f64(op, &w, a, b, out);
  else compare_i32(op, &w, a, b, out);
}

// Unsigned arithmetic wraps around, and gives the bits that signed arithmetic would.
void vae_integer_binary(vae_integer_op op, int rank, const int64_t *dims, const int64_t *sa,
                        const int64_t *sb, const int32_t *a, const int32_t *b, int32_t *out) {
  const walk plan = {rank, dims, sa, sb}, *w = &plan;
#define LOOP(expression) \
  WALK({ \
    const int32_t u = a[ia], v = b[ib]; \
    out[i] = (int32_t)(expression); \
  }) \
  break
  switch (op) {
    case VAE_INT_ADD: LOOP((uint32_t)u + (uint32_t)v);
    case VAE_INT_SUBTRACT: LOOP((uint32_t)u - (uint32_t)v);
    case VAE_INT_MULTIPLY: LOOP((uint32_t)u * (uint32_t)v);
    case VAE_INT_DIVIDE: LOOP(v == -1 ? (int64_t) - (uint32_t)u : u / v);
    case VAE_INT_REMAINDER: LOOP(v == -1 ? 0 : u % v);
    case VAE_INT_MAXIMUM: LOOP(u > v ? u : v);
    case VAE_INT_MINIMUM: LOOP(u < v ? u : v);
  }
#undef LOOP
}

void vae_select(size_t size, size_t n, const int32_t *mask, const void *a, const void *b,
                void *out) {
  if (size == 4) {
    for (size_t i = 0; i < n; i++)
      ((uint32_t *)out)[i] = mask[i] ? ((const uint32_t *)a)[i] : ((const uint32_t *)b)[i];
  } else {
    for (size_t i = 0; i < n; i++)
      memcpy((char *)out + i * size, (const char *)(mask[i] ? a : b) + i * size, size);
  }
}

void vae_take_along(size_t size, int64_t outer, int64_t n, int64_t inner, int64_t count,
                    const int32_t *index, const void *x, void *out) {
  for (int64_t i = 0; i < outer * count * inner; i++) {
    const int64_t from = (i / (count * inner) * n + index[i]) * inner + i % inner;
    memcpy((char *)out + (size_t)i * size, (const char *)x + (size_t)from * size, size);
  }
}

void vae_add_along(vae_dtype t, int64_t outer, int64_t n, int64_t inner, int64_t count,
                   const int32_t *index, const void *g, void *dx) {
  for (int64_t i = 0; i < outer * count * inner; i++) {
    const int64_t to = (i / (count * inner) * n + index[i]) * inner + i % inner;
    if (t == VAE_FLOAT32) ((float *)dx)[to] += ((const float *)g)[i];
    else ((double *)dx)[to] += ((const double *)g)[i];
  }
}
