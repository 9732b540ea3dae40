#include "COneDNN.h"

#ifdef VAE_ONEDNN

#include <dnnl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// --- The 2.x / 3.x difference ------------------------------------------------------------------

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t layout;
#define REF(descriptor) (descriptor)
static void release_layout(layout *l) {
  if (*l) dnnl_memory_desc_destroy(*l);
}
static dnnl_status_t strided(layout *l, int n, const dnnl_dims_t dims, const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(l, n, dims, dnnl_f32, strides);
}
static dnnl_status_t preferred(layout *l, int n, const dnnl_dims_t dims) {
  return dnnl_memory_desc_create_with_tag(l, n, dims, dnnl_f32, dnnl_format_tag_any);
}
static dnnl_status_t append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_f32);
}
static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, kind, alpha, 0);
}
#else
typedef dnnl_memory_desc_t layout;
#define REF(descriptor) (&(descriptor))
static void release_layout(layout *l) { (void)l; }
static dnnl_status_t strided(layout *l, int n, const dnnl_dims_t dims, const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(l, n, dims, dnnl_f32, strides);
}
static dnnl_status_t preferred(layout *l, int n, const dnnl_dims_t dims) {
  return dnnl_memory_desc_init_by_tag(l, n, dims, dnnl_f32, dnnl_format_tag_any);
}
static dnnl_status_t append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1);
}
static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, 1, kind, alpha, 0);
}
#endif

// --- A cached primitive ------------------------------------------------------------------------

typedef enum { PRODUCT, FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } operation;

// Everything a primitive depends on, zeroed before it is filled so that bytes compare.
typedef struct {
  operation kind;
  bool bias;
  union {
    vae_product product;
    vae_convolution convolution;
  };
} key;

// One argument: the caller's memory and, where oneDNN wants another layout, its own copy.
typedef struct {
  dnnl_memory_t outer, inner;
  dnnl_primitive_t reorder;
  bool output;
  size_t offset;  // of the copy, in the scratch memory
} operand;

enum { MAXIMUM_OPERANDS = 4, ALIGNMENT = 64, PAGE = 4096, CAPACITY = 4096 };

typedef struct {
  key id;
  uint64_t hash;
  dnnl_primitive_t primitive;
  operand operands[MAXIMUM_OPERANDS];
  int count;
  dnnl_exec_arg_t arguments[MAXIMUM_OPERANDS + 1];
  dnnl_memory_t scratchpad;
  size_t scratch_bytes, scratchpad_offset;
  char *bound;  // the scratch memory the memory objects point into
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static entry *table[CAPACITY];
static int used;
static char *scratch;
static size_t scratch_size;

static uint64_t hash_bytes(const void *bytes, size_t count) {
  uint64_t words[sizeof(key) / 8 + 1] = {0}, h = 0x9E3779B97F4A7C15u;
  memcpy(words, bytes, count);
  for (size_t i = 0; i < sizeof words / 8; i++) {
    h = (h ^ words[i]) * 0xBF58476D1CE4E5B9u;
    h ^= h >> 29;
  }
  return h;
}

static void release(entry *e) {
  for (int i = 0; i < e->count; i++) {
    operand *o = &e->operands[i];
    if (o->reorder) dnnl_primitive_destroy(o->reorder);
    if (o->inner != o->outer) dnnl_memory_destroy(o->inner);
    dnnl_memory_destroy(o->outer);
  }
  if (e->scratchpad) dnnl_memory_destroy(e->scratchpad);
  if (e->primitive) dnnl_primitive_destroy(e->primitive);
  free(e);
}

#define TRY(call)                          \
  do {                                     \
    status = (call);                       \
    if (status != dnnl_success) goto done; \
  } while (0)

/// Adds an argument whose caller's layout is `outer` and whose layout in the primitive is `inner`.
static dnnl_status_t add(
    entry *e, int argument, const layout *outer, const_dnnl_primitive_desc_t description,
    dnnl_query_t query, bool output) {
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t reorder = NULL;
  int which = 0;
  if (query == dnnl_query_weights_md && argument == DNNL_ARG_BIAS) which = 1;
  if (query == dnnl_query_diff_weights_md && argument == DNNL_ARG_DIFF_BIAS) which = 1;
  operand *o = &e->operands[e->count];
  o->output = output;
  TRY(dnnl_memory_create(&o->outer, REF(*outer), engine, DNNL_MEMORY_NONE));
  o->inner = o->outer;
  e->count++;
  const void *inner = dnnl_primitive_desc_query_md(description, query, which);
  if (!dnnl_memory_desc_equal(REF(*outer), inner)) {
    o->inner = NULL;
    TRY(dnnl_memory_create(&o->inner, inner, engine, DNNL_MEMORY_NONE));
    o->offset = e->scratch_bytes;
    e->scratch_bytes += (dnnl_memory_desc_get_size(inner) + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
    const void *from = output ? inner : REF(*outer);
    const void *to = output ? REF(*outer) : inner;
    TRY(dnnl_reorder_primitive_desc_create(&reorder, from, engine, to, engine, attributes));
    TRY(dnnl_primitive_create(&o->reorder, reorder));
  }
  e->arguments[e->count - 1] = (dnnl_exec_arg_t){argument, o->inner};
done:
  if (reorder) dnnl_primitive_desc_destroy(reorder);
  return status;
}

static dnnl_status_t make_attributes(
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

/// Finishes an entry: its primitive and its scratchpad, behind the copies of its operands.
static dnnl_status_t finish(entry *e, dnnl_primitive_desc_t description) {
  dnnl_status_t status = dnnl_success;
  const void *pad = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  TRY(dnnl_primitive_create(&e->primitive, description));
  TRY(dnnl_memory_create(&e->scratchpad, pad, engine, DNNL_MEMORY_NONE));
  e->arguments[e->count] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, e->scratchpad};
  e->scratchpad_offset = e->scratch_bytes;
  e->scratch_bytes += dnnl_memory_desc_get_size(pad);
done:
  return status;
}

static dnnl_status_t build_product(entry *e) {
  const vae_product *p = &e->id.product;
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL;
  layout a = {0}, b = {0}, c = {0}, bias = {0};
  // Without a batch the matrices are two-dimensional: oneDNN has faster code for those.
  int first = p->batch == 1 ? 1 : 0, n = 3 - first;
  dnnl_dims_t a_dims = {p->a_batch ? p->batch : 1, p->m, p->k};
  dnnl_dims_t b_dims = {p->b_batch ? p->batch : 1, p->k, p->n};
  dnnl_dims_t c_dims = {p->batch, p->m, p->n}, bias_dims = {1, 1, p->n};
  dnnl_dims_t a_strides = {p->a_batch, p->a_transposed ? 1 : p->k, p->a_transposed ? p->m : 1};
  dnnl_dims_t b_strides = {p->b_batch, p->b_transposed ? 1 : p->n, p->b_transposed ? p->k : 1};
  dnnl_dims_t c_strides = {p->m * p->n, p->n, 1}, bias_strides = {p->n, p->n, 1};
  if (!p->a_batch) a_strides[0] = p->m * p->k;
  if (!p->b_batch) b_strides[0] = p->k * p->n;
  TRY(strided(&a, n, a_dims + first, a_strides + first));
  TRY(strided(&b, n, b_dims + first, b_strides + first));
  TRY(strided(&c, n, c_dims + first, c_strides + first));
  if (e->id.bias) TRY(strided(&bias, n, bias_dims + first, bias_strides + first));
  TRY(make_attributes(&attributes, p->activation, p->slope, p->accumulate));
#if DNNL_VERSION_MAJOR >= 3
  TRY(dnnl_matmul_primitive_desc_create(
      &description, engine, a, b, e->id.bias ? bias : NULL, c, attributes));
#else
  dnnl_matmul_desc_t matmul;
  TRY(dnnl_matmul_desc_init(&matmul, &a, &b, e->id.bias ? &bias : NULL, &c));
  TRY(dnnl_primitive_desc_create(&description, &matmul, attributes, engine, NULL));
#endif
  TRY(add(e, DNNL_ARG_SRC, &a, description, dnnl_query_src_md, false));
  TRY(add(e, DNNL_ARG_WEIGHTS, &b, description, dnnl_query_weights_md, false));
  if (e->id.bias) TRY(add(e, DNNL_ARG_BIAS, &bias, description, dnnl_query_weights_md, false));
  TRY(add(e, DNNL_ARG_DST, &c, description, dnnl_query_dst_md, true));
  TRY(finish(e, description));
done:
  release_layout(&a), release_layout(&b), release_layout(&c), release_layout(&bias);
  if (description) dnnl_primitive_desc_destroy(description);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

static dnnl_status_t build_convolution(entry *e) {
  const vae_convolution *s = &e->id.convolution;
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL, hint = NULL;
  layout x = {0}, w = {0}, y = {0}, bias = {0}, free_w = {0};
  dnnl_dims_t x_dims = {s->batch, s->in_channels, s->in_height, s->in_width};
  dnnl_dims_t y_dims = {s->batch, s->out_channels, s->out_height, s->out_width};
  dnnl_dims_t w_dims = {s->out_channels, s->in_channels, s->kernel_height, s->kernel_width};
  dnnl_dims_t x_strides = {
      s->in_height * s->in_width * s->in_channels, 1, s->in_width * s->in_channels,
      s->in_channels};
  dnnl_dims_t y_strides = {
      s->out_height * s->out_width * s->out_channels, 1, s->out_width * s->out_channels,
      s->out_channels};
  int64_t area = s->kernel_height * s->kernel_width;
  dnnl_dims_t w_strides = {s->in_channels * area, area, s->kernel_width, 1};
  dnnl_dims_t bias_dims = {s->out_channels}, bias_strides = {1};
  dnnl_dims_t strides = {s->stride_height, s->stride_width};
  dnnl_dims_t dilations = {s->dilation_height - 1, s->dilation_width - 1};
  dnnl_dims_t begin = {s->pad_top, s->pad_left}, end = {s->pad_bottom, s->pad_right};
  const dnnl_alg_kind_t direct = dnnl_convolution_direct;
  TRY(strided(&x, 4, x_dims, x_strides));
  TRY(strided(&y, 4, y_dims, y_strides));
  TRY(strided(&w, 4, w_dims, w_strides));
  TRY(preferred(&free_w, 4, w_dims));
  if (e->id.bias) TRY(strided(&bias, 1, bias_dims, bias_strides));
  const bool forward = e->id.kind == FORWARD;
  TRY(make_attributes(&attributes, forward ? s->activation : VAE_THEN_IDENTITY, s->slope, false));
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t b = e->id.bias ? bias : NULL;
  TRY(dnnl_convolution_forward_primitive_desc_create(
      &hint, engine, dnnl_forward_training, direct, x, free_w, forward ? b : NULL, y, strides,
      dilations, begin, end, attributes));
  switch (e->id.kind) {
    case BACKWARD_DATA:
      TRY(dnnl_convolution_backward_data_primitive_desc_create(
          &description, engine, direct, x, free_w, y, strides, dilations, begin, end, hint,
          attributes));
      break;
    case BACKWARD_WEIGHTS:
      TRY(dnnl_convolution_backward_weights_primitive_desc_create(
          &description, engine, direct, x, free_w, b, y, strides, dilations, begin, end, hint,
          attributes));
      break;
    default: description = hint, hint = NULL;
  }
#else
  dnnl_convolution_desc_t convolution;
  const dnnl_memory_desc_t *b = e->id.bias ? &bias : NULL;
  TRY(dnnl_dilated_convolution_forward_desc_init(
      &convolution, dnnl_forward_training, direct, &x, &free_w, forward ? b : NULL, &y, strides,
      dilations, begin, end));
  TRY(dnnl_primitive_desc_create(&hint, &convolution, attributes, engine, NULL));
  switch (e->id.kind) {
    case BACKWARD_DATA:
      TRY(dnnl_dilated_convolution_backward_data_desc_init(
          &convolution, direct, &x, &free_w, &y, strides, dilations, begin, end));
      TRY(dnnl_primitive_desc_create(&description, &convolution, attributes, engine, hint));
      break;
    case BACKWARD_WEIGHTS:
      TRY(dnnl_dilated_convolution_backward_weights_desc_init(
          &convolution, direct, &x, &free_w, b, &y, strides, dilations, begin, end));
      TRY(dnnl_primitive_desc_create(&description, &convolution, attributes, engine, hint));
      break;
    default: description = hint, hint = NULL;
  }
#endif
  switch (e->id.kind) {
    case BACKWARD_DATA:
      TRY(add(e, DNNL_ARG_DIFF_DST, &y, description, dnnl_query_diff_dst_md, false));
      TRY(add(e, DNNL_ARG_WEIGHTS, &w, description, dnnl_query_weights_md, false));
      TRY(add(e, DNNL_ARG_DIFF_SRC, &x, description, dnnl_query_diff_src_md, true));
      break;
    case BACKWARD_WEIGHTS:
      TRY(add(e, DNNL_ARG_SRC, &x, description, dnnl_query_src_md, false));
      TRY(add(e, DNNL_ARG_DIFF_DST, &y, description, dnnl_query_diff_dst_md, false));
      TRY(add(e, DNNL_ARG_DIFF_WEIGHTS, &w, description, dnnl_query_diff_weights_md, true));
      if (b)
        TRY(add(e, DNNL_ARG_DIFF_BIAS, &bias, description, dnnl_query_diff_weights_md, true));
      break;
    default:
      TRY(add(e, DNNL_ARG_SRC, &x, description, dnnl_query_src_md, false));
      TRY(add(e, DNNL_ARG_WEIGHTS, &w, description, dnnl_query_weights_md, false));
      if (b) TRY(add(e, DNNL_ARG_BIAS, &bias, description, dnnl_query_weights_md, false));
      TRY(add(e, DNNL_ARG_DST, &y, description, dnnl_query_dst_md, true));
  }
  TRY(finish(e, description));
done:
  release_layout(&x), release_layout(&w), release_layout(&y), release_layout(&bias);
  release_layout(&free_w);
  if (description) dnnl_primitive_desc_destroy(description);
  if (hint) dnnl_primitive_desc_destroy(hint);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

// --- Looking up and running, both under the lock -----------------------------------------------

static entry *find(const key *id) {
  const uint64_t hash = hash_bytes(id, sizeof *id);
  size_t slot = hash % CAPACITY;
  for (; table[slot]; slot = (slot + 1) % CAPACITY)
    if (table[slot]->hash == hash && !memcmp(&table[slot]->id, id, sizeof *id)) return table[slot];
  if (!stream) {
    if (!engine && dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) return NULL;
    if (dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) != dnnl_success) return NULL;
  }
  if (used > CAPACITY / 2) {
    // Far more shapes than a training run has: start anew rather than grow for ever.
    for (int i = 0; i < CAPACITY; i++)
      if (table[i]) release(table[i]), table[i] = NULL;
    used = 0;
    slot = hash % CAPACITY;
  }
  entry *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->id = *id;
  e->hash = hash;
  dnnl_status_t status = id->kind == PRODUCT ? build_product(e) : build_convolution(e);
  if (status != dnnl_success) {
    release(e);
    return NULL;
  }
  table[slot] = e;
  used++;
  return e;
}

/// Points the entry's own memory objects into the scratch memory, which only grows.
static bool bind_scratch(entry *e) {
  if (e->scratch_bytes > scratch_size) {
    free(scratch);
    scratch_size = (e->scratch_bytes + PAGE - 1) & -(size_t)PAGE;
    scratch = aligned_alloc(PAGE, scratch_size);
    if (!scratch) scratch_size = 0;
  }
  if (!scratch && e->scratch_bytes) return false;
  if (e->bound == scratch) return true;
  for (int i = 0; i < e->count; i++) {
    operand *o = &e->operands[i];
    if (o->reorder && dnnl_memory_set_data_handle(o->inner, scratch + o->offset) != dnnl_success)
      return false;
  }
  if (dnnl_memory_set_data_handle(e->scratchpad, scratch + e->scratchpad_offset) != dnnl_success)
    return false;
  e->bound = scratch;
  return true;
}

static dnnl_status_t reorder(const operand *o) {
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_FROM, o->output ? o->inner : o->outer},
      {DNNL_ARG_TO, o->output ? o->outer : o->inner}};
  return dnnl_primitive_execute(o->reorder, stream, 2, arguments);
}

/// Runs the primitive of `id` on `pointers`, given in the order the operands were added.
static int run(const key *id, const float *const pointers[]) {
  pthread_mutex_lock(&lock);
  dnnl_status_t status = dnnl_unimplemented;
  entry *e = find(id);
  if (!e || !bind_scratch(e)) goto done;
  for (int i = 0; i < e->count; i++) {
    operand *o = &e->operands[i];
    TRY(dnnl_memory_set_data_handle(o->outer, (void *)pointers[i]));
    if (o->reorder && !o->output) TRY(reorder(o));
  }
  TRY(dnnl_primitive_execute(e->primitive, stream, e->count + 1, e->arguments));
  for (int i = 0; i < e->count; i++)
    if (e->operands[i].reorder && e->operands[i].output) TRY(reorder(&e->operands[i]));
  status = dnnl_stream_wait(stream);
done:
  pthread_mutex_unlock(&lock);
  return status;
}

// --- The functions of the header ---------------------------------------------------------------

/// A key with every padding byte zero.
static key product_key(const vae_product *p, bool bias) {
  key id;
  memset(&id, 0, sizeof id);
  id.kind = PRODUCT;
  id.bias = bias;
  memcpy(&id.product, p, sizeof *p);
  return id;
}

static key convolution_key(const vae_convolution *c, operation kind, bool bias) {
  key id;
  memset(&id, 0, sizeof id);
  id.kind = kind;
  id.bias = bias;
  memcpy(&id.convolution, c, sizeof *c);
  if (kind != FORWARD) {
    id.convolution.activation = VAE_THEN_IDENTITY;
    id.convolution.slope = 0;
  }
  return id;
}

int vae_onednn_product(
    const vae_product *product, const float *a, const float *b, const float *bias, float *c) {
  const key id = product_key(product, bias);
  const float *with_bias[] = {a, b, bias, c}, *without[] = {a, b, c};
  return run(&id, bias ? with_bias : without);
}

int vae_onednn_convolution(
    const vae_convolution *convolution, const float *x, const float *weights, const float *bias,
    float *y) {
  const key id = convolution_key(convolution, FORWARD, bias);
  const float *with_bias[] = {x, weights, bias, y}, *without[] = {x, weights, y};
  return run(&id, bias ? with_bias : without);
}

int vae_onednn_convolution_backward_data(
    const vae_convolution *convolution, const float *dy, const float *weights, float *dx) {
  const key id = convolution_key(convolution, BACKWARD_DATA, false);
  return run(&id, (const float *[]){dy, weights, dx});
}

int vae_onednn_convolution_backward_weights(
    const vae_convolution *convolution, const float *x, const float *dy, float *dweights,
    float *dbias) {
  const key id = convolution_key(convolution, BACKWARD_WEIGHTS, dbias);
  return run(&id, (const float *[]){x, dy, dweights, dbias});
}

int64_t vae_onednn_scratch_bytes(void) {
  pthread_mutex_lock(&lock);
  const int64_t bytes = (int64_t)scratch_size;
  pthread_mutex_unlock(&lock);
  return bytes;
}

#endif
