/* The kernels for 64-bit x86; elsewhere there are none. */
#ifndef RAQUET_ENGINE_MATCH_KERNEL_X86_H
#define RAQUET_ENGINE_MATCH_KERNEL_X86_H

#include "engine/match/kernel.h"

#if defined(__x86_64__)

kernel_run kernel_run_avx2, kernel_run_avx512;

#endif

#endif
