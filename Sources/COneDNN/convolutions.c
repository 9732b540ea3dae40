// What do callers ask of convolutions?

#ifdef VAE_ONEDNN

#include "operation.h"

static vae_onednn_handle *prepare_convolution(
    const vae_conv *c, operation kind, vae_operand_format first, vae_operand_format second,
    bool bias, vae_activation activation, float slope) {
  if (c->batch < 1 || c->ih < 1 || c->iw < 1 || c->ic < 1 || c->oh < 1 || c->ow < 1 ||
      c->oc < 1 || c->kh < 1 || c->kw < 1)
    return NULL;
  if (!are_known(first, second)) return NULL;
  key id;
  memset(&id, 0, sizeof id);
  id.kind = kind;
  id.bias = bias;
  id.activation = activation, id.slope = slope, id.format = first;
  memcpy(&id.conv, c, sizeof *c);
  return onednn_hold(&id);
}

vae_onednn_handle *vae_onednn_prepare_conv_forward(
    const vae_conv *conv, vae_operand_format x_format, vae_operand_format w_format,
    vae_activation activation, float slope, int has_bias) {
  return prepare_convolution(conv, FORWARD, x_format, w_format, has_bias, activation, slope);
}

vae_onednn_handle *vae_onednn_prepare_conv_backward_data(
    const vae_conv *conv, vae_operand_format dy_format, vae_operand_format w_format,
    vae_activation activation, float slope, int has_bias) {
  return prepare_convolution(
      conv, BACKWARD_DATA, dy_format, w_format, has_bias, activation, slope);
}

vae_onednn_handle *vae_onednn_prepare_conv_backward_weights(
    const vae_conv *conv, vae_operand_format x_format, vae_operand_format dy_format) {
  return prepare_convolution(
      conv, BACKWARD_WEIGHTS, x_format, dy_format, false, VAE_THEN_IDENTITY, 0);
}

int vae_onednn_run_conv_forward(
    vae_onednn_handle *handle, const void *x, const void *w, const float *bias, float *y,
    uint16_t *rounded) {
  ending end = {NULL, VAE_THEN_IDENTITY, y, rounded};
  if (handle->route == DIRECT) {
    const void *with_bias[] = {x, w, bias, y}, *without[] = {x, w, y};
    return onednn_run(handle, handle->id.bias ? with_bias : without, &end);
  }
  int status;
  if (handle->route == PLANES) {
    end.bias = bias, end.activation = handle->id.activation;
    status = onednn_run_planes(handle, x, w, NULL, y);
  } else {
    status = onednn_run_patches(handle, x, w, NULL, bias, y);
  }
  if (!status) onednn_finish(handle, &end, 0, handle->results);
  return status;
}

int vae_onednn_run_conv_backward_data(
    vae_onednn_handle *handle, const void *dy, const void *w, const float *bias, float *dx,
    uint16_t *rounded) {
  const ending end = {bias, handle->id.activation, dx, rounded};
  if (handle->route == DIRECT) return onednn_run(handle, (const void *[]){dy, w, dx}, &end);
  const int status = onednn_run_patches(handle, NULL, w, dy, NULL, dx);
  if (!status) onednn_finish(handle, &end, 0, handle->results);
  return status;
}

int vae_onednn_run_conv_backward_weights(
    vae_onednn_handle *handle, const void *x, const void *dy, float *dw) {
  switch (handle->route) {
    case PLANES: return onednn_run_planes(handle, x, NULL, dy, dw);
    case PATCHES: return onednn_run_patches(handle, x, NULL, dy, NULL, dw);
    case DIRECT: break;
  }
  return onednn_run(handle, (const void *[]){x, dy, dw}, NULL);
}

#endif
