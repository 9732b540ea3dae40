// How does an operation run, chunk by chunk?

#ifdef VAE_ONEDNN

#include "operation.h"

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
    TRY(onednn_bind_operand(b, i, pointers[i], shared + o->offset));
    TRY(onednn_reorder(p, b, i, stream));
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
    TRY(onednn_bind_operand(b, i, pointers[i], (o->shared ? shared : w->scratch) + o->offset));
    if (o->reorder && !o->output && !o->shared) TRY(onednn_reorder(p, b, i, w->stream));
    arguments[i] = (dnnl_exec_arg_t){o->argument, is_copied(o) ? b->inner[i] : b->outer[i]};
  }
  arguments[p->count] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, b->scratchpad};
  TRY(dnnl_primitive_execute(p->primitive, w->stream, p->count + 1, arguments));
  for (int i = 0; i < p->count; i++)
    if (p->operands[i].reorder && p->operands[i].output) TRY(onednn_reorder(p, b, i, w->stream));
  status = dnnl_stream_wait(w->stream);
done:
  return status;
}

/// Ends `count` elements of a result, whole rows from `first` on.
void onednn_finish(const entry *e, const ending *end, int64_t first, int64_t count) {
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
  workspace *w = onednn_take_workspace(e->chunk_bytes);
  if (!w) return dnnl_out_of_memory;
  const void *pointers[MAXIMUM_OPERANDS];
  for (int i = 0; i < p->count; i++)
    pointers[i] = (const char *)c->pointers[i] + chunk * e->strides[i];
  // The slot is empty when two threads have the same one, or at first.
  binding *b = atomic_exchange(&p->bindings[w->slot], NULL);
  if (!b) b = onednn_make_binding(p);
  if (!b) return dnnl_out_of_memory;
  const int threads = onednn_set_openmp_threads(1);
  dnnl_status_t status = onednn_bind_pads(p, b, w->scratch);
  if (status == dnnl_success)
    status = copies ? copy_shared(e, p, b, w->stream, pointers, c->shared)
                    : run_part(p, b, w, pointers, c->shared);
  onednn_set_openmp_threads(threads);
  onednn_destroy_binding(atomic_exchange(&p->bindings[w->slot], b));
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
      onednn_finish(e, c->ending, first, step < e->results - first ? step : e->results - first);
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

/// Runs an entry on `pointers`, given in the order the operands were added; `end` may be null.
int onednn_run(entry *e, const void *const pointers[], const ending *end) {
  const int64_t chunks = divide_up(e->extent, e->step);
  const int count = e->parts[0].count;
  vae_parallel_claim();
  const size_t chunk_bytes = (e->chunk_bytes + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
  workspace *w = onednn_take_workspace(chunk_bytes + e->shared_bytes);
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
  if (!status && end && !has_whole_rows(e)) onednn_finish(e, end, 0, e->results);
done:
  return status;
}

#endif
