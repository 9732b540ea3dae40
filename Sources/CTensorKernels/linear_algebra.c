// Small matrices: one text for float32 and float64, shared out by matrices.

#include <math.h>
#include <string.h>

#include "CTensorKernels.h"

#define PASTE(a, b) a##b
#define T float
#define NAME(function) PASTE(function, _f32)
#define F(function) PASTE(function, f)
#include "linear_algebra.inc"
#undef T
#undef NAME
#undef F
#define T double
#define NAME(function) PASTE(function, _f64)
#define F(function) function
#include "linear_algebra.inc"

/// Matrices worth a chunk.
static int64_t matrices(int64_t work) { return work < 1 << 14 ? (1 << 14) / (work + 1) + 1 : 1; }

void vae_cholesky(vae_dtype t, int64_t batch, int64_t n, const void *a, void *l) {
  matrices_f32 single = {.n = n, .a = a, .out = l};
  matrices_f64 exact = {.n = n, .a = a, .out = l};
  if (t == VAE_FLOAT32) vae_parallel_for(batch, matrices(n * n * n), cholesky_chunk_f32, &single);
  else vae_parallel_for(batch, matrices(n * n * n), cholesky_chunk_f64, &exact);
}

void vae_triangular_solve(vae_dtype t, int64_t batch, int64_t n, int64_t m, int transposed,
                          const void *l, const void *b, void *x) {
  matrices_f32 single = {.n = n, .m = m, .transposed = transposed, .a = l, .b = b, .out = x};
  matrices_f64 exact = {.n = n, .m = m, .transposed = transposed, .a = l, .b = b, .out = x};
  if (t == VAE_FLOAT32) vae_parallel_for(batch, matrices(n * n * m), triangular_chunk_f32, &single);
  else vae_parallel_for(batch, matrices(n * n * m), triangular_chunk_f64, &exact);
}

void vae_inverse(vae_dtype t, int64_t batch, int64_t n, const void *a, void *inverse,
                 void *log_determinant) {
  matrices_f32 single = {.n = n, .a = a, .out = inverse, .log_determinant = log_determinant};
  matrices_f64 exact = {.n = n, .a = a, .out = inverse, .log_determinant = log_determinant};
  if (t == VAE_FLOAT32) vae_parallel_for(batch, matrices(n * n * n), inverse_chunk_f32, &single);
  else vae_parallel_for(batch, matrices(n * n * n), inverse_chunk_f64, &exact);
}
