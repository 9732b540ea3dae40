// Counts what a process asks of the heap. Only the benchmark links this.
#pragma once

#include <stdint.h>

/// Begins to count from nothing, or ends counting.
void vae_count_allocations(int32_t counts);

/// How many blocks were asked of the heap while it counted, by any thread and any library of the
/// process; -1 where the C library offers no way to count.
int64_t vae_allocations(void);
