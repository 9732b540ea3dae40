// What goes into every primitive?

#ifdef VAE_ONEDNN

#include "operation.h"

static size_t reserve(size_t *total, const void *descriptor) {
  const size_t offset = *total;
  *total += (dnnl_memory_desc_get_size(descriptor) + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
  return offset;
}

/// Makes a part's primitive; its scratchpad is ours, so that threads may run it at the same time.
dnnl_status_t onednn_make_primitive(entry *e, part *p, const_dnnl_primitive_desc_t description) {
  dnnl_status_t status = dnnl_success;
  const_dnnl_primitive_desc_t kept;
  TRY(dnnl_primitive_create(&p->primitive, description));
  TRY(dnnl_primitive_get_primitive_desc(p->primitive, &kept));
  p->pad = dnnl_primitive_desc_query_md(kept, dnnl_query_scratchpad_md, 0);
  p->pad_offset = reserve(&e->chunk_bytes, p->pad);
done:
  return status;
}

/// Whether this is a bfloat16 product that is worth a copy of b in oneDNN's layout: kernels with tiles
/// read no other, and would make that copy piece by piece.
bool onednn_packs_rounded(const key *id) {
  const vae_product *p = &id->product;
  return id->kind == PRODUCT && p->b_format == VAE_BF16 && p->batch == 1 && p->m >= TILE;
}

/// A large product, such as that of an output layer over tokens, is worth a copy of b in the layout
/// that oneDNN likes best.
bool onednn_packs_large(const key *id) {
  const vae_product *p = &id->product;
  return p->b_format == VAE_F32 && p->batch == 1 && p->m * p->n * p->k >= (int64_t)1 << 30;
}

/// The columns of a block, if the layout is one of oneDNN's for a bfloat16 operand b of [k, n]: blocks
/// of columns, in which pairs of rows lie side by side, with zeros up to 32 rows and whole blocks.
int64_t onednn_block_columns(const void *l, int64_t k, int64_t n) {
  static const struct {
    int64_t columns;
    dnnl_format_tag_t tag;
  } known[] = {
      {64, dnnl_BA16a64b2a}, {48, dnnl_BA16a48b2a}, {32, dnnl_BA16a32b2a}, {16, dnnl_BA16a16b2a}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    layout candidate = {0};
    if (tagged(&candidate, dnnl_bf16, 2, (dnnl_dims_t){k, n}, known[i].tag)) continue;
    const bool same = dnnl_memory_desc_equal(REF(candidate), l);
    release_layout(&candidate);
    if (same) return known[i].columns;
  }
  return 0;
}

/// Adds the next argument, whose caller's layout is `outer`; the part keeps that.
dnnl_status_t onednn_add_operand(
    entry *e, part *p, int argument, layout *outer, dnnl_query_t query, bool output) {
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_desc_t reorder = NULL;
  dnnl_primitive_attr_t attributes = NULL;
  const_dnnl_primitive_desc_t description;
  const int index = p->count++, which = argument == DNNL_ARG_BIAS ? 1 : 0;
  operand *o = &p->operands[index];
  o->argument = argument;
  o->output = output;
  o->shared = !output && (e->strides[index] == 0 || e->step == e->extent);
  o->outer = *outer;
  memset(outer, 0, sizeof *outer);
  TRY(dnnl_primitive_get_primitive_desc(p->primitive, &description));
  o->inner = dnnl_primitive_desc_query_md(description, query, which);
  if (dnnl_memory_desc_equal(REF(o->outer), o->inner)) return status;
  o->offset = reserve(o->shared ? &e->shared_bytes : &e->chunk_bytes, o->inner);
  if (onednn_packs_rounded(&e->id) && argument == DNNL_ARG_WEIGHTS) {
    o->block = onednn_block_columns(o->inner, e->id.product.k, e->id.product.n);
    if (o->block) return status;
  }
  const void *from = output ? o->inner : REF(o->outer);
  const void *to = output ? REF(o->outer) : o->inner;
  TRY(dnnl_primitive_attr_create(&attributes));
  TRY(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
  TRY(dnnl_reorder_primitive_desc_create(&reorder, from, onednn_engine, to, onednn_engine, attributes));
  TRY(dnnl_primitive_create(&o->reorder, reorder));
  TRY(dnnl_primitive_get_primitive_desc(o->reorder, &description));
  o->reorder_pad = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  o->pad_offset = reserve(&e->chunk_bytes, o->reorder_pad);
done:
  if (reorder) dnnl_primitive_desc_destroy(reorder);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

dnnl_status_t onednn_make_attributes(
    dnnl_primitive_attr_t *attributes, vae_activation activation, float slope, bool accumulate) {
  dnnl_status_t status = dnnl_success;
  dnnl_post_ops_t ops = NULL;
  TRY(dnnl_primitive_attr_create(attributes));
  TRY(dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user));
  if (activation == VAE_THEN_IDENTITY && !accumulate) return status;
  TRY(dnnl_post_ops_create(&ops));
  if (accumulate) TRY(append_sum(ops));
  switch (activation) {
    case VAE_THEN_IDENTITY: break;
    case VAE_THEN_RELU: TRY(append_eltwise(ops, dnnl_eltwise_relu, 0)); break;
    case VAE_THEN_LEAKY_RELU: TRY(append_eltwise(ops, dnnl_eltwise_relu, slope)); break;
    case VAE_THEN_TANH: TRY(append_eltwise(ops, dnnl_eltwise_tanh, 0)); break;
    case VAE_THEN_SIGMOID: TRY(append_eltwise(ops, dnnl_eltwise_logistic, 0)); break;
    case VAE_THEN_ELU: TRY(append_eltwise(ops, dnnl_eltwise_elu, slope)); break;
  }
  TRY(dnnl_primitive_attr_set_post_ops(*attributes, ops));
done:
  if (ops) dnnl_post_ops_destroy(ops);
  return status;
}

#endif
