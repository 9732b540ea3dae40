#define _GNU_SOURCE
#include "COneDNN.h"

#ifdef VAE_ONEDNN

#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdatomic.h>
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
static dnnl_status_t strided(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(l, n, dims, type, strides);
}
static dnnl_status_t tagged(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_create_with_tag(l, n, dims, type, tag);
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
static dnnl_status_t strided(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(l, n, dims, type, strides);
}
static dnnl_status_t tagged(
    layout *l, dnnl_data_type_t type, int n, const dnnl_dims_t dims, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_init_by_tag(l, n, dims, type, tag);
}
static dnnl_status_t append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1);
}
static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, 1, kind, alpha, 0);
}
#endif

static dnnl_data_type_t data_type(vae_operand_format format) {
  return format == VAE_BF16 ? dnnl_bf16 : dnnl_f32;
}

static size_t element_size(vae_operand_format format) { return format == VAE_BF16 ? 2 : 4; }

// --- One thread ----------------------------------------------------------------------------------

// Our own loops share out the work, so oneDNN must not do so as well. It asks OpenMP, whose count is
// kept for each thread apart, when it makes a primitive and when it runs one. OpenMP is found at run
// time: a oneDNN that was built without it needs nothing.
static struct {
  int (*threads)(void);
  void (*set_threads)(int);
} openmp;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of the table, and of making entries

static void take_lock(void) { pthread_mutex_lock(&lock); }
static void give_lock(void) { pthread_mutex_unlock(&lock); }

static void prepare(void) {
  // The child of a fork finds the lock free.
  pthread_atfork(take_lock, give_lock, give_lock);
  openmp.threads = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  openmp.set_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
}

/// Sets the count of the calling thread, unless it is that already, and returns what it was.
static int set_openmp_threads(int count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  if (!openmp.threads || !openmp.set_threads) return count;
  const int before = openmp.threads();
  if (before != count) openmp.set_threads(count);
  return before;
}

// --- A prepared operation ------------------------------------------------------------------------

typedef enum { PRODUCT, FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } operation;

// Everything an operation depends on, zeroed before it is filled so that bytes compare; what a
// caller fills has no padding of its own.
_Static_assert(sizeof(vae_product) == 6 * 8 + 4 * 4 + 8 + 2 * 4, "padding in a key");
_Static_assert(sizeof(vae_conv) == 15 * 8, "padding in a key");

typedef struct {
  operation kind;
  bool bias;
  union {
    vae_product product;
    struct {
      vae_conv conv;
      vae_activation activation;
      float slope;
      vae_operand_format format;  // of the two operands; the result is float32
    };
  };
} key;

enum {
  MAXIMUM_OPERANDS = 4,
  ALIGNMENT = 64,
  PAGE = 4096,
  CAPACITY = 4096,
  BINDINGS = 64,  // threads that keep memory objects of a primitive
};

// One argument: the caller's memory and, where oneDNN wants another layout, its own copy.
typedef struct {
  int argument;
  layout outer;
  const void *inner, *reorder_pad;  // descriptors that the primitives own
  dnnl_primitive_t reorder;         // null where the two layouts are one, or
  int64_t block;                    // where we write the copy, in blocks of so many columns
  bool output;
  bool shared;  // the same for every chunk: copied once, before they run
  size_t offset, pad_offset;
} operand;

static bool is_copied(const operand *o) { return o->reorder || o->block; }

// The memory objects of a primitive, for one thread at a time.
typedef struct {
  dnnl_memory_t outer[MAXIMUM_OPERANDS], inner[MAXIMUM_OPERANDS], pads[MAXIMUM_OPERANDS];
  dnnl_memory_t scratchpad;
  void *data[MAXIMUM_OPERANDS];  // what the inner ones point to
  char *scratch;                 // what the pads point into
} binding;

// A primitive for chunks of one size; but for the bindings it does not change once it is made.
typedef struct {
  dnnl_primitive_t primitive;
  operand operands[MAXIMUM_OPERANDS];
  int count;
  const void *pad;
  size_t pad_offset;
  _Atomic(binding *) bindings[BINDINGS];
} part;

// What an operation is split along, if it is split: its chunks depend on the shape alone.
typedef enum { BATCH, ROWS, COLUMNS, DEPTH } axis;

// How a convolution runs: on a primitive of its own, or on products and kernels of ours.
typedef enum { DIRECT, PATCHES, PLANES } route;

struct vae_onednn_handle {
  key id;
  uint64_t hash;
  atomic_int holders;
  route route;
  axis axis;
  int64_t extent, step;             // of the axis, and of a chunk
  int64_t strides[MAXIMUM_OPERANDS];  // bytes from one chunk's operand to the next's
  int64_t partial;                  // elements of each chunk's own result, if they are to be added
  int64_t results, columns;         // elements of the result, and of one of its rows
  part parts[2];                    // every chunk's but the last one's; the last one's, if it is smaller
  size_t chunk_bytes, shared_bytes;  // of scratch memory, which the shared copies end
  // The products that a convolution runs on: of the first images and of later ones, as many as fit and fewer.
  _Atomic(vae_onednn_handle *) products[2][2];
};

typedef vae_onednn_handle entry;

static dnnl_engine_t engine;
static entry *table[CAPACITY];
static int used;

static uint64_t hash_bytes(const void *bytes, size_t count) {
  uint64_t words[sizeof(key) / 8 + 1] = {0}, h = 0x9E3779B97F4A7C15u;
  memcpy(words, bytes, count);
  for (size_t i = 0; i < sizeof words / 8; i++) {
    h = (h ^ words[i]) * 0xBF58476D1CE4E5B9u;
    h ^= h >> 29;
  }
  return h;
}

static void destroy_binding(binding *b) {
  if (!b) return;
  for (int i = 0; i < MAXIMUM_OPERANDS; i++) {
    if (b->outer[i]) dnnl_memory_destroy(b->outer[i]);
    if (b->inner[i]) dnnl_memory_destroy(b->inner[i]);
    if (b->pads[i]) dnnl_memory_destroy(b->pads[i]);
  }
  if (b->scratchpad) dnnl_memory_destroy(b->scratchpad);
  free(b);
}

static void destroy(entry *e) {
  for (int k = 0; k < 2; k++) {
    part *p = &e->parts[k];
    for (int i = 0; i < BINDINGS; i++) destroy_binding(atomic_load(&p->bindings[i]));
    for (int i = 0; i < p->count; i++) {
      if (p->operands[i].reorder) dnnl_primitive_destroy(p->operands[i].reorder);
      release_layout(&p->operands[i].outer);
    }
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (int i = 0; i < 2; i++) vae_onednn_release(atomic_load(&e->products[k][i]));
  }
  free(e);
}

#define TRY(call)                          \
  do {                                     \
    status = (call);                       \
    if (status != dnnl_success) goto done; \
  } while (0)

static size_t reserve(size_t *total, const void *descriptor) {
  const size_t offset = *total;
  *total += (dnnl_memory_desc_get_size(descriptor) + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
  return offset;
}

/// Makes a part's primitive; its scratchpad is ours, so that threads may run it at the same time.
static dnnl_status_t make_primitive(entry *e, part *p, const_dnnl_primitive_desc_t description) {
  dnnl_status_t status = dnnl_success;
  const_dnnl_primitive_desc_t kept;
  TRY(dnnl_primitive_create(&p->primitive, description));
  TRY(dnnl_primitive_get_primitive_desc(p->primitive, &kept));
  p->pad = dnnl_primitive_desc_query_md(kept, dnnl_query_scratchpad_md, 0);
  p->pad_offset = reserve(&e->chunk_bytes, p->pad);
done:
  return status;
}

enum { TILE = 32 };  // rows of a that a bfloat16 kernel takes at a time

/// Whether this is a bfloat16 product that is worth a copy of b in oneDNN's layout: kernels with tiles
/// read no other, and would make that copy piece by piece.
static bool packs_rounded(const key *id) {
  const vae_product *p = &id->product;
  return id->kind == PRODUCT && p->b_format == VAE_BF16 && p->batch == 1 && p->m >= TILE;
}

/// A large product, such as that of an output layer over tokens, is worth a copy of b in the layout
/// that oneDNN likes best.
static bool packs_large(const key *id) {
  const vae_product *p = &id->product;
  return p->b_format == VAE_F32 && p->batch == 1 && p->m * p->n * p->k >= (int64_t)1 << 30;
}

/// The columns of a block, if the layout is one of oneDNN's for a bfloat16 operand b of [k, n]: blocks
/// of columns, in which pairs of rows lie side by side, with zeros up to 32 rows and whole blocks.
static int64_t block_columns(const void *l, int64_t k, int64_t n) {
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
static dnnl_status_t add(
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
  if (packs_rounded(&e->id) && argument == DNNL_ARG_WEIGHTS) {
    o->block = block_columns(o->inner, e->id.product.k, e->id.product.n);
    if (o->block) return status;
  }
  const void *from = output ? o->inner : REF(o->outer);
  const void *to = output ? REF(o->outer) : o->inner;
  TRY(dnnl_primitive_attr_create(&attributes));
  TRY(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
  TRY(dnnl_reorder_primitive_desc_create(&reorder, from, engine, to, engine, attributes));
  TRY(dnnl_primitive_create(&o->reorder, reorder));
  TRY(dnnl_primitive_get_primitive_desc(o->reorder, &description));
  o->reorder_pad = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  o->pad_offset = reserve(&e->chunk_bytes, o->reorder_pad);
done:
  if (reorder) dnnl_primitive_desc_destroy(reorder);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
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

/// The primitive for a product of `size` along the axis, within the strides of the whole.
static dnnl_status_t build_product(entry *e, part *part, int64_t size) {
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
  TRY(make_attributes(&attributes, p->activation, (float)p->slope, p->accumulate && !e->partial));
  TRY(tagged(&free_b, type, rank, b_dims + first, dnnl_format_tag_any));
  // A copy of b that all chunks share, in oneDNN's layout if that is one we write ourselves: it would
  // take its own time over it, on one thread.
  const bool rounded = packs_rounded(&e->id) && (e->axis == ROWS || e->step == e->extent);
  for (bool packs = rounded || packs_large(&e->id);; packs = false) {
#if DNNL_VERSION_MAJOR >= 3
    TRY(dnnl_matmul_primitive_desc_create(
        &description, engine, a, packs ? free_b : b, e->id.bias ? bias : NULL, c, attributes));
#else
    dnnl_matmul_desc_t matmul;
    TRY(dnnl_matmul_desc_init(&matmul, &a, packs ? &free_b : &b, e->id.bias ? &bias : NULL, &c));
    TRY(dnnl_primitive_desc_create(&description, &matmul, attributes, engine, NULL));
#endif
    const void *chosen = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    if (!packs || !rounded || block_columns(chosen, k, n)) break;
    dnnl_primitive_desc_destroy(description);
    description = NULL;
  }
  TRY(make_primitive(e, part, description));
  TRY(add(e, part, DNNL_ARG_SRC, &a, dnnl_query_src_md, false));
  TRY(add(e, part, DNNL_ARG_WEIGHTS, &b, dnnl_query_weights_md, false));
  if (e->id.bias) TRY(add(e, part, DNNL_ARG_BIAS, &bias, dnnl_query_weights_md, false));
  TRY(add(e, part, DNNL_ARG_DST, &c, dnnl_query_dst_md, true));
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

/// The primitive for a convolution of some images.
static dnnl_status_t build_convolution(entry *e, part *p, int64_t images) {
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
  TRY(make_attributes(
      &attributes, forward ? e->id.activation : VAE_THEN_IDENTITY, e->id.slope, false));
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t b = has_bias ? bias : NULL;
  TRY(dnnl_convolution_forward_primitive_desc_create(
      &hint, engine, dnnl_forward_training, direct, hint_x, hint_w, b, hint_y, strides,
      dilations, begin, end, attributes));
  switch (kind) {
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
  const dnnl_memory_desc_t *b = has_bias ? &bias : NULL;
  TRY(dnnl_dilated_convolution_forward_desc_init(
      &convolution, dnnl_forward_training, direct, &hint_x, &hint_w, b, &hint_y, strides,
      dilations, begin, end));
  TRY(dnnl_primitive_desc_create(&hint, &convolution, attributes, engine, NULL));
  switch (kind) {
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
  TRY(make_primitive(e, p, description));
  switch (kind) {
    case BACKWARD_DATA:
      TRY(add(e, p, DNNL_ARG_DIFF_DST, &y, dnnl_query_diff_dst_md, false));
      TRY(add(e, p, DNNL_ARG_WEIGHTS, &w, dnnl_query_weights_md, false));
      TRY(add(e, p, DNNL_ARG_DIFF_SRC, &x, dnnl_query_diff_src_md, true));
      break;
    case BACKWARD_WEIGHTS:
      TRY(add(e, p, DNNL_ARG_SRC, &x, dnnl_query_src_md, false));
      TRY(add(e, p, DNNL_ARG_DIFF_DST, &y, dnnl_query_diff_dst_md, false));
      TRY(add(e, p, DNNL_ARG_DIFF_WEIGHTS, &w, dnnl_query_diff_weights_md, true));
      break;
    default:
      TRY(add(e, p, DNNL_ARG_SRC, &x, dnnl_query_src_md, false));
      TRY(add(e, p, DNNL_ARG_WEIGHTS, &w, dnnl_query_weights_md, false));
      if (b) TRY(add(e, p, DNNL_ARG_BIAS, &bias, dnnl_query_weights_md, false));
      TRY(add(e, p, DNNL_ARG_DST, &y, dnnl_query_dst_md, true));
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

// --- Splitting -----------------------------------------------------------------------------------

enum {
  WORK = 1 << 21,  // multiplications that are worth a chunk, some 40 microseconds of them
  MAXIMUM_CHUNKS = 8,
  MAXIMUM_PARTIAL = 4,  // results to be added
  PIXELS = 512,         // of a chunk, that outweigh moving and adding its gradient of the weights
  VECTORS = 64,         // columns of a chunk, so that its vectors are full
  LANES = 16,           // rows of a chunk
  UNITS = 4,            // times as much work is worth a chunk of a bfloat16 product,
  DEEP = 16,            // which is split along k if that is so many times the other sizes,
  DEEP_STEP = 2048,     // into chunks of at least this
};

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int64_t chunk_count(double work, int64_t maximum) {
  const double count = work / WORK;
  return count < 1 ? 1 : count > (double)maximum ? maximum : (int64_t)count;
}

/// Splits an axis into at most `count` chunks of a multiple of `unit`.
static void split(entry *e, axis axis, int64_t extent, int64_t unit, int64_t count) {
  const int64_t units = divide_up(extent, unit);
  if (count > units) count = units;
  // Chunks of one size need but one primitive.
  for (int64_t even = count; 2 * even > count; even--)
    if (extent % (even * unit) == 0) {
      count = even;
      break;
    }
  e->axis = axis;
  e->extent = extent;
  e->step = divide_up(units, count) * unit < extent ? divide_up(units, count) * unit : extent;
}

/// Along what to split a product of two matrices into at most `count` chunks.
static void split_product(entry *e, double work, int64_t count) {
  const vae_product *p = &e->id.product;
  const bool plain = !e->id.bias && p->activation == VAE_THEN_IDENTITY, wide = p->n >= p->m;
  if (p->b_format == VAE_BF16) {
    // oneDNN's kernels for tiles want whole rows of the results and, of a transposed a, whole columns.
    const int64_t other = wide ? p->n : p->m, deep = p->k / DEEP_STEP;
    if (plain && p->k >= DEEP * other && deep > 1) {
      split(e, DEPTH, p->k, VECTORS, count < deep ? count : deep);
      if (e->step < e->extent) e->partial = p->m * p->n;
      return;
    }
    if (!p->a_transposed && p->m >= TILE * count) {
      split(e, ROWS, p->m, TILE, count);
      return;
    }
  }
  if (wide) split(e, COLUMNS, p->n, VECTORS, count);
  else split(e, ROWS, p->m, LANES, count);
  if (count > 1 && e->step == e->extent && plain && p->k >= 1024) {
    split(e, DEPTH, p->k, VECTORS, chunk_count(work, MAXIMUM_PARTIAL));
    e->partial = p->m * p->n;
  }
}

static void plan_product(entry *e) {
  const vae_product *p = &e->id.product;
  double work = (double)p->batch * (double)p->m * (double)p->n * (double)p->k;
  if (p->b_format == VAE_BF16) work /= UNITS;
  // Small matrices reach but a part of the speed.
  if (p->batch > 1) split(e, BATCH, p->batch, 1, chunk_count(4 * work, MAXIMUM_CHUNKS));
  else split_product(e, work, chunk_count(work, MAXIMUM_CHUNKS));
  const int64_t c = e->id.bias ? 3 : 2, size = (int64_t)element_size(p->b_format);
  const int64_t s = e->step * size, result = e->step * (int64_t)sizeof(float);
  switch (e->axis) {
    case BATCH:
      e->strides[0] = s * p->a_batch, e->strides[1] = s * p->b_batch;
      e->strides[c] = result * p->m * p->n;
      break;
    case ROWS:
      e->strides[0] = p->a_transposed ? s : s * p->k;
      e->strides[c] = result * p->n;
      break;
    case COLUMNS:
      e->strides[1] = p->b_transposed ? s * p->k : s;
      if (e->id.bias) e->strides[2] = result;
      e->strides[c] = result;
      break;
    case DEPTH:
      e->strides[0] = p->a_transposed ? s * p->m : s;
      e->strides[1] = p->b_transposed ? s : s * p->n;
      e->strides[c] = e->partial * (int64_t)sizeof(float);
  }
}

/// By images; gradients of the weights are then added.
static void plan_convolution(entry *e) {
  const vae_conv *c = &e->id.conv;
  const int64_t weights = c->oc * c->ic * c->kh * c->kw;
  const double work = (double)(c->batch * c->oh * c->ow) * (double)weights;
  int64_t maximum = MAXIMUM_CHUNKS;
  if (e->id.kind == BACKWARD_WEIGHTS) {
    maximum = c->batch * c->oh * c->ow / PIXELS;
    maximum = maximum < 2 ? 2 : maximum < MAXIMUM_PARTIAL ? maximum : MAXIMUM_PARTIAL;
  }
  split(
      e, BATCH, c->batch, 1, chunk_count(e->id.format == VAE_BF16 ? work / UNITS : work, maximum));
  const int64_t size = (int64_t)element_size(e->id.format), result = sizeof(float);
  const int64_t x = e->step * c->ih * c->iw * c->ic, y = e->step * c->oh * c->ow * c->oc;
  switch (e->id.kind) {
    case BACKWARD_DATA: e->strides[0] = y * size, e->strides[2] = x * result; break;
    case BACKWARD_WEIGHTS:
      e->strides[0] = x * size, e->strides[1] = y * size;
      if (e->step < e->extent) e->partial = weights, e->strides[2] = weights * result;
      break;
    default: e->strides[0] = x * size, e->strides[e->id.bias ? 3 : 2] = y * result;
  }
}

// Two kinds of convolution run faster as matrix products of their patches. The rules are fixed,
// since two runs of one seed must not differ; `Benchmarks/run --layers` shows what a layer costs.

/// Images too small to keep a direct convolution busy, beside weights that are costly to reorder.
static bool prefers_patches(const vae_conv *c) { return c->oh * c->ow <= 4 && c->ic >= 16; }

/// A few output channels leave most lanes of a vector idle.
static bool prefers_planes(const vae_conv *c) {
  return c->stride_h == 1 && c->stride_w == 1 && c->oc <= 4 && c->ic >= 8;
}

/// oneDNN's bfloat16 gradients of weights are slow (2.6: 256 to 512 channels at 4 x 4 take twenty times
/// as long as the product), and so is all it does with a few channels.
static bool prefers_rounded_patches(const vae_conv *c, operation kind) {
  return kind == BACKWARD_WEIGHTS || c->ic < LANES || c->oc < LANES;
}

/// Whether some window along an axis lies in the padding alone. oneDNN's convolutions on tiles (2.6) jump to nowhere there.
static bool has_empty_window(
    int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before) {
  for (int64_t o = 0; o < out; o++) {
    bool meets = false;
    for (int64_t t = 0; t < kernel && !meets; t++) {
      const int64_t at = o * stride - before + t * dilation;
      meets = at >= 0 && at < in;
    }
    if (!meets) return true;
  }
  return false;
}

static route choose_route(const key *id) {
  const vae_conv *c = &id->conv;
  const operation kind = id->kind;
  if (has_empty_window(c->ih, c->oh, c->kh, c->stride_h, c->dilation_h, c->pad_top) ||
      has_empty_window(c->iw, c->ow, c->kw, c->stride_w, c->dilation_w, c->pad_left))
    return PATCHES;
  if (id->format == VAE_BF16)
    return prefers_rounded_patches(c, kind) || prefers_patches(c) ? PATCHES : DIRECT;
  if (kind != BACKWARD_DATA && prefers_planes(c)) return PLANES;
  return prefers_patches(c) ? PATCHES : DIRECT;
}

static void count_results(entry *e) {
  const vae_product *p = &e->id.product;
  const vae_conv *c = &e->id.conv;
  switch (e->id.kind) {
    case PRODUCT: e->results = p->batch * p->m * p->n, e->columns = p->n; break;
    case FORWARD: e->results = c->batch * c->oh * c->ow * c->oc, e->columns = c->oc; break;
    case BACKWARD_DATA: e->results = c->batch * c->ih * c->iw * c->ic, e->columns = c->ic; break;
    case BACKWARD_WEIGHTS: e->results = c->oc * c->ic * c->kh * c->kw, e->columns = e->results;
  }
}

static dnnl_status_t build(entry *e) {
  const bool product = e->id.kind == PRODUCT;
  count_results(e);
  if (!product) e->route = choose_route(&e->id);
  if (e->route != DIRECT) return dnnl_success;
  if (product) plan_product(e);
  else plan_convolution(e);
  dnnl_status_t status = dnnl_success;
  const int64_t sizes[] = {e->step, e->extent % e->step};
  for (int i = 0; i < 2 && sizes[i] && !status; i++)
    status = product ? build_product(e, &e->parts[i], sizes[i])
                     : build_convolution(e, &e->parts[i], sizes[i]);
  return status;
}

// --- Looking up ----------------------------------------------------------------------------------

static entry *make(const key *id, uint64_t hash) {
  if (!engine && dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) return NULL;
  entry *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->id = *id;
  e->hash = hash;
  e->holders = 1;  // the table
  const int threads = set_openmp_threads(1);
  const dnnl_status_t status = build(e);
  set_openmp_threads(threads);
  if (status == dnnl_success) return e;
  destroy(e);
  return NULL;
}

static entry *find(const key *id) {
  const uint64_t hash = hash_bytes(id, sizeof *id);
  size_t slot = hash % CAPACITY;
  for (; table[slot]; slot = (slot + 1) % CAPACITY)
    if (table[slot]->hash == hash && !memcmp(&table[slot]->id, id, sizeof *id)) return table[slot];
  if (used > CAPACITY / 2) {
    // Far more shapes than a training run has: start anew rather than grow for ever.
    for (int i = 0; i < CAPACITY; i++)
      if (table[i]) vae_onednn_release(table[i]), table[i] = NULL;
    used = 0;
    slot = hash % CAPACITY;
  }
  entry *e = make(id, hash);
  if (!e) return NULL;
  table[slot] = e;
  used++;
  return e;
}

/// The entry of `id`, held for the caller.
static entry *hold(const key *id) {
  pthread_mutex_lock(&lock);
  entry *e = find(id);
  if (e) atomic_fetch_add(&e->holders, 1);
  pthread_mutex_unlock(&lock);
  return e;
}

void vae_onednn_release(vae_onednn_handle *handle) {
  if (handle && atomic_fetch_sub(&handle->holders, 1) == 1) destroy(handle);
}

// --- Running -------------------------------------------------------------------------------------

// What a thread runs primitives with. The scratch memory only grows.
typedef struct {
  dnnl_stream_t stream;
  char *scratch;
  size_t size;
  int slot;  // where it keeps its bindings
} workspace;

static _Thread_local workspace own;
static pthread_key_t leaving;

static void clear_workspace(void *argument) {
  workspace *w = argument;
  if (w->stream) dnnl_stream_destroy(w->stream);
  free(w->scratch);
  *w = (workspace){0};
}

static void make_leaving(void) { pthread_key_create(&leaving, clear_workspace); }

/// The calling thread's workspace, with at least `bytes` of scratch memory.
static workspace *take_workspace(size_t bytes) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static atomic_uint threads;
  workspace *w = &own;
  if (!w->stream) {
    pthread_once(&once, make_leaving);
    if (dnnl_stream_create(&w->stream, engine, dnnl_stream_default_flags)) return NULL;
    w->slot = (int)(atomic_fetch_add(&threads, 1) % BINDINGS);
    pthread_setspecific(leaving, w);
  }
  if (bytes > w->size) {
    free(w->scratch);
    w->size = (bytes + PAGE - 1) & -(size_t)PAGE;
    w->scratch = aligned_alloc(PAGE, w->size);
    if (!w->scratch) w->size = 0;
  }
  return bytes <= w->size ? w : NULL;
}

static binding *make_binding(const part *p) {
  binding *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  dnnl_status_t status = dnnl_success;
  for (int i = 0; i < p->count; i++) {
    const operand *o = &p->operands[i];
    TRY(dnnl_memory_create(&b->outer[i], REF(o->outer), engine, DNNL_MEMORY_NONE));
    if (!is_copied(o)) continue;
    TRY(dnnl_memory_create(&b->inner[i], o->inner, engine, DNNL_MEMORY_NONE));
    if (!o->reorder) continue;
    TRY(dnnl_memory_create(&b->pads[i], o->reorder_pad, engine, DNNL_MEMORY_NONE));
  }
  TRY(dnnl_memory_create(&b->scratchpad, p->pad, engine, DNNL_MEMORY_NONE));
  return b;
done:
  destroy_binding(b);
  return NULL;
}

/// Points the pads into the scratch memory.
static dnnl_status_t bind_pads(const part *p, binding *b, char *scratch) {
  dnnl_status_t status = dnnl_success;
  if (b->scratch == scratch) return status;
  b->scratch = NULL;
  for (int i = 0; i < p->count; i++)
    if (b->pads[i])
      TRY(dnnl_memory_set_data_handle(b->pads[i], scratch + p->operands[i].pad_offset));
  TRY(dnnl_memory_set_data_handle(b->scratchpad, scratch + p->pad_offset));
  b->scratch = scratch;
done:
  return status;
}

/// Points an operand's memory objects at the caller's memory and at its copy.
static dnnl_status_t bind_operand(binding *b, int i, const void *data, void *copy) {
  dnnl_status_t status = dnnl_success;
  TRY(dnnl_memory_set_data_handle(b->outer[i], (void *)data));
  if (!b->inner[i] || b->data[i] == copy) return status;
  TRY(dnnl_memory_set_data_handle(b->inner[i], copy));
  b->data[i] = copy;
done:
  return status;
}

static dnnl_status_t reorder(const part *p, const binding *b, int i, dnnl_stream_t stream) {
  const operand *o = &p->operands[i];
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_FROM, o->output ? b->inner[i] : b->outer[i]},
      {DNNL_ARG_TO, o->output ? b->outer[i] : b->inner[i]},
      {DNNL_ARG_SCRATCHPAD, b->pads[i]}};
  return dnnl_primitive_execute(o->reorder, stream, 3, arguments);
}

/// Copies the operands that all chunks share.
static dnnl_status_t copy_shared(
    const entry *e, const part *p, binding *b, dnnl_stream_t stream, const void *const pointers[], char *shared) {
  dnnl_status_t status = dnnl_success;
  for (int i = 0; i < p->count; i++) {
    const operand *o = &p->operands[i];
    if (o->block) {
      const vae_product *product = &e->id.product;
      vae_pair_rows(
          product->k, product->n, product->b_transposed, o->block, pointers[i],
          (uint16_t *)(shared + o->offset));
    }
    if (!o->reorder || !o->shared) continue;
    TRY(bind_operand(b, i, pointers[i], shared + o->offset));
    TRY(reorder(p, b, i, stream));
  }
done:
  return status;
}

static dnnl_status_t run_part(
    const part *p, binding *b, const workspace *w, const void *const pointers[], char *shared) {
  dnnl_status_t status = dnnl_success;
  dnnl_exec_arg_t arguments[MAXIMUM_OPERANDS + 1];
  for (int i = 0; i < p->count; i++) {
    const operand *o = &p->operands[i];
    TRY(bind_operand(b, i, pointers[i], (o->shared ? shared : w->scratch) + o->offset));
    if (o->reorder && !o->output && !o->shared) TRY(reorder(p, b, i, w->stream));
    arguments[i] = (dnnl_exec_arg_t){o->argument, is_copied(o) ? b->inner[i] : b->outer[i]};
  }
  arguments[p->count] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, b->scratchpad};
  TRY(dnnl_primitive_execute(p->primitive, w->stream, p->count + 1, arguments));
  for (int i = 0; i < p->count; i++)
    if (p->operands[i].reorder && p->operands[i].output) TRY(reorder(p, b, i, w->stream));
  status = dnnl_stream_wait(w->stream);
done:
  return status;
}

// What happens to a result while it is in the cache.
typedef struct {
  const float *bias;  // what is still to be added and applied
  vae_activation activation;
  float *result;
  uint16_t *rounded;  // a copy in bfloat16, or null
} ending;

/// Ends `count` elements of a result, whole rows from `first` on.
static void finish(const entry *e, const ending *end, int64_t first, int64_t count) {
  float *result = end->result + first;
  if (end->bias || end->activation != VAE_THEN_IDENTITY)
    vae_bias_activation_f32(
        result, end->bias, result, count / e->columns, e->columns, end->activation, e->id.slope);
  if (end->rounded) vae_bfloat16_from_f32(result, end->rounded + first, count);
}

/// Whether every chunk leaves whole rows of the result behind, one after the other.
static bool has_whole_rows(const entry *e) {
  return !e->partial && (e->axis == BATCH || e->axis == ROWS);
}

// One run: its chunks, and the memory of the thread that called.
typedef struct {
  entry *entry;
  const void *pointers[MAXIMUM_OPERANDS];
  const ending *ending;
  char *shared;
  atomic_int status;
} call;

/// Runs a chunk, or copies what the chunks of its size share.
static dnnl_status_t run_chunk(call *c, int64_t chunk, bool copies) {
  entry *e = c->entry;
  part *p = &e->parts[(chunk + 1) * e->step > e->extent];
  workspace *w = take_workspace(e->chunk_bytes);
  if (!w) return dnnl_out_of_memory;
  const void *pointers[MAXIMUM_OPERANDS];
  for (int i = 0; i < p->count; i++)
    pointers[i] = (const char *)c->pointers[i] + chunk * e->strides[i];
  // The slot is empty when two threads have the same one, or at first.
  binding *b = atomic_exchange(&p->bindings[w->slot], NULL);
  if (!b) b = make_binding(p);
  if (!b) return dnnl_out_of_memory;
  const int threads = set_openmp_threads(1);
  dnnl_status_t status = bind_pads(p, b, w->scratch);
  if (status == dnnl_success)
    status = copies ? copy_shared(e, p, b, w->stream, pointers, c->shared)
                    : run_part(p, b, w, pointers, c->shared);
  set_openmp_threads(threads);
  destroy_binding(atomic_exchange(&p->bindings[w->slot], b));
  return status;
}

static void run_chunks(void *context, int64_t begin, int64_t end) {
  call *c = context;
  for (int64_t i = begin; i < end; i++) {
    const dnnl_status_t status = run_chunk(c, i, false);
    if (status != dnnl_success) atomic_store(&c->status, status);
    else if (c->ending && has_whole_rows(c->entry)) {
      const entry *e = c->entry;
      const int64_t step = e->results / e->extent * e->step, first = i * step;
      finish(e, c->ending, first, step < e->results - first ? step : e->results - first);
    }
  }
}

// The partial results of chunks, added in their order.
typedef struct {
  const float *partial;
  float *sum;
  int64_t chunks, count;
  bool accumulate;
} addition;

static void add_partial(void *context, int64_t begin, int64_t end) {
  const addition *a = context;
  for (int64_t k = 0; k < a->chunks; k++) {
    const float *restrict from = a->partial + k * a->count;
    float *restrict to = a->sum;
    if (k > 0 || a->accumulate)
      for (int64_t i = begin; i < end; i++) to[i] += from[i];
    else
      for (int64_t i = begin; i < end; i++) to[i] = from[i];
  }
}

static float *take(size_t count, size_t *capacity) {
  return vae_pool_take(sizeof(float) * count, capacity);
}

/// Runs an entry on `pointers`, given in the order the operands were added; `end` may be null.
static int run(entry *e, const void *const pointers[], const ending *end) {
  const int64_t chunks = divide_up(e->extent, e->step);
  const int count = e->parts[0].count;
  vae_parallel_claim();
  const size_t chunk_bytes = (e->chunk_bytes + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
  workspace *w = take_workspace(chunk_bytes + e->shared_bytes);
  if (!w) return dnnl_out_of_memory;
  call c = {.entry = e, .ending = end, .shared = w->scratch + chunk_bytes};
  memcpy(c.pointers, pointers, sizeof *pointers * (size_t)count);
  dnnl_status_t status = dnnl_success;
  if (e->shared_bytes) {
    TRY(run_chunk(&c, 0, true));
    if (e->parts[1].primitive) TRY(run_chunk(&c, chunks - 1, true));
  }
  size_t bytes;
  float *partial = e->partial ? take((size_t)(chunks * e->partial), &bytes) : NULL;
  if (partial) c.pointers[count - 1] = partial;
  vae_parallel_for(chunks, 1, run_chunks, &c);
  if (partial) {
    const bool accumulate = e->id.kind == PRODUCT && e->id.product.accumulate;
    addition a = {partial, (float *)pointers[count - 1], chunks, e->partial, accumulate};
    vae_parallel_for(e->partial, 16384, add_partial, &a);
    vae_pool_give(partial, bytes);
  }
  status = (dnnl_status_t)atomic_load(&c.status);
  if (!status && end && !has_whole_rows(e)) finish(e, end, 0, e->results);
done:
  return status;
}

// --- Products --------------------------------------------------------------------------------------

enum { REFUSED = dnnl_unimplemented };

static bool are_known(vae_operand_format a, vae_operand_format b) {
  return a == b && (a == VAE_F32 || a == VAE_BF16);
}

vae_onednn_handle *vae_onednn_prepare_product(const vae_product *product, int has_bias) {
  // oneDNN divides by some sizes before it looks at them.
  if (product->batch < 1 || product->m < 1 || product->n < 1 || product->k < 1) return NULL;
  if (!are_known(product->a_format, product->b_format)) return NULL;
  key id;
  memset(&id, 0, sizeof id);
  id.kind = PRODUCT;
  id.bias = has_bias;
  memcpy(&id.product, product, sizeof *product);
  return hold(&id);
}

int vae_onednn_run_product(
    vae_onednn_handle *handle, const void *a, const void *b, const float *bias, float *c,
    uint16_t *rounded) {
  const void *with_bias[] = {a, b, bias, c}, *without[] = {a, b, c};
  const ending end = {NULL, VAE_THEN_IDENTITY, c, rounded};
  return run(handle, handle->id.bias ? with_bias : without, &end);
}

// --- Whether there is bfloat16 -----------------------------------------------------------------------

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

// --- Convolutions on products ----------------------------------------------------------------------

// Some images of a convolution.
typedef struct {
  int64_t first;
  vae_conv conv;
  bool is_short;  // fewer than the others: the last ones
} group;

static group some_images(const vae_conv *c, int64_t first, int64_t count) {
  group some = {first, *c, c->batch - first < count};
  some.conv.batch = some.is_short ? c->batch - first : count;
  return some;
}

/// Runs the product of some images; it is prepared at the first run.
static int run_part_product(
    entry *e, const group *some, const vae_product *p, const void *a, const void *b,
    const float *bias, float *c) {
  _Atomic(vae_onednn_handle *) *place = &e->products[some->first > 0][some->is_short];
  vae_onednn_handle *handle = atomic_load(place);
  if (!handle) {
    vae_onednn_handle *made = vae_onednn_prepare_product(p, bias != NULL);
    if (!made) return REFUSED;
    if (atomic_compare_exchange_strong(place, &handle, made)) handle = made;
    else vae_onednn_release(made);
  }
  return vae_onednn_run_product(handle, a, b, bias, c, NULL);
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

enum { PLANE_COUNT = 1 << 18 };  // elements of planes at a time, to stay in cache

/// Images whose planes are made at a time.
static int64_t plane_images(const vae_conv *c) {
  const int64_t image = c->ih * c->iw * c->oc * c->kh * c->kw;
  const int64_t images = PLANE_COUNT / image > 0 ? PLANE_COUNT / image : 1;
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
static int run_planes(entry *e, const float *x, const float *w, const float *dy, float *out) {
  const vae_conv *c = &e->id.conv;
  const operation kind = e->id.kind;
  const int64_t taps = c->kh * c->kw, count = plane_images(c), pixels = c->ih * c->iw;
  size_t plane_bytes, weight_bytes;
  float *planes = take((size_t)(count * pixels * taps * c->oc), &plane_bytes);
  float *weights = take((size_t)(taps * c->oc * c->ic), &weight_bytes);
  if (kind == FORWARD) permute_weights(c, w, weights, false);
  int status = 0;
  for (int64_t first = 0; first < c->batch && !status; first += count) {
    const group some = some_images(c, first, count);
    const vae_conv *part = &some.conv;
    const float *in = x + first * pixels * c->ic;
    vae_product p = {.batch = 1, .m = taps * c->oc};
    if (kind == FORWARD) {
      p.n = part->batch * pixels, p.k = c->ic, p.b_transposed = 1;
      status = run_part_product(e, &some, &p, weights, in, NULL, planes);
      if (!status) vae_sum_shifted_f32(part, planes, out + first * c->oh * c->ow * c->oc);
    } else {
      p.n = c->ic, p.k = part->batch * pixels, p.accumulate = first > 0;
      vae_shift_f32(part, dy + first * c->oh * c->ow * c->oc, planes);
      status = run_part_product(e, &some, &p, planes, in, NULL, weights);
    }
  }
  if (kind == BACKWARD_WEIGHTS) permute_weights(c, weights, out, true);
  vae_pool_give(planes, plane_bytes);
  vae_pool_give(weights, weight_bytes);
  return status;
}

enum { PATCH_COUNT = 1 << 23 };  // elements of patches at a time, some megabytes

/// Images whose patches are made at a time.
static int64_t patch_images(const vae_conv *c) {
  const int64_t image = c->oh * c->ow * c->ic * c->kh * c->kw;
  const int64_t images = PATCH_COUNT / image > 0 ? PATCH_COUNT / image : 1;
  return images < c->batch ? images : c->batch;
}

// A matrix per output channel, turned: [rows, columns] to [columns, rows].
typedef struct {
  size_t size;
  int64_t rows, columns;
  const char *from;
  char *to;
} turning;

static void turn_matrices(void *context, int64_t begin, int64_t end) {
  const turning *a = context;
  const int64_t dims[] = {end - begin, a->columns, a->rows};
  const int64_t strides[] = {a->rows * a->columns, 1, a->columns};
  const size_t offset = (size_t)(begin * a->rows * a->columns) * a->size;
  vae_strided_copy(a->size, 3, dims, strides, a->from + offset, a->to + offset);
}

/// The weights' [oc, ic, taps] as [oc, taps, ic], or back; elements have `size` bytes.
static void turn_weights(
    const vae_conv *c, size_t size, const void *from, void *to, bool back) {
  const int64_t taps = c->kh * c->kw;
  turning a = {size, back ? taps : c->ic, back ? c->ic : taps, from, to};
  vae_parallel_for(c->oc, divide_up(1 << 14, c->ic * taps), turn_matrices, &a);
}

/// The three operations on the patches of x, or of dx, a few images at a time.
///
/// Patches of bfloat16 are made by tap, which is the faster; the weights then follow.
static int run_patches(
    entry *e, const void *x, const void *w, const void *dy, const float *bias, float *out) {
  const key *id = &e->id;
  const vae_conv *c = &id->conv;
  const size_t size = element_size(id->format);
  const int64_t most = patch_images(c), patch = c->ic * c->kh * c->kw;
  const bool gradient = id->kind == BACKWARD_WEIGHTS, by_tap = id->format == VAE_BF16 && x;
  const bool turns = by_tap && c->ic > 1 && patch > c->ic;
  size_t bytes, weight_bytes;
  const size_t count = (size_t)(most * c->oh * c->ow * patch);
  void *patches = vae_pool_take(count * (x ? size : sizeof(float)), &bytes);
  void *weights = turns ? take((size_t)(c->oc * patch), &weight_bytes) : NULL;
  if (turns && !gradient) turn_weights(c, size, w, weights, false);
  const void *turned = turns ? weights : w;
  float *dw = turns ? weights : out;
  int status = 0;
  for (int64_t first = 0; first < c->batch && !status; first += most) {
    const group some = some_images(c, first, most);
    const vae_conv *part = &some.conv;
    const int64_t in = first * c->ih * c->iw * c->ic, result = first * c->oh * c->ow * c->oc;
    const char *image = x ? (const char *)x + (size_t)in * size : NULL;
    const char *slope = dy ? (const char *)dy + (size_t)result * size : NULL;
    vae_product p = patch_product(part, id->kind);
    p.a_format = p.b_format = id->format;
    if (by_tap) vae_patches_by_tap(size, part, image, patches);
    else if (x) vae_patches_f32(part, (const float *)image, patches);
    switch (id->kind) {
      case BACKWARD_DATA:
        status = run_part_product(e, &some, &p, slope, w, NULL, patches);
        if (!status) vae_patches_adjoint_f32(part, patches, out + in);
        break;
      case BACKWARD_WEIGHTS:
        p.accumulate = first > 0;
        status = run_part_product(e, &some, &p, slope, patches, NULL, dw);
        break;
      default:
        p.activation = id->activation, p.slope = id->slope;
        status = run_part_product(e, &some, &p, patches, turned, bias, out + result);
    }
  }
  if (turns && gradient) turn_weights(c, sizeof(float), weights, out, true);
  vae_pool_give(patches, bytes);
  if (turns) vae_pool_give(weights, weight_bytes);
  return status;
}

// --- Convolutions ----------------------------------------------------------------------------------

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
  return hold(&id);
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
    return run(handle, handle->id.bias ? with_bias : without, &end);
  }
  int status;
  if (handle->route == PLANES) {
    end.bias = bias, end.activation = handle->id.activation;
    status = run_planes(handle, x, w, NULL, y);
  } else {
    status = run_patches(handle, x, w, NULL, bias, y);
  }
  if (!status) finish(handle, &end, 0, handle->results);
  return status;
}

int vae_onednn_run_conv_backward_data(
    vae_onednn_handle *handle, const void *dy, const void *w, const float *bias, float *dx,
    uint16_t *rounded) {
  const ending end = {bias, handle->id.activation, dx, rounded};
  if (handle->route == DIRECT) return run(handle, (const void *[]){dy, w, dx}, &end);
  const int status = run_patches(handle, NULL, w, dy, NULL, dx);
  if (!status) finish(handle, &end, 0, handle->results);
  return status;
}

int vae_onednn_run_conv_backward_weights(
    vae_onednn_handle *handle, const void *x, const void *dy, float *dw) {
  switch (handle->route) {
    case PLANES: return run_planes(handle, x, NULL, dy, dw);
    case PATCHES: return run_patches(handle, x, NULL, dy, NULL, dw);
    case DIRECT: break;
  }
  return run(handle, (const void *[]){x, dy, dw}, NULL);
}

#endif
