// The 2.x / 3.x difference of oneDNN's interface.
#pragma once

#include <dnnl.h>
#include <stddef.h>

#include "COneDNN.h"

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t layout;
#define REF(descriptor) (descriptor)
static inline void release_layout(layout *l) {
  if (*l) dnnl_memory_desc_destroy(*l);
}
static inline dnnl_status_t strided(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(l, n, dims, type, strides);
}
static inline dnnl_status_t tagged(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_create_with_tag(l, n, dims, type, tag);
}
static inline dnnl_status_t append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_f32);
}
static inline dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, kind, alpha, 0);
}
#else
typedef dnnl_memory_desc_t layout;
#define REF(descriptor) (&(descriptor))
static inline void release_layout(layout *l) { (void)l; }
static inline dnnl_status_t strided(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(l, n, dims, type, strides);
}
static inline dnnl_status_t tagged(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_init_by_tag(l, n, dims, type, tag);
}
static inline dnnl_status_t append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1);
}
static inline dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, 1, kind, alpha, 0);
}
#endif

static inline dnnl_data_type_t data_type(vae_operand_format format) {
  return format == VAE_BF16 ? dnnl_bf16 : dnnl_f32;
}

static inline size_t element_size(vae_operand_format format) { return format == VAE_BF16 ? 2 : 4; }

#define TRY(call)                          \
  do {                                     \
    status = (call);                       \
    if (status != dnnl_success) goto done; \
  } while (0)
