// Does this oneDNN multiply bfloat16 with the processor's units?

#ifdef VAE_ONEDNN

#include <pthread.h>

#include "operation.h"

/// Whether oneDNN's own small kernels serve a product: its others emulate bfloat16 where a processor has
/// vectors of 512 bits but no units, or are the plain reference.
static bool has_units(const vae_onednn_handle *handle) {
  const_dnnl_primitive_desc_t description;
  const char *name = NULL;
  return !dnnl_primitive_get_primitive_desc(handle->parts[0].primitive, &description) &&
         !dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name) && name &&
         strstr(name, "brg");
}

/// Multiplies two small matrices of bfloat16, of numbers that it represents, and looks at the result.
static bool multiplies_rounded(void) {
  enum { M = TILE, K = 64, N = 48 };
  static uint16_t a[M * K], b[K * N];
  static float c[M * N];
  // Sixteenths from -4 to 4 have 7 significant bits.
  uint32_t state = 1;
  for (int i = 0; i < M * K + K * N; i++) {
    state = state * 1664525 + 1013904223;
    const float value = (float)((int)(state >> 16) % 129 - 64) / 16;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    *(i < M * K ? a + i : b + (i - M * K)) = (uint16_t)(bits >> 16);
  }
  const vae_product product = {
      .batch = 1, .m = M, .n = N, .k = K, .a_format = VAE_BF16, .b_format = VAE_BF16};
  vae_onednn_handle *handle = vae_onednn_prepare_product(&product, false);
  bool right = handle && has_units(handle) && !vae_onednn_run_product(handle, a, b, NULL, c, NULL);
  vae_onednn_release(handle);
  for (int i = 0; i < M * N && right; i++) {
    double sum = 0;
    for (int k = 0; k < K; k++) {
      const uint32_t words[] = {
          (uint32_t)a[i / N * K + k] << 16, (uint32_t)b[k * N + i % N] << 16};
      float factors[2];
      memcpy(factors, words, sizeof factors);
      sum += (double)factors[0] * (double)factors[1];
    }
    // Multiples of 1/256 below 2^10: their sums are exact in float32, whatever their order.
    right = (double)c[i] == sum;
  }
  return right;
}

static bool has_bfloat16;

static void ask(void) { has_bfloat16 = multiplies_rounded(); }

int vae_onednn_has_bfloat16(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, ask);
  return has_bfloat16;
}

#endif
