/* SPDX-License-Identifier: MIT */
/* The table in which another shared object of the library finds the functions of the core. */
#include "shared.h"

/* clang-format off */
#define RESULT(type, name, parameters, arguments) .name = name,
#define CALL(name, parameters, arguments) .name = name,
const Shared ps_shared = {
    .version = PYSOCKET_VERSION,
    PS_SHARED(RESULT, CALL)
    PS_SHARED_RAISING(CALL)
    .ps_arg_error = ps_arg_error,
    .ps_error_push_class = ps_error_push_class,
};
/* clang-format on */
