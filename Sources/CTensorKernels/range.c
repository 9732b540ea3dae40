// The extremes of an array, with several running extremes side by side so that the loop vectorizes.
#include "CTensorKernels.h"
#include "clones.h"

#define LANES 16

#define RANGE(NAME, T)                                                                      \
  VAE_CLONES static void NAME(size_t n, const T *x, double *least, double *most) {           \
    T low[LANES], high[LANES], broken[LANES];                                                \
    for (int j = 0; j < LANES; j++) low[j] = high[j] = x[0], broken[j] = 0;                  \
    size_t i = 0;                                                                            \
    for (; i + LANES <= n; i += LANES) {                                                     \
      for (int j = 0; j < LANES; j++) {                                                      \
        const T v = x[i + j];                                                                \
        low[j] = v < low[j] ? v : low[j];                                                    \
        high[j] = v > high[j] ? v : high[j];                                                 \
        broken[j] += v - v;                                                                  \
      }                                                                                      \
    }                                                                                        \
    for (; i < n; i++) {                                                                     \
      low[0] = x[i] < low[0] ? x[i] : low[0];                                                \
      high[0] = x[i] > high[0] ? x[i] : high[0];                                             \
      broken[0] += x[i] - x[i];                                                              \
    }                                                                                        \
    T nothing = 0;                                                                           \
    for (int j = 0; j < LANES; j++) {                                                        \
      low[0] = low[j] < low[0] ? low[j] : low[0];                                            \
      high[0] = high[j] > high[0] ? high[j] : high[0];                                       \
      nothing += broken[j];                                                                  \
    }                                                                                        \
    *least = (double)low[0] + (double)nothing;                                               \
    *most = (double)high[0] + (double)nothing;                                               \
  }

RANGE(range_f32, float)
RANGE(range_f64, double)

void vae_range(vae_dtype t, size_t n, const void *x, double *least, double *most) {
  if (t == VAE_FLOAT32) range_f32(n, x, least, most);
  else range_f64(n, x, least, most);
}
