// Sorting.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The places of the elements of x[outer, n, inner] along n in rising order, or in falling order.
///
/// Equal elements keep their order, and NaN comes last. The elements are float32, float64 or int32.
void vae_argsort(vae_element t, int64_t outer, int64_t n, int64_t inner, int falling,
                 const void *x, int32_t *index);

/// x is [outer, n, inner]; out is [outer, count, inner], the elements named by `index` of that shape.
void vae_take_along(size_t size, int64_t outer, int64_t n, int64_t inner, int64_t count,
                    const int32_t *index, const void *x, void *out);
/// Adds the elements of g, [outer, count, inner], to those of dx, [outer, n, inner], that `index` names.
void vae_add_along(vae_dtype t, int64_t outer, int64_t n, int64_t inner, int64_t count,
                   const int32_t *index, const void *g, void *dx);

#ifdef __cplusplus
}
#endif
