#define _GNU_SOURCE
// A pool of aligned blocks, so that a training step allocates nothing after the first.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "CTensorKernels.h"

// Under the address sanitizer, only what was asked for may be touched, not the whole block.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define CLOSE(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define OPEN(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#endif
#endif
#ifndef CLOSE
#define CLOSE(memory, size) (void)(memory)
#define OPEN(memory, size) (void)(memory)
#endif

// Four size classes to each power of two keep the waste under a quarter.
enum { CLASSES = 4 * 48, ALIGNMENT = 64, SMALLEST = 256, HUGE = 1 << 21 };

typedef struct block { struct block *next; } block;

static block *waiting[CLASSES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t system_allocations, bytes_held;

static int class_of(size_t bytes, size_t *capacity) {
  if (bytes < SMALLEST) bytes = SMALLEST;
  int power = 63 - __builtin_clzll(bytes);
  size_t base = (size_t)1 << power, step = base / 4;
  int quarter = (int)((bytes - base + step - 1) / step);
  *capacity = base + (size_t)quarter * step;
  return (power - 8) * 4 + quarter;
}

static size_t capacity_of(int class) {
  size_t base = (size_t)1 << (class / 4 + 8);
  return base + (size_t)(class % 4) * (base / 4);
}

// Large blocks ask for large pages, where a pass over them misses fewer addresses.
static void *allocate(size_t capacity) {
  void *memory = aligned_alloc(capacity >= 4 * HUGE ? HUGE : ALIGNMENT, capacity);
#ifdef MADV_HUGEPAGE
  if (memory && capacity >= 4 * HUGE) madvise(memory, capacity, MADV_HUGEPAGE);
#endif
  return memory;
}

void *vae_pool_take(size_t bytes, size_t *capacity) {
  int class = class_of(bytes, capacity);
  pthread_mutex_lock(&lock);
  // A waiting block up to twice the size serves too: the short last batch of an epoch and the
  // batches of a validation then live in the memory of the training's.
  block *found = NULL;
  for (int c = class; c <= class + 4 && c < CLASSES && !found; c++) {
    if (!(found = waiting[c])) continue;
    waiting[c] = found->next;
    *capacity = capacity_of(c);
  }
  if (!found) {
    system_allocations += 1;
    bytes_held += *capacity;
  }
  pthread_mutex_unlock(&lock);
  void *memory = found ? found : allocate(*capacity);
  if (!memory) {
    fprintf(stderr, "no memory for a tensor of %zu bytes\n", bytes);
    abort();
  }
  OPEN(memory, bytes);
  CLOSE((char *)memory + bytes, *capacity - bytes);
  return memory;
}

void vae_pool_give(void *memory, size_t capacity) {
  size_t same;
  int class = class_of(capacity, &same);
  block *given = memory;
  CLOSE(memory, capacity);
  OPEN(given, sizeof *given);
  pthread_mutex_lock(&lock);
  given->next = waiting[class];
  waiting[class] = given;
  pthread_mutex_unlock(&lock);
}

void vae_pool_trim(void) {
  pthread_mutex_lock(&lock);
  for (int class = 0; class < CLASSES; class++) {
    while (waiting[class]) {
      block *b = waiting[class];
      waiting[class] = b->next;
      bytes_held -= capacity_of(class);
      OPEN(b, capacity_of(class));
      free(b);
    }
  }
  pthread_mutex_unlock(&lock);
}

uint64_t vae_pool_system_allocations(void) {
  pthread_mutex_lock(&lock);
  uint64_t count = system_allocations;
  pthread_mutex_unlock(&lock);
  return count;
}

uint64_t vae_pool_bytes(void) {
  pthread_mutex_lock(&lock);
  uint64_t count = bytes_held;
  pthread_mutex_unlock(&lock);
  return count;
}
