#include "CTensorKernels.h"
#include "activation.h"
#include "fused_common.h"

typedef struct {
  const float *x, *bias;
  float *y;
  int64_t columns;
  vae_activation activation;
  float slope;
} forward_arguments;

INLINE void forward_rows(
    const forward_arguments *a, int64_t begin, int64_t end, vae_activation activation) {
  const int64_t columns = a->columns;
  const float slope = a->slope, *bias = a->bias;
  if (!bias) {
    const float *x = a->x + begin * columns;
    float *y = a->y + begin * columns;
    for (int64_t i = 0; i < (end - begin) * columns; i++) y[i] = apply_f32(x[i], activation, slope);
    return;
  }
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * columns;
    float *y = a->y + r * columns;
    for (int64_t c = 0; c < columns; c++) y[c] = apply_f32(x[c] + bias[c], activation, slope);
  }
}

VAE_CLONES static void forward_chunk(void *context, int64_t begin, int64_t end) {
  const forward_arguments *a = context;
  switch (a->activation) {
    case VAE_THEN_IDENTITY: forward_rows(a, begin, end, VAE_THEN_IDENTITY); break;
    case VAE_THEN_RELU: forward_rows(a, begin, end, VAE_THEN_RELU); break;
    case VAE_THEN_LEAKY_RELU: forward_rows(a, begin, end, VAE_THEN_LEAKY_RELU); break;
    case VAE_THEN_TANH: forward_rows(a, begin, end, VAE_THEN_TANH); break;
    case VAE_THEN_SIGMOID: forward_rows(a, begin, end, VAE_THEN_SIGMOID); break;
    case VAE_THEN_ELU: forward_rows(a, begin, end, VAE_THEN_ELU); break;
  }
}

void vae_bias_activation_f32(
    const float *x, const float *bias, float *y, int64_t rows, int64_t columns,
    vae_activation activation, float slope) {
  forward_arguments a = {x, bias, y, columns, activation, slope};
  vae_parallel_for(rows, row_grain(columns), forward_chunk, &a);
}

// The pullback: one pass over y and dy, with the sums of each chunk of rows kept apart and added in
// order at the end.

// What becomes of dx.
typedef enum { DROPPED, KEPT, ROUNDED } target;

typedef struct {
  const float *y, *dy;
  void *dx;
  target target;
  float *partial;
  int64_t columns, grain;
  vae_activation activation;
  float slope;
} backward_arguments;

INLINE void put(void *dx, int64_t i, float g, target target) {
  if (target == KEPT) ((float *)dx)[i] = g;
  else if (target == ROUNDED) ((uint16_t *)dx)[i] = bfloat16_from(g);
}

INLINE float slope_at(float y, vae_activation activation, float slope) {
  switch (activation) {
    case VAE_THEN_IDENTITY: return 1;
    case VAE_THEN_RELU: return y > 0 ? 1 : 0;
    case VAE_THEN_LEAKY_RELU: return y > 0 ? 1 : slope;
    case VAE_THEN_TANH: return 1 - y * y;
    case VAE_THEN_SIGMOID: return y * (1 - y);
    case VAE_THEN_ELU: return y > 0 ? 1 : y + slope;
  }
  return 1;
}

enum { WIDTH = 64 };

INLINE void backward_rows(
    const backward_arguments *a, int64_t begin, int64_t end, vae_activation activation,
    target target) {
  const int64_t columns = a->columns, start = begin * columns, count = (end - begin) * columns;
  const float slope = a->slope, *y = a->y + start, *dy = a->dy + start;
  void *dx = a->dx ? (char *)a->dx + start * (target == ROUNDED ? 2 : 4) : NULL;
  float *restrict sums = a->partial ? a->partial + begin / a->grain * columns : NULL;
  if (!sums) {
    IN_PLACE for (int64_t i = 0; i < count; i++)
      put(dx, i, dy[i] * slope_at(y[i], activation, slope), target);
    return;
  }
  // A few columns would leave most lanes idle: several rows then count as one, `width` wide.
  const int64_t width = columns < WIDTH ? columns * (WIDTH / columns) : columns;
  float folded[WIDTH];
  float *restrict wide = columns < WIDTH ? folded : sums;
  memset(wide, 0, sizeof(float) * (size_t)width);
  int64_t i = 0;
  for (; i + width <= count; i += width)
    IN_PLACE for (int64_t c = 0; c < width; c++) {
      const float g = dy[i + c] * slope_at(y[i + c], activation, slope);
      put(dx, i + c, g, target);
      wide[c] += g;
    }
  for (int64_t c = 0; i < count; i++, c++) {
    const float g = dy[i] * slope_at(y[i], activation, slope);
    put(dx, i, g, target);
    wide[c] += g;
  }
  if (wide == sums) return;
  for (int64_t c = 0; c < columns; c++) {
    sums[c] = 0;
    for (int64_t j = c; j < width; j += columns) sums[c] += wide[j];
  }
}

INLINE void backward_activation(
    const backward_arguments *a, int64_t begin, int64_t end, target target) {
  switch (a->activation) {
    case VAE_THEN_IDENTITY: backward_rows(a, begin, end, VAE_THEN_IDENTITY, target); break;
    case VAE_THEN_RELU: backward_rows(a, begin, end, VAE_THEN_RELU, target); break;
    case VAE_THEN_LEAKY_RELU: backward_rows(a, begin, end, VAE_THEN_LEAKY_RELU, target); break;
    case VAE_THEN_TANH: backward_rows(a, begin, end, VAE_THEN_TANH, target); break;
    case VAE_THEN_SIGMOID: backward_rows(a, begin, end, VAE_THEN_SIGMOID, target); break;
    case VAE_THEN_ELU: backward_rows(a, begin, end, VAE_THEN_ELU, target); break;
  }
}

VAE_CLONES static void backward_chunk(void *context, int64_t begin, int64_t end) {
  const backward_arguments *a = context;
  switch (a->target) {
    case DROPPED: backward_activation(a, begin, end, DROPPED); break;
    case KEPT: backward_activation(a, begin, end, KEPT); break;
    case ROUNDED: backward_activation(a, begin, end, ROUNDED); break;
  }
}

// Wide matrices are shared out by columns instead: a sum for each chunk of rows would be as large as
// they are.

enum { WIDE = 4096, COLUMN_GRAIN = 256 };

typedef struct {
  backward_arguments a;
  int64_t rows;
} wide_arguments;

INLINE void backward_columns(
    const wide_arguments *w, int64_t begin, int64_t end, vae_activation activation,
    target target) {
  const backward_arguments *a = &w->a;
  float *restrict sums = a->partial;
  for (int64_t c = begin; c < end; c++) sums[c] = 0;
  for (int64_t r = 0; r < w->rows; r++) {
    const float *y = a->y + r * a->columns, *dy = a->dy + r * a->columns;
    IN_PLACE for (int64_t c = begin; c < end; c++) {
      const float g = dy[c] * slope_at(y[c], activation, a->slope);
      put(a->dx, r * a->columns + c, g, target);
      sums[c] += g;
    }
  }
}

INLINE void columns_activation(
    const wide_arguments *w, int64_t begin, int64_t end, target target) {
  switch (w->a.activation) {
    case VAE_THEN_IDENTITY: backward_columns(w, begin, end, VAE_THEN_IDENTITY, target); break;
    case VAE_THEN_RELU: backward_columns(w, begin, end, VAE_THEN_RELU, target); break;
    case VAE_THEN_LEAKY_RELU: backward_columns(w, begin, end, VAE_THEN_LEAKY_RELU, target); break;
    case VAE_THEN_TANH: backward_columns(w, begin, end, VAE_THEN_TANH, target); break;
    case VAE_THEN_SIGMOID: backward_columns(w, begin, end, VAE_THEN_SIGMOID, target); break;
    case VAE_THEN_ELU: backward_columns(w, begin, end, VAE_THEN_ELU, target); break;
  }
}

VAE_CLONES static void columns_chunk(void *context, int64_t begin, int64_t end) {
  const wide_arguments *w = context;
  switch (w->a.target) {
    case DROPPED: columns_activation(w, begin, end, DROPPED); break;
    case KEPT: columns_activation(w, begin, end, KEPT); break;
    case ROUNDED: columns_activation(w, begin, end, ROUNDED); break;
  }
}

typedef struct {
  const float *partial;
  float *out;
  int64_t chunks, columns;
} sum_arguments;

VAE_CLONES static void sum_chunk(void *context, int64_t begin, int64_t end) {
  const sum_arguments *a = context;
  for (int64_t c = begin; c < end; c++) a->out[c] = 0;
  for (int64_t i = 0; i < a->chunks; i++) {
    const float *partial = a->partial + i * a->columns;
    for (int64_t c = begin; c < end; c++) a->out[c] += partial[c];
  }
}

static void backward(backward_arguments a, float *column_sums, int64_t rows) {
  const int64_t columns = a.columns, grain = row_grain(columns);
  const int64_t chunks = rows > 0 ? (rows + grain - 1) / grain : 0;
  a.grain = grain;
  if (column_sums && columns >= WIDE) {
    a.partial = column_sums;
    wide_arguments w = {a, rows};
    vae_parallel_for(columns, COLUMN_GRAIN, columns_chunk, &w);
    return;
  }
  size_t capacity = 0;
  if (column_sums)
    a.partial = vae_pool_take(sizeof(float) * (size_t)(chunks * columns), &capacity);
  vae_parallel_for(rows, grain, backward_chunk, &a);
  if (!column_sums) return;
  sum_arguments s = {a.partial, column_sums, chunks, columns};
  sum_chunk(&s, 0, columns);
  vae_pool_give(a.partial, capacity);
}

void vae_activation_backward_f32(
    const float *y, const float *dy, float *dx, float *column_sums, int64_t rows,
    int64_t columns, vae_activation activation, float slope) {
  const backward_arguments a = {
      .y = y, .dy = dy, .dx = dx, .target = dx ? KEPT : DROPPED, .columns = columns,
      .activation = activation, .slope = slope};
  backward(a, column_sums, rows);
}

void vae_activation_backward_bf16(
    const float *y, const float *dy, uint16_t *dx, float *column_sums, int64_t rows,
    int64_t columns, vae_activation activation, float slope) {
  const backward_arguments a = {
      .y = y, .dy = dy, .dx = dx, .target = ROUNDED, .columns = columns, .activation = activation,
      .slope = slope};
  backward(a, column_sums, rows);
}

void vae_column_sums_f32(const float *x, float *out, int64_t rows, int64_t columns) {
  vae_activation_backward_f32(x, x, NULL, out, rows, columns, VAE_THEN_IDENTITY, 0);
}

typedef struct {
  const float *x, *factors;
  float *y;
  int64_t columns;
} scale_arguments;

VAE_CLONES static void scale_chunk(void *context, int64_t begin, int64_t end) {
  const scale_arguments *a = context;
  for (int64_t r = begin; r < end; r++) {
    const float factor = a->factors[r], *x = a->x + r * a->columns;
    float *y = a->y + r * a->columns;
    for (int64_t c = 0; c < a->columns; c++) y[c] = factor * x[c];
  }
}

void vae_scale_rows_f32(
    const float *x, const float *factors, float *y, int64_t rows, int64_t columns) {
  scale_arguments a = {x, factors, y, columns};
  vae_parallel_for(rows, row_grain(columns), scale_chunk, &a);
}
