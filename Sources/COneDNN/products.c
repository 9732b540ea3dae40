// What do callers ask of products?

#ifdef VAE_ONEDNN

#include "operation.h"

vae_onednn_handle *vae_onednn_prepare_product(const vae_product *product, int has_bias) {
  // oneDNN divides by some sizes before it looks at them.
  if (product->batch < 1 || product->m < 1 || product->n < 1 || product->k < 1) return NULL;
  if (!are_known(product->a_format, product->b_format)) return NULL;
  key id;
  memset(&id, 0, sizeof id);
  id.kind = PRODUCT;
  id.bias = has_bias;
  memcpy(&id.product, product, sizeof *product);
  return onednn_hold(&id);
}

int vae_onednn_run_product(
    vae_onednn_handle *handle, const void *a, const void *b, const float *bias, float *c,
    uint16_t *rounded) {
  const void *with_bias[] = {a, b, bias, c}, *without[] = {a, b, c};
  const ending end = {NULL, VAE_THEN_IDENTITY, c, rounded};
  return onednn_run(handle, handle->id.bias ? with_bias : without, &end);
}

#endif
