// Loops over what fills the vector registers: counts that the compiler knows.
#pragma once

#define UNROLL _Pragma("clang loop unroll(full)")

/// Calls f with `count`, from 1 to 6, as a constant in its last argument.
#define WITH_CONSTANT(count, f, ...)               \
  switch (count) {                                 \
    case 1: f(__VA_ARGS__, 1); APART(1); break;    \
    case 2: f(__VA_ARGS__, 2); APART(2); break;    \
    case 3: f(__VA_ARGS__, 3); APART(3); break;    \
    case 4: f(__VA_ARGS__, 4); APART(4); break;    \
    case 5: f(__VA_ARGS__, 5); APART(5); break;    \
    default: f(__VA_ARGS__, 6); APART(6);          \
  }
// Keeps compilers from joining the ends of the cases, for which they would leave a sum in memory.
#define APART(count) __asm__ volatile("" ::"i"(count))
