#include "CTensorKernels.h"

int vae_has_wide_vectors(void) {
#if defined(__x86_64__) && defined(__linux__)
  return __builtin_cpu_supports("x86-64-v4") != 0;
#else
  return 0;
#endif
}
