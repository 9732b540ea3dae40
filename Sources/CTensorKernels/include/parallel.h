// Parallel loops on one team of threads, which everything shares: oneDNN runs inside the loops, on
// one thread each.
//
// A second team would fight the first for the same cores. Members take chunks as they get to them,
// so that one whose core serves another process keeps nobody waiting but for the chunk it holds.
// They wait for the next loop on their feet for some 50 microseconds, and then sleep.
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
/// Inside a loop it does nothing.
void vae_parallel_claim(void);

/// Threads a parallel loop of the calling thread uses.
int vae_threads(void);

/// Sets it, from 1 to 256; at first it is OMP_NUM_THREADS, else the processors the process may use.
void vae_set_threads(int count);

#ifdef __cplusplus
}
#endif
