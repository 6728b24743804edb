/* The kernel for any processor. */
#ifndef RAQUET_ENGINE_MATCH_KERNEL_PORTABLE_H
#define RAQUET_ENGINE_MATCH_KERNEL_PORTABLE_H

#include "engine/match/kernel.h"

kernel_run kernel_run_portable;

#endif
