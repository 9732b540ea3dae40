// Matrix products and what is made of them, on the plain path: one text for float32 and float64.
//
// Blocks, strips and tiles follow Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication", ACM TOMS 34 (2008).

#include <string.h>

#include "CTensorKernels.h"
#include "clones.h"
#include "vector_math.h"

#if defined(__x86_64__) && defined(__linux__)
#define VAE_X86 1
// Without the second attribute the compiler takes two registers of half the width for each vector.
#define VAE_WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#else
#define VAE_X86 0
#endif

static int64_t vae_gate_count(vae_cell cell) { return cell == VAE_GRU ? 3 : 4; }
static int64_t vae_state_count(vae_cell cell) { return cell == VAE_GRU ? 1 : 2; }

#define PASTE(a, b) a##b
#define T float
#define NAME(function) PASTE(function, _f32)
#define FAST(function) PASTE(function, _f32)
#include "gemm.inc"
#include "convolution.inc"
#include "recurrence.inc"
#undef T
#undef NAME
#undef FAST
#define T double
#define NAME(function) PASTE(function, _f64)
#define FAST(function) function
#include "gemm.inc"
#include "convolution.inc"
#include "recurrence.inc"

#define DISPATCH(f, ...) \
  if (t == VAE_FLOAT32) f##_f32(__VA_ARGS__); else f##_f64(__VA_ARGS__)

typedef struct {
  vae_dtype t;
  int64_t m, n, k, batch_a, batch_b;
  int transpose_a, transpose_b;
  const char *a, *b;
  char *c;
} matrices;

static void matrices_chunk(void *context, int64_t begin, int64_t end) {
  const matrices *p = context;
  const vae_dtype t = p->t;
  const int64_t size = t == VAE_FLOAT32 ? 4 : 8;
  for (int64_t i = begin; i < end; i++)
    DISPATCH(gemm, p->m, p->n, p->k, p->transpose_a, p->transpose_b,
             (const void *)(p->a + i * p->batch_a * size),
             (const void *)(p->b + i * p->batch_b * size),
             (void *)(p->c + i * p->m * p->n * size), 0);
}

void vae_matmul(vae_dtype t, int64_t batch, int64_t m, int64_t n, int64_t k, int transpose_a,
                int transpose_b, int64_t batch_a, int64_t batch_b, const void *a, const void *b,
                void *c) {
  matrices p = {t, m, n, k, batch_a, batch_b, transpose_a, transpose_b, a, b, c};
  vae_parallel_claim();
  // Many small products share the threads; a single one shares its blocks among them.
  if (batch == 1) matrices_chunk(&p, 0, 1);
  else vae_parallel_for(batch, 65536 / (m * n * k + 1) + 1, matrices_chunk, &p);
}

void vae_conv_forward(vae_dtype t, const vae_conv *p, const void *x, const void *w, void *y) {
  vae_parallel_claim();
  DISPATCH(conv_forward, p, x, w, y);
}
void vae_conv_backward_data(vae_dtype t, const vae_conv *p, const void *dy, const void *w,
                            void *dx) {
  vae_parallel_claim();
  DISPATCH(conv_backward_data, p, dy, w, dx);
}
void vae_conv_backward_weights(vae_dtype t, const vae_conv *p, const void *x, const void *dy,
                               void *dw) {
  vae_parallel_claim();
  DISPATCH(conv_backward_weights, p, x, dy, dw);
}

void vae_recurrence_forward(vae_dtype t, const vae_recurrence *p, const void *w, const void *bias,
                            const void *initial, void *gates, void *kept, void *states) {
  vae_parallel_claim();
  DISPATCH(recurrence_forward, p, w, bias, initial, gates, kept, states);
}
void vae_recurrence_backward(vae_dtype t, const vae_recurrence *p, const void *w,
                             const void *initial, const void *gates, const void *kept,
                             const void *states, const void *g, void *dgates, void *dshare,
                             void *before, void *dinitial) {
  vae_parallel_claim();
  DISPATCH(recurrence_backward, p, w, initial, gates, kept, states, g, dgates, dshare, before,
           dinitial);
}
