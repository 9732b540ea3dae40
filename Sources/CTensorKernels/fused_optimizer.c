#include "fused_common.h"

// Every tensor is cut into chunks, and the chunks of all tensors are one parallel loop: a model has
// many small tensors, and a loop each would wait at as many barriers.

enum { CHUNK = 8192 };

typedef struct {
  const vae_update *updates;
  const int64_t *starts;  // the first chunk of each tensor, and the number of chunks at the end
  int64_t count;
  const void *settings;
  double *partial;
} arguments;

/// The tensor that chunk `index` belongs to.
static int64_t tensor_of(const arguments *a, int64_t index) {
  int64_t low = 0, high = a->count;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (a->starts[middle] <= index) low = middle;
    else high = middle;
  }
  return low;
}

/// The part of a tensor that chunk `index` covers.
typedef struct {
  float *parameter, *first, *second;
  const float *gradient;
  int64_t count;
} piece;

static piece piece_at(const arguments *a, int64_t index) {
  const int64_t tensor = tensor_of(a, index);
  const vae_update *u = &a->updates[tensor];
  const int64_t offset = (index - a->starts[tensor]) * CHUNK, left = u->count - offset;
  return (piece){
      u->parameter ? u->parameter + offset : NULL, u->first ? u->first + offset : NULL,
      u->second ? u->second + offset : NULL, u->gradient ? u->gradient + offset : NULL,
      left < CHUNK ? left : CHUNK};
}

/// Runs `body` on each chunk; gives the sum of the chunks' partial results, in order.
static double for_each_chunk(
    const vae_update *updates, int64_t count, const void *settings, vae_body body, int reduces) {
  int64_t *starts = malloc(sizeof(int64_t) * (size_t)(count + 1));
  starts[0] = 0;
  for (int64_t i = 0; i < count; i++)
    starts[i + 1] = starts[i] + (updates[i].count + CHUNK - 1) / CHUNK;
  const int64_t chunks = starts[count];
  double sum = 0, *partial = reduces ? malloc(sizeof(double) * (size_t)(chunks + 1)) : NULL;
  arguments a = {updates, starts, count, settings, partial};
  vae_parallel_for(chunks, 1, body, &a);
  for (int64_t i = 0; i < chunks && reduces; i++) sum += partial[i];
  free(partial);
  free(starts);
  return sum;
}

INLINE float squares(const float *x, int64_t count) {
  REASSOCIATE
  float sum = 0;
  for (int64_t i = 0; i < count; i++) sum += x[i] * x[i];
  return sum;
}

CLONES static void norm_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  for (int64_t index = begin; index < end; index++) {
    const piece p = piece_at(a, index);
    a->partial[index] = squares(p.gradient, p.count);
  }
}

double vae_squared_norm_f32(const vae_update *updates, int64_t count) {
  return for_each_chunk(updates, count, NULL, norm_chunk, 1);
}

INLINE void adam_piece(
    float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
    int64_t count, const vae_adam *s) {
  const float beta1 = s->beta1, beta2 = s->beta2, epsilon = s->epsilon, scale = s->gradient_scale;
  const float step = s->rate / s->correction1, root = 1 / sqrtf(s->correction2);
  const float keep = s->decoupled ? 1 - s->rate * s->weight_decay : 1;
  const float decay = s->decoupled ? 0 : s->weight_decay;
  for (int64_t i = 0; i < count; i++) {
    const float gradient = g[i] * scale + decay * p[i];
    const float first = m[i] + (1 - beta1) * (gradient - m[i]);
    const float second = beta2 * v[i] + (1 - beta2) * (gradient * gradient);
    m[i] = first;
    v[i] = second;
    const float deviation = __builtin_elementwise_sqrt(second) * root + epsilon;
    p[i] = p[i] * keep - step * first / deviation;
  }
}

CLONES static void adam_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  for (int64_t index = begin; index < end; index++) {
    const piece p = piece_at(a, index);
    adam_piece(p.parameter, p.first, p.second, p.gradient, p.count, a->settings);
  }
}

void vae_adam_f32(const vae_update *updates, int64_t count, const vae_adam *settings) {
  for_each_chunk(updates, count, settings, adam_chunk, 0);
}

CLONES static void average_chunk(void *context, int64_t begin, int64_t end) {
  const arguments *a = context;
  const float decay = *(const float *)a->settings;
  for (int64_t index = begin; index < end; index++) {
    const piece p = piece_at(a, index);
    for (int64_t i = 0; i < p.count; i++)
      p.first[i] = decay * p.first[i] + (1 - decay) * p.parameter[i];
  }
}

void vae_moving_average_f32(const vae_update *updates, int64_t count, float decay) {
  for_each_chunk(updates, count, &decay, average_chunk, 0);
}
