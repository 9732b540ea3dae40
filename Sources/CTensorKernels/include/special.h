// Special functions of each element, and draws that need them.
//
// Each is worked out in double, whatever the format: they cost far more than their memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  /// log |Gamma(x)|.
  VAE_LOG_GAMMA,
  /// Its derivative.
  VAE_DIGAMMA,
  /// The derivative of that of order `constant`, at least 1.
  VAE_POLYGAMMA,
  /// 1 - erf(x), without cancellation.
  VAE_ERFC,
  /// The x whose erf is this.
  VAE_ERF_INVERSE,
  /// The logarithm of the standard normal distribution function.
  VAE_LOG_NORMAL_CDF,
  /// log I_v(x) - x for the modified Bessel function of the order v = `constant`, at least 0; x >= 0.
  VAE_LOG_BESSEL_SCALED,
  /// I_{v+1}(x) / I_v(x).
  VAE_BESSEL_RATIO,
} vae_special_op;

/// y[i] = op(x[i]).
void vae_special(vae_dtype t, vae_special_op op, double constant, size_t n, const void *x, void *y);

/// One value; NaN outside of the function's domain.
double vae_special_value(vae_special_op op, double constant, double x);

/// log I_v(x) - x and I_{v+1}(x) / I_v(x), for v and x from 0 on.
double vae_log_bessel_scaled(double v, double x);
double vae_bessel_ratio(double v, double x);

/// d log z / d a of a gamma variable z with the shape a whose probability P(a, z) stays, from log z.
double vae_log_gamma_slope(double a, double log_z);

/// out[i] = g[i] times that.
void vae_log_gamma_pullback(vae_dtype t, size_t n, const void *a, const void *log_z, const void *g,
                            void *out);

/// The logarithms of gamma variables with these shapes; NaN for a shape that is not positive.
///
/// Element i of a stream takes the blocks from 2^20 i on, as many as it needs.
void vae_random_log_gamma(vae_dtype t, uint64_t key, uint64_t stream, size_t n, const void *a,
                          void *out);

/// Poisson variables with these means, as whole numbers; NaN for a mean that is negative.
void vae_random_poisson(vae_dtype t, uint64_t key, uint64_t stream, size_t n, const void *mean,
                        void *out);

/// A random order of 0 ..< n.
void vae_random_permutation(uint64_t key, uint64_t stream, size_t n, int32_t *out);

#ifdef __cplusplus
}
#endif
