#include "CTensorKernels.h"
#include "fused_common.h"

// Every tensor is cut into chunks, and the chunks of all tensors are one parallel loop: a model has
// many small tensors, and a loop each would wait at as many barriers.

enum { CHUNK = 8192 };

typedef struct {
  const vae_update *updates;
  const int64_t *starts;  // the first chunk of each tensor, and the number of chunks at the end
  int64_t count;
  vae_optimizer optimizer;
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

/// Runs `body` on each chunk; gives the sum of the chunks' partial results, in order.
static double for_each_chunk(arguments a, vae_body body, int reduces) {
  size_t starts_bytes, partial_bytes = 0;
  int64_t *starts = vae_pool_take(sizeof(int64_t) * (size_t)(a.count + 1), &starts_bytes);
  starts[0] = 0;
  for (int64_t i = 0; i < a.count; i++)
    starts[i + 1] = starts[i] + (a.updates[i].count + CHUNK - 1) / CHUNK;
  const int64_t chunks = starts[a.count];
  double sum = 0, *partial = NULL;
  if (reduces) partial = vae_pool_take(sizeof(double) * (size_t)(chunks + 1), &partial_bytes);
  a.starts = starts;
  a.partial = partial;
  vae_parallel_for(chunks, 1, body, &a);
  for (int64_t i = 0; i < chunks && reduces; i++) sum += partial[i];
  if (reduces) vae_pool_give(partial, partial_bytes);
  vae_pool_give(starts, starts_bytes);
  return sum;
}

#define REAL float
#define NAME(name) name##_f32
#include "fused_optimizer.inc"
#undef REAL
#undef NAME

#define REAL double
#define NAME(name) name##_f64
#include "fused_optimizer.inc"
