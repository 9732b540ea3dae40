#define _GNU_SOURCE
// How is oneDNN kept to one thread?

#ifdef VAE_ONEDNN

#include <dlfcn.h>
#include <pthread.h>

#include "operation.h"

// Our own loops share out the work, so oneDNN must not do so as well. It asks OpenMP, whose count is
// kept for each thread apart, when it makes a primitive and when it runs one. OpenMP is found at run
// time: a oneDNN that was built without it needs nothing.
static struct {
  int (*threads)(void);
  void (*set_threads)(int);
} openmp;

static void prepare(void) {

  openmp.threads = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  openmp.set_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
}

/// Sets the count of the calling thread, unless it is that already, and returns what it was.
int onednn_set_openmp_threads(int count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  if (!openmp.threads || !openmp.set_threads) return count;
  const int before = openmp.threads();
  if (before != count) openmp.set_threads(count);
  return before;
}

#endif
