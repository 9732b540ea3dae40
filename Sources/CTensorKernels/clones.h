// One body, compiled for several processors; the loader picks the best one.
#pragma once

#if defined(__x86_64__) && defined(__linux__)
#define VAE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VAE_CLONES
#endif
