// The C library's allocation functions, with a counter in front.
//
// A program may define `malloc` and its relatives itself (glibc's manual, "Replacing malloc"); every
// library of the process then calls these. The memory is glibc's own, so that `free` stays as it is.

#include "CAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

// Sanitizers replace the same functions.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

static atomic_int counting;
static atomic_llong allocations;

void vae_count_allocations(int32_t counts) {
  if (counts) atomic_store(&allocations, 0);
  atomic_store(&counting, counts);
}

int64_t vae_allocations(void) { return atomic_load(&allocations); }

// Outside of counted steps this costs a load.
static void count(void) {
  if (!atomic_load_explicit(&counting, memory_order_relaxed)) return;
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) || alignment & (alignment - 1) || !alignment) return EINVAL;
  void *block = memalign(alignment, size);
  if (!block) return ENOMEM;
  *memory = block;
  return 0;
}

#else

void vae_count_allocations(int32_t counts) { (void)counts; }

int64_t vae_allocations(void) { return -1; }

#endif
