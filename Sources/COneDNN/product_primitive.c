// How is a product put to oneDNN?

#ifdef VAE_ONEDNN

#include "operation.h"

/// The primitive for a product of `size` along the axis, within the strides of the whole.
dnnl_status_t onednn_build_product(entry *e, part *part, int64_t size) {
  const vae_product *p = &e->id.product;
  const int64_t batch = e->axis == BATCH ? size : 1, m = e->axis == ROWS ? size : p->m;
  const int64_t n = e->axis == COLUMNS ? size : p->n, k = e->axis == DEPTH ? size : p->k;
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL;
  layout a = {0}, b = {0}, c = {0}, bias = {0}, free_b = {0};
  // Without a batch the matrices are two-dimensional: oneDNN has faster code for those.
  int first = batch == 1 ? 1 : 0, rank = 3 - first;
  dnnl_dims_t a_dims = {p->a_batch ? batch : 1, m, k}, b_dims = {p->b_batch ? batch : 1, k, n};
  dnnl_dims_t c_dims = {batch, m, n}, bias_dims = {1, 1, n};
  dnnl_dims_t a_strides = {p->a_batch, p->a_transposed ? 1 : p->k, p->a_transposed ? p->m : 1};
  dnnl_dims_t b_strides = {p->b_batch, p->b_transposed ? 1 : p->n, p->b_transposed ? p->k : 1};
  dnnl_dims_t c_strides = {p->m * p->n, p->n, 1}, bias_strides = {n, n, 1};
  if (!p->a_batch) a_strides[0] = p->m * p->k;
  if (!p->b_batch) b_strides[0] = p->k * p->n;
  const dnnl_data_type_t type = data_type(p->b_format);
  TRY(strided(&a, type, rank, a_dims + first, a_strides + first));
  TRY(strided(&b, type, rank, b_dims + first, b_strides + first));
  TRY(strided(&c, dnnl_f32, rank, c_dims + first, c_strides + first));
  if (e->id.bias) TRY(strided(&bias, dnnl_f32, rank, bias_dims + first, bias_strides + first));
  TRY(onednn_make_attributes(&attributes, p->activation, (float)p->slope, p->accumulate && !e->partial));
  TRY(tagged(&free_b, type, rank, b_dims + first, dnnl_format_tag_any));
  // A copy of b that all chunks share, in oneDNN's layout if that is one we write ourselves: it would
  // take its own time over it, on one thread.
  const bool rounded = onednn_packs_rounded(&e->id) && (e->axis == ROWS || e->step == e->extent);
  for (bool packs = rounded || onednn_packs_large(&e->id);; packs = false) {
#if DNNL_VERSION_MAJOR >= 3
    TRY(dnnl_matmul_primitive_desc_create(
        &description, onednn_engine, a, packs ? free_b : b, e->id.bias ? bias : NULL, c, attributes));
#else
    dnnl_matmul_desc_t matmul;
    TRY(dnnl_matmul_desc_init(&matmul, &a, packs ? &free_b : &b, e->id.bias ? &bias : NULL, &c));
    TRY(dnnl_primitive_desc_create(&description, &matmul, attributes, onednn_engine, NULL));
#endif
    const void *chosen = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    if (!packs || !rounded || onednn_block_columns(chosen, k, n)) break;
    dnnl_primitive_desc_destroy(description);
    description = NULL;
  }
  TRY(onednn_make_primitive(e, part, description));
  TRY(onednn_add_operand(e, part, DNNL_ARG_SRC, &a, dnnl_query_src_md, false));
  TRY(onednn_add_operand(e, part, DNNL_ARG_WEIGHTS, &b, dnnl_query_weights_md, false));
  if (e->id.bias) TRY(onednn_add_operand(e, part, DNNL_ARG_BIAS, &bias, dnnl_query_weights_md, false));
  TRY(onednn_add_operand(e, part, DNNL_ARG_DST, &c, dnnl_query_dst_md, true));
done:
  release_layout(&a), release_layout(&b), release_layout(&c), release_layout(&bias);
  release_layout(&free_b);
  if (description) dnnl_primitive_desc_destroy(description);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

#endif
