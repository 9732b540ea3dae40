// One body, compiled for several processors; the loader picks the best one.
#pragma once

// The thread sanitizer is not ready yet when the loader asks.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VAE_CLONES
#endif
#endif

#if defined(VAE_CLONES)
#elif defined(__x86_64__) && defined(__linux__)
#define VAE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VAE_CLONES
#endif
