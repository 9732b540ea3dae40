// Matrix products and what is made of them, on the plain path: one text for float32 and float64.
//
// Blocks, strips and tiles follow Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication", ACM TOMS 34 (2008).

#include <string.h>

#include "CTensorKernels.h"
#include "activation.h"
#include "clones.h"
#include "product_rows.h"
#include "product_turn.h"
#include "unroll.h"
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

#include "recurrence_step.h"

// Lanes and depth that one chunk of packing moves.
enum { VAE_PACK_LANES = 64, VAE_PACK_DEPTH = 512 };
// Channels of weights that are packed together.
enum { VAE_WEIGHT_GROUP = 8 };

#define PASTE(a, b) a##b
#define T float
#define NAME(function) PASTE(function, _f32)
#define FAST(function) PASTE(function, _f32)
#include "product_kernels.inc"
#include "product_pack.inc"
#include "product.inc"
#include "convolution_few.inc"
#include "convolution_weights.inc"
#include "convolution.inc"
#include "recurrence.inc"
#undef T
#undef NAME
#undef FAST
#define T double
#define NAME(function) PASTE(function, _f64)
#define FAST(function) function
#include "product_kernels.inc"
#include "product_pack.inc"
#include "product.inc"
#include "convolution_few.inc"
#include "convolution_weights.inc"
#include "convolution.inc"
#include "recurrence.inc"

#define DISPATCH(f, ...) \
  if (t == VAE_FLOAT32) f##_f32(__VA_ARGS__); else f##_f64(__VA_ARGS__)

typedef struct {
  vae_dtype t;
  const vae_product *p;
  const char *a, *b, *bias;
  char *c;
} matrices;

static void matrices_chunk(void *context, int64_t begin, int64_t end) {
  const matrices *g = context;
  const vae_product *p = g->p;
  const vae_dtype t = g->t;
  const int64_t size = t == VAE_FLOAT32 ? 4 : 8;
  for (int64_t i = begin; i < end; i++)
    DISPATCH(matrix_product, p, g->a + i * p->a_batch * (p->a_format == VAE_BF16 ? 2 : size),
             g->b + i * p->b_batch * (p->b_format == VAE_BF16 ? 2 : size), (const void *)g->bias,
             (void *)(g->c + i * p->m * p->n * size));
}

void vae_product_run(vae_dtype t, const vae_product *product, const void *a, const void *b,
                     const void *bias, void *c) {
  enum { CHUNK = 1 << 18, LARGE = 1 << 22 };
  vae_product p = *product;
  vae_parallel_claim();
  // Rows that meet the same matrix are one product.
  if (p.b_batch == 0 && !p.a_transposed && p.a_batch == p.m * p.k) p.m *= p.batch, p.batch = 1;
  matrices g = {t, &p, a, b, bias, c};
  // Many small products share the threads; a large one shares its blocks among them.
  const int64_t work = p.m * p.n * p.k;
  if (p.batch == 1 || work >= LARGE) matrices_chunk(&g, 0, p.batch);
  else vae_parallel_for(p.batch, CHUNK / (work + 1) + 1, matrices_chunk, &g);
}

void vae_convolution_forward(vae_dtype t, const vae_conv *p, vae_operand_format x_format,
                             vae_operand_format w_format, vae_activation activation, double slope,
                             const void *x, const void *w, const void *bias, void *y) {
  vae_parallel_claim();
  DISPATCH(convolution_forward, p, x_format, w_format, activation, slope, x, w, bias, y);
}
void vae_convolution_backward_data(vae_dtype t, const vae_conv *p, vae_operand_format dy_format,
                                   vae_operand_format w_format, vae_activation activation,
                                   double slope, const void *dy, const void *w, const void *bias,
                                   void *dx) {
  vae_parallel_claim();
  DISPATCH(convolution_backward_data, p, dy_format, w_format, activation, slope, dy, w, bias, dx);
}
void vae_convolution_backward_weights(vae_dtype t, const vae_conv *p, vae_operand_format x_format,
                                      vae_operand_format dy_format, const void *x, const void *dy,
                                      void *dw) {
  vae_parallel_claim();
  DISPATCH(convolution_backward_weights, p, x_format, dy_format, x, dy, dw);
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
