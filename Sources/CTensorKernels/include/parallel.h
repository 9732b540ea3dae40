// Parallel loops on the thread team that oneDNN uses.
//
// A second pool would fight the first for the same cores, so the loops run on libgomp's team where
// the process has libgomp, and on the calling thread where it has not.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Works on [begin, end).
typedef void (*vae_body)(void *context, int64_t begin, int64_t end);

/// Calls `body` for each chunk [i * grain, min((i + 1) * grain, count)), in parallel.
///
/// The chunks never depend on the number of threads, so a body that keeps one partial result a
/// chunk gives the same bits on any machine. One thread has the team: the first that calls, until
/// another claims it. Calls from other threads, and nested ones, run on the thread they come from.
void vae_parallel_for(int64_t count, int64_t grain, vae_body body, void *context);

/// Gives the team to the calling thread, as each dense product does: where they run, training runs.
void vae_parallel_claim(void);

/// Threads a parallel loop of the calling thread uses.
int vae_threads(void);

/// Sets the number of threads for parallel loops and oneDNN; values below 1 count as 1.
void vae_set_threads(int count);

#ifdef __cplusplus
}
#endif
