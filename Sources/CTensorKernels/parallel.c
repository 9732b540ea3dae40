#define _GNU_SOURCE
#include "parallel.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

// libgomp is found at run time: the package then needs no linker flag for it, and works without.
typedef struct {
  void (*parallel)(void (*)(void *), void *, unsigned, unsigned);
  int (*thread)(void), (*team)(void), (*maximum)(void), (*nested)(void);
  void (*set_maximum)(int);
} team_library;

static team_library gomp;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int requested;  // 0: libgomp's own choice

// libgomp gives each calling thread a team of its own, and two teams spin against each other: so one
// thread at a time has the team, and the loops of others run on themselves.
static _Thread_local char self;
static _Atomic(char *) owner;

void vae_parallel_claim(void) {
  atomic_store_explicit(&owner, &self, memory_order_relaxed);
  vae_threads();  // so that oneDNN finds the count that was asked for
}

static int owns_team(void) {
  char *none = NULL;
  return atomic_load_explicit(&owner, memory_order_relaxed) == &self ||
         atomic_compare_exchange_strong(&owner, &none, &self);
}

static void *symbol(const char *name) { return dlsym(RTLD_DEFAULT, name); }

static void find_library(void) {
  // Where nothing linked it, it is often installed all the same.
  if (!symbol("GOMP_parallel") && !dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL)) return;
  gomp.thread = (int (*)(void))symbol("omp_get_thread_num");
  gomp.team = (int (*)(void))symbol("omp_get_num_threads");
  gomp.maximum = (int (*)(void))symbol("omp_get_max_threads");
  gomp.nested = (int (*)(void))symbol("omp_in_parallel");
  gomp.set_maximum = (void (*)(int))symbol("omp_set_num_threads");
  if (!gomp.thread || !gomp.team || !gomp.maximum || !gomp.nested || !gomp.set_maximum) return;
  gomp.parallel = (void (*)(void (*)(void *), void *, unsigned, unsigned))symbol("GOMP_parallel");
}

int vae_threads(void) {
  pthread_once(&once, find_library);
  if (!gomp.parallel) return 1;
  const int count = atomic_load_explicit(&requested, memory_order_relaxed);
  // libgomp keeps the count of each thread apart; oneDNN reads it there.
  if (count && gomp.maximum() != count) gomp.set_maximum(count);
  return gomp.maximum();
}

void vae_set_threads(int count) {
  atomic_store_explicit(&requested, count < 1 ? 1 : count, memory_order_relaxed);
}

typedef struct {
  vae_body body;
  void *context;
  int64_t count, grain, chunks;
} loop;

static void run_chunks(const loop *l, int64_t first, int64_t last) {
  for (int64_t i = first; i < last; i++) {
    const int64_t begin = i * l->grain, end = begin + l->grain;
    l->body(l->context, begin, end < l->count ? end : l->count);
  }
}

static void run_share(void *data) {
  const loop *l = data;
  // The team may be smaller than asked for, so each member asks for its size.
  const int64_t member = gomp.thread(), members = gomp.team();
  run_chunks(l, l->chunks * member / members, l->chunks * (member + 1) / members);
}

void vae_parallel_for(int64_t count, int64_t grain, vae_body body, void *context) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  loop l = {body, context, count, grain, (count + grain - 1) / grain};
  int64_t threads = l.chunks > 1 && owns_team() ? vae_threads() : 1;
  if (threads > l.chunks) threads = l.chunks;
  if (threads > 1 && !gomp.nested())
    gomp.parallel(run_share, &l, (unsigned)threads, 0);
  else
    run_chunks(&l, 0, l.chunks);
}
