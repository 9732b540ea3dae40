#define _GNU_SOURCE
#include "parallel.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#endif

enum {
  MAXIMUM_THREADS = 256,
  LINE = 128,  // bytes that two cores had better not share
  SPIN = 50000,  // nanoseconds: the kernels of a training step follow each other faster than that
  PATIENCE = 200000,  // nanoseconds of sleep, after which the caller fetches who is late
  STACK = 8 << 20,
};

// --- Sleep ---------------------------------------------------------------------------------------

// A thread that is about to sleep sets `asleep`, then looks once more for what it waits for; who
// brings it wakes those that are asleep afterwards, so that one of the two sees the other.
typedef struct {
  _Atomic uint32_t asleep;
#ifndef __linux__
  pthread_mutex_t mutex;
  pthread_cond_t condition;
#endif
} bed;

#ifdef __linux__
static void make_bed(bed *b) { atomic_store(&b->asleep, 0); }

/// Sleeps until somebody wakes it, or for a time if that is not 0.
static void lie(bed *b, int64_t time) {
  const struct timespec limit = {time / 1000000000, time % 1000000000};
  long status = 0;
  while (atomic_load(&b->asleep) && !(status && errno == ETIMEDOUT))
    status = syscall(SYS_futex, &b->asleep, FUTEX_WAIT_PRIVATE, 1, time ? &limit : NULL);
}

static void wake(bed *b) {
  if (atomic_load(&b->asleep) && atomic_exchange(&b->asleep, 0))
    syscall(SYS_futex, &b->asleep, FUTEX_WAKE_PRIVATE, 1);
}
#else
static void make_bed(bed *b) {
  atomic_store(&b->asleep, 0);
  pthread_mutex_init(&b->mutex, NULL);
  pthread_cond_init(&b->condition, NULL);
}

static void lie(bed *b, int64_t time) {
  (void)time;  // only of use where the caller can fetch who is late
  pthread_mutex_lock(&b->mutex);
  while (atomic_load(&b->asleep)) pthread_cond_wait(&b->condition, &b->mutex);
  pthread_mutex_unlock(&b->mutex);
}

static void wake(bed *b) {
  if (!atomic_load(&b->asleep) || !atomic_exchange(&b->asleep, 0)) return;
  pthread_mutex_lock(&b->mutex);
  pthread_cond_signal(&b->condition);
  pthread_mutex_unlock(&b->mutex);
}
#endif

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

/// Waits for a condition: on its feet for a moment, then in its bed. False if that took longer than
/// a time that is not 0.
static bool wait_until(bool (*holds)(int), int argument, bed *b, int64_t time) {
  const int64_t deadline = nanoseconds() + SPIN;
  do {
    for (int i = 0; i < 32; i++) {
      if (holds(argument)) return true;
      relax();
    }
  } while (nanoseconds() < deadline);
  do {
    atomic_store(&b->asleep, 1);
    if (!holds(argument)) lie(b, time);
  } while (!holds(argument) && !time);
  atomic_store(&b->asleep, 0);
  return holds(argument);
}

// --- The team ------------------------------------------------------------------------------------

typedef struct {
  vae_body body;
  void *context;
  int64_t count, grain;
  int members;
} loop;

// Each member starts with chunks of its own, the same ones in loops of the same shape, for the sake
// of its cache, and then takes what the others have left.
typedef struct {
  _Alignas(LINE) _Atomic int64_t next;  // chunk of its share
  int64_t end;
  atomic_bool inside;  // or at the gate
  atomic_int thread;   // its name in the system
  bed bed;
} member;

// The gate: members of a loop that has chunks left, else 0, above the workers that are inside. A
// worker enters an open gate only, and the caller leaves a loop when the gate is shut and nobody is
// inside: a late worker finds it shut, or the next loop's.
enum { INSIDE = 0xFFFF, MEMBERS_SHIFT = 16 };

static struct {
  _Alignas(LINE) _Atomic uint32_t gate;
  atomic_int core;  // the caller's, when it opened the gate
  _Alignas(LINE) loop loop;
  member members[MAXIMUM_THREADS];  // the caller is the first
  atomic_bool busy;
  int started;  // members that exist; only who is busy looks
} team;

static _Thread_local char self;
static _Thread_local bool nested;
static _Atomic(char *) owner;

static void run_chunk(const loop *l, int64_t i) {
  const int64_t begin = i * l->grain, rest = l->count - begin;
  l->body(l->context, begin, rest < l->grain ? l->count : begin + l->grain);
}

static void work(int me) {
  const loop l = team.loop;
  for (int i = 0; i < l.members; i++) {
    member *m = &team.members[(me + i) % l.members];
    while (atomic_load_explicit(&m->next, memory_order_relaxed) < m->end) {
      const int64_t chunk = atomic_fetch_add_explicit(&m->next, 1, memory_order_relaxed);
      if (chunk < m->end) run_chunk(&l, chunk);
    }
  }
}

static bool is_open(int me) { return (int)(atomic_load(&team.gate) >> MEMBERS_SHIFT) > me; }

static bool is_empty(int me) {
  (void)me;
  return atomic_load(&team.gate) == 0;
}

#ifdef __linux__
static int core(void) { return sched_getcpu(); }
static int thread_name(void) { return (int)syscall(SYS_gettid); }

/// Moves the calling thread off a core that it shares with the caller, where each keeps the other
/// from working: the scheduler may leave a new or woken thread there for a second.
static void make_way(int core) {
  cpu_set_t allowed, others;
  if (sched_getcpu() != core || sched_getaffinity(0, sizeof allowed, &allowed)) return;
  others = allowed;
  CPU_CLR(core, &others);
  if (!sched_setaffinity(0, sizeof others, &others)) sched_setaffinity(0, sizeof allowed, &allowed);
}

/// Brings the workers that are inside to the caller's core, where nobody keeps them from working
/// once the caller sleeps: elsewhere another process may run for milliseconds before it is their
/// turn.
static void fetch_late(int members) {
  cpu_set_t allowed, here;
  CPU_ZERO(&here);
  CPU_SET(sched_getcpu(), &here);
  for (int i = 1; i < members; i++) {
    const int thread = atomic_load(&team.members[i].thread);
    if (atomic_load(&team.members[i].inside) &&
        !sched_getaffinity(thread, sizeof allowed, &allowed) &&
        !sched_setaffinity(thread, sizeof here, &here))
      sched_setaffinity(thread, sizeof allowed, &allowed);
  }
}
#else
static int core(void) { return -1; }
static int thread_name(void) { return 0; }
static void make_way(int core) { (void)core; }
static void fetch_late(int members) { (void)members; }
#endif

static bool enter(int me) {
  uint32_t gate = atomic_load(&team.gate);
  while ((int)(gate >> MEMBERS_SHIFT) > me)
    if (atomic_compare_exchange_weak(&team.gate, &gate, gate + 1)) return true;
  return false;
}

/// Shuts the gate too: who leaves has found no chunk.
static void leave(void) {
  uint32_t gate = atomic_load(&team.gate);
  while (!atomic_compare_exchange_weak(&team.gate, &gate, (gate & INSIDE) - 1)) {}
  if ((gate & INSIDE) == 1) wake(&team.members[0].bed);
}

static void *serve(void *argument) {
  const int me = (int)(intptr_t)argument;
  member *m = &team.members[me];
  nested = true;
  atomic_store(&m->thread, thread_name());
  for (;;) {
    wait_until(is_open, me, &m->bed, 0);
    make_way(atomic_load_explicit(&team.core, memory_order_relaxed));
    atomic_store(&m->inside, true);
    if (enter(me)) {
      work(me);
      leave();
    }
    atomic_store(&m->inside, false);
  }
  return NULL;
}

/// Starts the worker `me`: it hears no signals but those of its own faults, and nobody waits for it.
static bool start(int me) {
  sigset_t all, before;
  sigfillset(&all);
  sigdelset(&all, SIGSEGV), sigdelset(&all, SIGBUS), sigdelset(&all, SIGILL);
  sigdelset(&all, SIGFPE), sigdelset(&all, SIGTRAP);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes)) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK);
  make_bed(&team.members[me].bed);
  pthread_t thread;
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int status = pthread_create(&thread, &attributes, serve, (void *)(intptr_t)me);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return status == 0;
}

static void share_out(int64_t chunks) {
  while (team.started < team.loop.members && start(team.started)) team.started++;
  if (team.loop.members > team.started) team.loop.members = team.started;
  const int members = team.loop.members;
  for (int64_t i = 0; i < members; i++) {
    atomic_store_explicit(&team.members[i].next, chunks * i / members, memory_order_relaxed);
    team.members[i].end = chunks * (i + 1) / members;
  }
  atomic_store_explicit(&team.core, core(), memory_order_relaxed);
  atomic_store(&team.gate, (uint32_t)members << MEMBERS_SHIFT);
  for (int i = 1; i < members; i++) wake(&team.members[i].bed);
  nested = true;
  const int64_t begin = nanoseconds();
  work(0);
  nested = false;
  atomic_fetch_and(&team.gate, INSIDE);
  const int64_t time = nanoseconds() - begin;
  if (wait_until(is_empty, 0, &team.members[0].bed, time > PATIENCE ? time : PATIENCE)) return;
  fetch_late(members);
  wait_until(is_empty, 0, &team.members[0].bed, 0);
}

// --- The functions of the header -----------------------------------------------------------------

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int requested;
static int default_threads;

/// The child of a fork has the calling thread alone.
static void forget_team(void) {
  atomic_store(&team.gate, 0);
  atomic_store(&team.busy, false);
  atomic_store(&owner, NULL);
  make_bed(&team.members[0].bed);
  team.started = 1;
}

static void prepare(void) {
  forget_team();
  pthread_atfork(NULL, NULL, forget_team);
  const char *wish = getenv("OMP_NUM_THREADS");
  long count = wish ? strtol(wish, NULL, 10) : 0;
#ifdef __linux__
  cpu_set_t allowed;
  if (count < 1 && !sched_getaffinity(0, sizeof allowed, &allowed)) count = CPU_COUNT(&allowed);
#endif
  if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);
  default_threads = count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : (int)count;
}

int vae_threads(void) {
  pthread_once(&once, prepare);
  const int count = atomic_load_explicit(&requested, memory_order_relaxed);
  return count ? count : default_threads;
}

void vae_set_threads(int count) {
  if (count > MAXIMUM_THREADS) count = MAXIMUM_THREADS;
  atomic_store_explicit(&requested, count < 1 ? 1 : count, memory_order_relaxed);
}

void vae_parallel_claim(void) {
  // In the midst of a loop the team is at work, for the thread that keeps it.
  if (!nested) atomic_store_explicit(&owner, &self, memory_order_relaxed);
}

static bool owns_team(void) {
  char *none = NULL;
  return atomic_load_explicit(&owner, memory_order_relaxed) == &self ||
         atomic_compare_exchange_strong(&owner, &none, &self);
}

void vae_parallel_for(int64_t count, int64_t grain, vae_body body, void *context) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  const int64_t chunks = (count - 1) / grain + 1;
  const int64_t threads = chunks > 1 ? vae_threads() : 1;
  const loop l = {body, context, count, grain, (int)(threads < chunks ? threads : chunks)};
  // Another thread may have claimed the team while its loop runs on.
  if (l.members > 1 && !nested && owns_team() && !atomic_exchange(&team.busy, true)) {
    team.loop = l;
    share_out(chunks);
    atomic_store_explicit(&team.busy, false, memory_order_release);
  } else {
    for (int64_t i = 0; i < chunks; i++) run_chunk(&l, i);
  }
}
