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

// Everything a primitive depends on, zeroed before it is filled so that bytes compare; what a
// caller fills has no padding of its own.
_Static_assert(sizeof(vae_product) == 6 * 8 + 4 * 4 + 8 + 2 * 4, "padding in a key");
_Static_assert(sizeof(vae_conv) == 15 * 8, "padding in a key");

typedef struct {
  operation kind;
  int threads;  // a primitive shares out its work when it is made
  bool bias;
  union {
    vae_product product;
    struct {
      vae_conv conv;
      vae_activation activation;
      float slope;
    };
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
  dnnl_primitive_desc_t reorder = NULL;
  const int which = argument == DNNL_ARG_BIAS ? 1 : 0;
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
    TRY(dnnl_reorder_primitive_desc_create(&reorder, from, engine, to, engine, NULL));
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

/// A large product, such as that of an output layer over tokens, is worth a copy of b in the layout
/// that oneDNN likes best.
static bool prefers_packed(const vae_product *p) {
  return p->batch == 1 && p->m * p->n * p->k >= (int64_t)1 << 30;
}

static dnnl_status_t build_product(entry *e) {
  const vae_product *p = &e->id.product;
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL;
  layout a = {0}, b = {0}, c = {0}, bias = {0}, free_b = {0};
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
  TRY(make_attributes(&attributes, p->activation, (float)p->slope, p->accumulate));
  const bool packs = prefers_packed(p);
  if (packs) TRY(preferred(&free_b, n, b_dims + first));
#if DNNL_VERSION_MAJOR >= 3
  TRY(dnnl_matmul_primitive_desc_create(
      &description, engine, a, packs ? free_b : b, e->id.bias ? bias : NULL, c, attributes));
#else
  dnnl_matmul_desc_t matmul;
  TRY(dnnl_matmul_desc_init(&matmul, &a, packs ? &free_b : &b, e->id.bias ? &bias : NULL, &c));
  TRY(dnnl_primitive_desc_create(&description, &matmul, attributes, engine, NULL));
#endif
  TRY(add(e, DNNL_ARG_SRC, &a, description, dnnl_query_src_md, false));
  TRY(add(e, DNNL_ARG_WEIGHTS, &b, description, dnnl_query_weights_md, false));
  if (e->id.bias) TRY(add(e, DNNL_ARG_BIAS, &bias, description, dnnl_query_weights_md, false));
  TRY(add(e, DNNL_ARG_DST, &c, description, dnnl_query_dst_md, true));
  TRY(finish(e, description));
done:
  release_layout(&a), release_layout(&b), release_layout(&c), release_layout(&bias);
  release_layout(&free_b);
  if (description) dnnl_primitive_desc_destroy(description);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

/// Zeros that the last window needs behind an axis of `in` elements.
static int64_t padding_after(
    int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before) {
  const int64_t end = (out - 1) * stride + (kernel - 1) * dilation + 1;
  return end > in + before ? end - in - before : 0;
}

static dnnl_status_t build_convolution(entry *e) {
  const vae_conv *s = &e->id.conv;
  dnnl_status_t status = dnnl_success;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL, hint = NULL;
  layout x = {0}, w = {0}, y = {0}, bias = {0}, free_w = {0};
  dnnl_dims_t x_dims = {s->batch, s->ic, s->ih, s->iw};
  dnnl_dims_t y_dims = {s->batch, s->oc, s->oh, s->ow};
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
  TRY(strided(&x, 4, x_dims, x_strides));
  TRY(strided(&y, 4, y_dims, y_strides));
  TRY(strided(&w, 4, w_dims, w_strides));
  TRY(preferred(&free_w, 4, w_dims));
  if (e->id.bias) TRY(strided(&bias, 1, bias_dims, bias_strides));
  TRY(make_attributes(&attributes, e->id.activation, e->id.slope, false));
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t b = e->id.bias ? bias : NULL;
  TRY(dnnl_convolution_forward_primitive_desc_create(
      &hint, engine, dnnl_forward_training, direct, x, free_w, b, y, strides,
      dilations, begin, end, attributes));
  switch (e->id.kind) {
    case BACKWARD_DATA:
      TRY(dnnl_convolution_backward_data_primitive_desc_create(
          &description, engine, direct, x, free_w, y, strides, dilations, begin, end, hint,
          attributes));
      break;
    case BACKWARD_WEIGHTS:
      TRY(dnnl_convolution_backward_weights_primitive_desc_create(
          &description, engine, direct, x, free_w, NULL, y, strides, dilations, begin, end, hint,
          attributes));
      break;
    default: description = hint, hint = NULL;
  }
#else
  dnnl_convolution_desc_t convolution;
  const dnnl_memory_desc_t *b = e->id.bias ? &bias : NULL;
  TRY(dnnl_dilated_convolution_forward_desc_init(
      &convolution, dnnl_forward_training, direct, &x, &free_w, b, &y, strides,
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
          &convolution, direct, &x, &free_w, NULL, &y, strides, dilations, begin, end));
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
  vae_parallel_claim();
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
  id.threads = vae_threads();
  id.bias = bias;
  memcpy(&id.product, p, sizeof *p);
  return id;
}

static key conv_key(const vae_conv *c, operation kind, bool bias) {
  key id;
  memset(&id, 0, sizeof id);
  id.kind = kind;
  id.threads = vae_threads();
  id.bias = bias;
  memcpy(&id.conv, c, sizeof *c);
  return id;
}

enum { REFUSED = dnnl_unimplemented };

int vae_onednn_product(
    const vae_product *product, const float *a, const float *b, const float *bias, float *c) {
  // oneDNN divides by some sizes before it looks at them.
  if (product->batch < 1 || product->m < 1 || product->n < 1 || product->k < 1) return REFUSED;
  if (product->a_format != VAE_F32 || product->b_format != VAE_F32) return REFUSED;
  const key id = product_key(product, bias);
  const float *with_bias[] = {a, b, bias, c}, *without[] = {a, b, c};
  return run(&id, bias ? with_bias : without);
}

static bool is_empty(const vae_conv *c) {
  return c->batch < 1 || c->ih < 1 || c->iw < 1 || c->ic < 1 || c->oh < 1 || c->ow < 1 ||
         c->oc < 1 || c->kh < 1 || c->kw < 1;
}

// Two kinds of convolution run faster as matrix products of their patches. The rules are fixed,
// since two runs of one seed must not differ; `Benchmarks/run --layers` shows what a layer costs.

/// Images too small to keep a direct convolution busy, beside weights that are costly to reorder.
static bool prefers_patches(const vae_conv *c) { return c->oh * c->ow <= 4 && c->ic >= 16; }

/// A few output channels leave most lanes of a vector idle.
static bool prefers_planes(const vae_conv *c) {
  return c->stride_h == 1 && c->stride_w == 1 && c->oc <= 4 && c->ic >= 8;
}

static float *take(size_t count, size_t *capacity) {
  return vae_pool_take(sizeof(float) * count, capacity);
}

/// y[pixels, oc] = patches w^T and its two gradients: the patches are [pixels, ic * kh * kw].
static vae_product patch_product(const vae_conv *c, operation kind) {
  const int64_t pixels = c->batch * c->oh * c->ow, patch = c->ic * c->kh * c->kw;
  switch (kind) {
    case FORWARD:
      return (vae_product){.batch = 1, .m = pixels, .n = c->oc, .k = patch, .b_transposed = 1};
    case BACKWARD_DATA:
      return (vae_product){.batch = 1, .m = pixels, .n = patch, .k = c->oc};
    default:
      return (vae_product){.batch = 1, .m = c->oc, .n = patch, .k = pixels, .a_transposed = 1};
  }
}

static size_t patch_count(const vae_conv *c) {
  return (size_t)(c->batch * c->oh * c->ow * c->ic * c->kh * c->kw);
}

enum { PLANES = 1 << 18 };  // elements of planes at a time, to stay in cache

/// Images whose planes are made at a time.
static int64_t plane_images(const vae_conv *c) {
  const int64_t image = c->ih * c->iw * c->oc * c->kh * c->kw;
  const int64_t images = PLANES / image > 0 ? PLANES / image : 1;
  return images < c->batch ? images : c->batch;
}

/// Exchanges the weights' [oc, ic, taps] and [taps, oc, ic].
static void permute_weights(const vae_conv *c, const float *from, float *to, bool back) {
  const int64_t taps = c->kh * c->kw;
  for (int64_t o = 0; o < c->oc; o++)
    for (int64_t i = 0; i < c->ic; i++)
      for (int64_t t = 0; t < taps; t++) {
        const int64_t plain = (o * c->ic + i) * taps + t, other = (t * c->oc + o) * c->ic + i;
        if (back) to[plain] = from[other];
        else to[other] = from[plain];
      }
}

/// Runs a few images at a time through `planes`: every tap's product at every input pixel
/// (forward), or every tap's shifted copy of dy (backward weights).
static int run_planes(
    const vae_conv *c, operation kind, const float *x, const float *w, const float *dy,
    float *out) {
  const int64_t taps = c->kh * c->kw, images = plane_images(c), pixels = c->ih * c->iw;
  size_t plane_bytes, weight_bytes;
  float *planes = take((size_t)(images * pixels * taps * c->oc), &plane_bytes);
  float *weights = take((size_t)(taps * c->oc * c->ic), &weight_bytes);
  if (kind == FORWARD) permute_weights(c, w, weights, false);
  int status = 0;
  for (int64_t first = 0; first < c->batch && !status; first += images) {
    vae_conv part = *c;
    part.batch = c->batch - first < images ? c->batch - first : images;
    const float *in = x + first * pixels * c->ic;
    vae_product p = {.batch = 1, .m = taps * c->oc};
    if (kind == FORWARD) {
      p.n = part.batch * pixels, p.k = c->ic, p.b_transposed = 1;
      status = vae_onednn_product(&p, weights, in, NULL, planes);
      if (!status) vae_sum_shifted_f32(&part, planes, out + first * c->oh * c->ow * c->oc);
    } else {
      p.n = c->ic, p.k = part.batch * pixels, p.accumulate = first > 0;
      vae_shift_f32(&part, dy + first * c->oh * c->ow * c->oc, planes);
      status = vae_onednn_product(&p, planes, in, NULL, weights);
    }
  }
  if (kind == BACKWARD_WEIGHTS) permute_weights(c, weights, out, true);
  vae_pool_give(planes, plane_bytes);
  vae_pool_give(weights, weight_bytes);
  return status;
}

int vae_onednn_conv_forward(
    const vae_conv *conv, vae_activation activation, float slope, const float *x, const float *w,
    const float *bias, float *y) {
  if (is_empty(conv)) return REFUSED;
  if (prefers_planes(conv)) {
    const int status = run_planes(conv, FORWARD, x, w, NULL, y);
    if (!status && (bias || activation != VAE_THEN_IDENTITY))
      vae_bias_activation_f32(
          y, bias, y, conv->batch * conv->oh * conv->ow, conv->oc, activation, slope);
    return status;
  }
  if (prefers_patches(conv)) {
    vae_product p = patch_product(conv, FORWARD);
    p.activation = activation, p.slope = slope;
    size_t bytes;
    float *patches = take(patch_count(conv), &bytes);
    vae_patches_f32(conv, x, patches);
    const int status = vae_onednn_product(&p, patches, w, bias, y);
    vae_pool_give(patches, bytes);
    return status;
  }
  key id = conv_key(conv, FORWARD, bias);
  id.activation = activation, id.slope = slope;
  const float *with_bias[] = {x, w, bias, y}, *without[] = {x, w, y};
  return run(&id, bias ? with_bias : without);
}

int vae_onednn_conv_backward_data(
    const vae_conv *conv, const float *dy, const float *w, float *dx) {
  if (is_empty(conv)) return REFUSED;
  if (prefers_patches(conv)) {
    const vae_product p = patch_product(conv, BACKWARD_DATA);
    size_t bytes;
    float *patches = take(patch_count(conv), &bytes);
    const int status = vae_onednn_product(&p, dy, w, NULL, patches);
    if (!status) vae_patches_adjoint_f32(conv, patches, dx);
    vae_pool_give(patches, bytes);
    return status;
  }
  const key id = conv_key(conv, BACKWARD_DATA, false);
  return run(&id, (const float *[]){dy, w, dx});
}

int vae_onednn_conv_backward_weights(
    const vae_conv *conv, const float *x, const float *dy, float *dw) {
  if (is_empty(conv)) return REFUSED;
  if (prefers_planes(conv)) return run_planes(conv, BACKWARD_WEIGHTS, x, NULL, dy, dw);
  if (prefers_patches(conv)) {
    const vae_product p = patch_product(conv, BACKWARD_WEIGHTS);
    size_t bytes;
    float *patches = take(patch_count(conv), &bytes);
    vae_patches_f32(conv, x, patches);
    const int status = vae_onednn_product(&p, dy, patches, NULL, dw);
    vae_pool_give(patches, bytes);
    return status;
  }
  const key id = conv_key(conv, BACKWARD_WEIGHTS, false);
  return run(&id, (const float *[]){x, dy, dw});
}

#endif
