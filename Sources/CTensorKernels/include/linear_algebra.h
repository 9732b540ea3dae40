// Small matrices, row-major, many of them: [batch, n, n].
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The lower triangular l with l l^T = a, from the lower triangle of a; NaN where a is not positive definite.
void vae_cholesky(vae_dtype t, int64_t batch, int64_t n, const void *a, void *l);

/// x[n, m] with l x = b, or l^T x = b where `transposed`; the lower triangle of l is read.
void vae_triangular_solve(vae_dtype t, int64_t batch, int64_t n, int64_t m, int transposed,
                          const void *l, const void *b, void *x);

/// The inverse and log |det a| [batch], by elimination with pivots; infinite where a is singular.
void vae_inverse(vae_dtype t, int64_t batch, int64_t n, const void *a, void *inverse,
                 void *log_determinant);

#ifdef __cplusplus
}
#endif
