// What memory objects does a thread run primitives with?

#ifdef VAE_ONEDNN

#include <pthread.h>

#include "operation.h"

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
workspace *onednn_take_workspace(size_t bytes) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static atomic_uint threads;
  workspace *w = &own;
  if (!w->stream) {
    pthread_once(&once, make_leaving);
    if (dnnl_stream_create(&w->stream, onednn_engine, dnnl_stream_default_flags)) return NULL;
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

binding *onednn_make_binding(const part *p) {
  binding *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  dnnl_status_t status = dnnl_success;
  for (int i = 0; i < p->count; i++) {
    const operand *o = &p->operands[i];
    TRY(dnnl_memory_create(&b->outer[i], REF(o->outer), onednn_engine, DNNL_MEMORY_NONE));
    if (!is_copied(o)) continue;
    TRY(dnnl_memory_create(&b->inner[i], o->inner, onednn_engine, DNNL_MEMORY_NONE));
    if (!o->reorder) continue;
    TRY(dnnl_memory_create(&b->pads[i], o->reorder_pad, onednn_engine, DNNL_MEMORY_NONE));
  }
  TRY(dnnl_memory_create(&b->scratchpad, p->pad, onednn_engine, DNNL_MEMORY_NONE));
  return b;
done:
  onednn_destroy_binding(b);
  return NULL;
}

/// Points the pads into the scratch memory.
dnnl_status_t onednn_bind_pads(const part *p, binding *b, char *scratch) {
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
dnnl_status_t onednn_bind_operand(binding *b, int i, const void *data, void *copy) {
  dnnl_status_t status = dnnl_success;
  TRY(dnnl_memory_set_data_handle(b->outer[i], (void *)data));
  if (!b->inner[i] || b->data[i] == copy) return status;
  TRY(dnnl_memory_set_data_handle(b->inner[i], copy));
  b->data[i] = copy;
done:
  return status;
}

dnnl_status_t onednn_reorder(const part *p, const binding *b, int i, dnnl_stream_t stream) {
  const operand *o = &p->operands[i];
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_FROM, o->output ? b->inner[i] : b->outer[i]},
      {DNNL_ARG_TO, o->output ? b->outer[i] : b->inner[i]},
      {DNNL_ARG_SCRATCHPAD, b->pads[i]}};
  return dnnl_primitive_execute(o->reorder, stream, 3, arguments);
}

void onednn_destroy_binding(binding *b) {
  if (!b) return;
  for (int i = 0; i < MAXIMUM_OPERANDS; i++) {
    if (b->outer[i]) dnnl_memory_destroy(b->outer[i]);
    if (b->inner[i]) dnnl_memory_destroy(b->inner[i]);
    if (b->pads[i]) dnnl_memory_destroy(b->pads[i]);
  }
  if (b->scratchpad) dnnl_memory_destroy(b->scratchpad);
  free(b);
}

#endif
