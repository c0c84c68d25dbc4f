/* SPDX-License-Identifier: MIT */
/* In the shared object of TLS alone: the core's functions, each a call through the table that the world has. */
#include "../shared.h"

#define SHARED(L) (ps_world(L)->shared)

#define RESULT(type, name, parameters, arguments) \
  type name parameters { return SHARED(L)->name arguments; }
#define VOID(name, parameters, arguments) \
  void name parameters { SHARED(L)->name arguments; }
PS_SHARED(RESULT, VOID)
#undef RESULT

#define RESULT(type, name, parameters, arguments)          \
  type name parameters {                                   \
    va_list given;                                         \
    va_start(given, format);                               \
    const char *text = lua_pushvfstring(L, format, given); \
    va_end(given);                                         \
    type result = SHARED(L)->name arguments;               \
    lua_remove(L, -2);                                     \
    return result;                                         \
  }
PS_SHARED_TEXTS(RESULT)
