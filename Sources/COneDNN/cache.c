// Which prepared operations are there, and how are they made and let go?

#ifdef VAE_ONEDNN

#include <pthread.h>

#include "operation.h"

dnnl_engine_t onednn_engine;
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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of the table, and of making entries

static void take_lock(void) { pthread_mutex_lock(&lock); }
static void give_lock(void) { pthread_mutex_unlock(&lock); }

static void prepare_fork(void) {
  // The child of a fork finds the lock free.
  pthread_atfork(take_lock, give_lock, give_lock);
}

static void destroy(entry *e) {
  for (int k = 0; k < 2; k++) {
    part *p = &e->parts[k];
    for (int i = 0; i < BINDINGS; i++) onednn_destroy_binding(atomic_load(&p->bindings[i]));
    for (int i = 0; i < p->count; i++) {
      if (p->operands[i].reorder) dnnl_primitive_destroy(p->operands[i].reorder);
      release_layout(&p->operands[i].outer);
    }
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (int i = 0; i < 2; i++) vae_onednn_release(atomic_load(&e->products[k][i]));
  }
  free(e);
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
  if (!product) e->route = onednn_choose_route(&e->id);
  if (e->route != DIRECT) return dnnl_success;
  if (product) onednn_plan_product(e);
  else onednn_plan_convolution(e);
  dnnl_status_t status = dnnl_success;
  const int64_t sizes[] = {e->step, e->extent % e->step};
  for (int i = 0; i < 2 && sizes[i] && !status; i++)
    status = product ? onednn_build_product(e, &e->parts[i], sizes[i])
                     : onednn_build_convolution(e, &e->parts[i], sizes[i]);
  return status;
}

static entry *make(const key *id, uint64_t hash) {
  if (!onednn_engine && dnnl_engine_create(&onednn_engine, dnnl_cpu, 0) != dnnl_success) return NULL;
  entry *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->id = *id;
  e->hash = hash;
  e->holders = 1;  // the table
  const int threads = onednn_set_openmp_threads(1);
  const dnnl_status_t status = build(e);
  onednn_set_openmp_threads(threads);
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
entry *onednn_hold(const key *id) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare_fork);
  pthread_mutex_lock(&lock);
  entry *e = find(id);
  if (e) atomic_fetch_add(&e->holders, 1);
  pthread_mutex_unlock(&lock);
  return e;
}

void vae_onednn_release(vae_onednn_handle *handle) {
  if (handle && atomic_fetch_sub(&handle->holders, 1) == 1) destroy(handle);
}

#endif
