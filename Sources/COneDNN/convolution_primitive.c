// How is a convolution put to oneDNN?

#ifdef VAE_ONEDNN

#include "operation.h"

/// Zeros that the last window needs behind an axis of `in` elements.
static int64_t padding_after(
    int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before) {
  const int64_t end = (out - 1) * stride + (kernel - 1) * dilation + 1;
  return end > in + before ? end - in - before : 0;
}

/// The primitive for a convolution of some images.
dnnl_status_t onednn_build_convolution(entry *e, part *p, int64_t images) {
  const vae_conv *s = &e->id.conv;
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL, hint = NULL;
  layout x = {0}, w = {0}, y = {0}, bias = {0}, free_w = {0};
  layout hint_x = {0}, hint_w = {0}, hint_y = {0};
  dnnl_dims_t x_dims = {images, s->ic, s->ih, s->iw};
  dnnl_dims_t y_dims = {images, s->oc, s->oh, s->ow};
  dnnl_dims_t w_dims = {s->oc, s->ic, s->kh, s->kw};
  dnnl_dims_t x_strides = {
      s->ih * s->iw * s->ic, 1, s->iw * s->ic,
      s->ic};
  dnnl_dims_t y_strides = {
      s->oh * s->ow * s->oc, 1, s->ow * s->oc,
      s->oc};
  int64_t area = s->kh * s->kw;
  dnnl_dims_t w_strides = {s->ic * area, area, s->kw, 1};
  dnnl_dims_t bias_dims = {s->oc}, bias_strides = {1};
  dnnl_dims_t strides = {s->stride_h, s->stride_w};
  dnnl_dims_t dilations = {s->dilation_h - 1, s->dilation_w - 1};
  dnnl_dims_t begin = {s->pad_top, s->pad_left};
  dnnl_dims_t end = {
      padding_after(s->ih, s->oh, s->kh, s->stride_h, s->dilation_h, s->pad_top),
      padding_after(s->iw, s->ow, s->kw, s->stride_w, s->dilation_w, s->pad_left)};
  const dnnl_alg_kind_t direct = dnnl_convolution_direct;
  const dnnl_data_type_t type = data_type(e->id.format);
  const operation kind = e->id.kind;
  const dnnl_data_type_t x_type = kind == BACKWARD_DATA ? dnnl_f32 : type;
  const dnnl_data_type_t w_type = kind == BACKWARD_WEIGHTS ? dnnl_f32 : type;
  const dnnl_data_type_t y_type = kind == FORWARD ? dnnl_f32 : type;
  TRY(strided(&x, x_type, 4, x_dims, x_strides));
  TRY(strided(&y, y_type, 4, y_dims, y_strides));
  TRY(strided(&w, w_type, 4, w_dims, w_strides));
  TRY(tagged(&free_w, w_type, 4, w_dims, dnnl_format_tag_any));
  // The forward convolution that a gradient is of, which oneDNN asks for.
  TRY(strided(&hint_x, type, 4, x_dims, x_strides));
  TRY(strided(&hint_y, dnnl_f32, 4, y_dims, y_strides));
  TRY(tagged(&hint_w, type, 4, w_dims, dnnl_format_tag_any));
  const bool forward = kind == FORWARD, has_bias = forward && e->id.bias;
  if (has_bias) TRY(strided(&bias, dnnl_f32, 1, bias_dims, bias_strides));
  TRY(onednn_make_attributes(
      &attributes, forward ? e->id.activation : VAE_THEN_IDENTITY, e->id.slope, false));
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t b = has_bias ? bias : NULL;
  TRY(dnnl_convolution_forward_primitive_desc_create(
      &hint, onednn_engine, dnnl_forward_training, direct, hint_x, hint_w, b, hint_y, strides,
      dilations, begin, end, attributes));
  switch (kind) {
    case BACKWARD_DATA:
      TRY(dnnl_convolution_backward_data_primitive_desc_create(
          &description, onednn_engine, direct, x, free_w, y, strides, dilations, begin, end, hint,
          attributes));
      break;
    case BACKWARD_WEIGHTS:
      TRY(dnnl_convolution_backward_weights_primitive_desc_create(
          &description, onednn_engine, direct, x, free_w, NULL, y, strides, dilations, begin, end, hint,
          attributes));
      break;
    default: description = hint, hint = NULL;
  }
#else
  dnnl_convolution_desc_t convolution;
  const dnnl_memory_desc_t *b = has_bias ? &bias : NULL;
  TRY(dnnl_dilated_convolution_forward_desc_init(
      &convolution, dnnl_forward_training, direct, &hint_x, &hint_w, b, &hint_y, strides,
      dilations, begin, end));
  TRY(dnnl_primitive_desc_create(&hint, &convolution, attributes, onednn_engine, NULL));
  switch (kind) {
    case BACKWARD_DATA:
      TRY(dnnl_dilated_convolution_backward_data_desc_init(
          &convolution, direct, &x, &free_w, &y, strides, dilations, begin, end));
      TRY(dnnl_primitive_desc_create(&description, &convolution, attributes, onednn_engine, hint));
      break;
    case BACKWARD_WEIGHTS:
      TRY(dnnl_dilated_convolution_backward_weights_desc_init(
          &convolution, direct, &x, &free_w, NULL, &y, strides, dilations, begin, end));
      TRY(dnnl_primitive_desc_create(&description, &convolution, attributes, onednn_engine, hint));
      break;
    default: description = hint, hint = NULL;
  }
#endif
  TRY(onednn_make_primitive(e, p, description));
  switch (kind) {
    case BACKWARD_DATA:
      TRY(onednn_add_operand(e, p, DNNL_ARG_DIFF_DST, &y, dnnl_query_diff_dst_md, false));
      TRY(onednn_add_operand(e, p, DNNL_ARG_WEIGHTS, &w, dnnl_query_weights_md, false));
      TRY(onednn_add_operand(e, p, DNNL_ARG_DIFF_SRC, &x, dnnl_query_diff_src_md, true));
      break;
    case BACKWARD_WEIGHTS:
      TRY(onednn_add_operand(e, p, DNNL_ARG_SRC, &x, dnnl_query_src_md, false));
      TRY(onednn_add_operand(e, p, DNNL_ARG_DIFF_DST, &y, dnnl_query_diff_dst_md, false));
      TRY(onednn_add_operand(e, p, DNNL_ARG_DIFF_WEIGHTS, &w, dnnl_query_diff_weights_md, true));
      break;
    default:
      TRY(onednn_add_operand(e, p, DNNL_ARG_SRC, &x, dnnl_query_src_md, false));
      TRY(onednn_add_operand(e, p, DNNL_ARG_WEIGHTS, &w, dnnl_query_weights_md, false));
      if (b) TRY(onednn_add_operand(e, p, DNNL_ARG_BIAS, &bias, dnnl_query_weights_md, false));
      TRY(onednn_add_operand(e, p, DNNL_ARG_DST, &y, dnnl_query_dst_md, true));
  }
done:
  release_layout(&x), release_layout(&w), release_layout(&y), release_layout(&bias);
  release_layout(&hint_x), release_layout(&hint_w), release_layout(&hint_y);
  release_layout(&free_w);
  if (description) dnnl_primitive_desc_destroy(description);
  if (hint) dnnl_primitive_desc_destroy(hint);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

#endif
