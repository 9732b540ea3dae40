// A prepared operation, and who does what with it: shared by the files of this module alone.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "versions.h"

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

static inline bool is_copied(const operand *o) { return o->reorder || o->block; }

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

enum {
  TILE = 32,   // rows of a that a bfloat16 kernel takes at a time
  LANES = 16,  // of a vector: rows of a chunk
};

enum { REFUSED = dnnl_unimplemented };

static inline bool are_known(vae_operand_format a, vae_operand_format b) {
  return a == b && (a == VAE_F32 || a == VAE_BF16);
}

static inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static inline float *take(size_t count, size_t *capacity) {
  return vae_pool_take(sizeof(float) * count, capacity);
}

// --- One thread (one_thread.c) -------------------------------------------------------------------

/// Sets OpenMP's count of the calling thread, unless it is that already, and returns what it was.
int onednn_set_openmp_threads(int count);

// --- Looking up (cache.c) ------------------------------------------------------------------------

extern dnnl_engine_t onednn_engine;

/// The entry of `id`, held for the caller; null when oneDNN refuses it.
entry *onednn_hold(const key *id);

// --- Making primitives (primitive.c, product_primitive.c, convolution_primitive.c) ----------------

bool onednn_packs_rounded(const key *id);
bool onednn_packs_large(const key *id);
int64_t onednn_block_columns(const void *l, int64_t k, int64_t n);
dnnl_status_t onednn_make_primitive(entry *e, part *p, const_dnnl_primitive_desc_t description);
dnnl_status_t onednn_add_operand(
    entry *e, part *p, int argument, layout *outer, dnnl_query_t query, bool output);
dnnl_status_t onednn_make_attributes(
    dnnl_primitive_attr_t *attributes, vae_activation activation, float slope, bool accumulate);
dnnl_status_t onednn_build_product(entry *e, part *part, int64_t size);
dnnl_status_t onednn_build_convolution(entry *e, part *p, int64_t images);

// --- Deciding (splitting.c, routes.c) -------------------------------------------------------------

void onednn_plan_product(entry *e);
void onednn_plan_convolution(entry *e);
route onednn_choose_route(const key *id);

// --- Memory objects (bindings.c) ------------------------------------------------------------------

// What a thread runs primitives with. The scratch memory only grows.
typedef struct {
  dnnl_stream_t stream;
  char *scratch;
  size_t size;
  int slot;  // where it keeps its bindings
} workspace;

workspace *onednn_take_workspace(size_t bytes);
binding *onednn_make_binding(const part *p);
void onednn_destroy_binding(binding *b);
dnnl_status_t onednn_bind_pads(const part *p, binding *b, char *scratch);
dnnl_status_t onednn_bind_operand(binding *b, int i, const void *data, void *copy);
dnnl_status_t onednn_reorder(const part *p, const binding *b, int i, dnnl_stream_t stream);

// --- Running (running.c, convolution_products.c) ---------------------------------------------------

// What happens to a result while it is in the cache.
typedef struct {
  const float *bias;  // what is still to be added and applied
  vae_activation activation;
  float *result;
  uint16_t *rounded;  // a copy in bfloat16, or null
} ending;

void onednn_finish(const entry *e, const ending *end, int64_t first, int64_t count);
int onednn_run(entry *e, const void *const pointers[], const ending *end);
int onednn_run_planes(entry *e, const float *x, const float *w, const float *dy, float *out);
int onednn_run_patches(
    entry *e, const void *x, const void *w, const void *dy, const float *bias, float *out);
