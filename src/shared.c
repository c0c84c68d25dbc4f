/* SPDX-License-Identifier: MIT */
/* The table by which another shared object of the library finds the core's functions. */
#include "shared.h"

const Shared ps_shared = {.version = PYSOCKET_VERSION,
#define RESULT(type, name, parameters, arguments) .name = name,
#define VOID(name, parameters, arguments) .name = name,
                          PS_SHARED(RESULT, VOID) PS_SHARED_TEXTS(RESULT)
#undef RESULT
#undef VOID
};
