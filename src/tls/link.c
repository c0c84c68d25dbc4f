/* SPDX-License-Identifier: MIT */
/* For the shared object of TLS only: the core's functions, which call the core through a table in the world. */
#include <stdlib.h>

#include "../shared.h"

#define SHARED(L) (ps_world(L)->shared)

#define RESULT(type, name, parameters, arguments) \
  type name parameters { return SHARED(L)->name arguments; }
#define CALL(name, parameters, arguments) \
  void name parameters { SHARED(L)->name arguments; }
PS_SHARED(RESULT, CALL)

#define RAISES(name, parameters, arguments) \
  int name parameters {                     \
    SHARED(L)->name arguments;              \
    abort(); /* it is never reached */      \
  }
PS_SHARED_RAISING(RAISES)

int ps_arg_error(lua_State *L, int arg, const char *format, ...) {
  va_list given;
  va_start(given, format);
  const char *text = lua_pushvfstring(L, format, given);
  va_end(given);
  SHARED(L)->ps_arg_error(L, arg, "%s", text);
  abort(); /* it is never reached */
}

int ps_error_push_class(lua_State *L, const char *class, const char *call, const char *format, ...) {
  va_list given;
  va_start(given, format);
  const char *text = lua_pushvfstring(L, format, given);
  va_end(given);
  SHARED(L)->ps_error_push_class(L, class, call, "%s", text);
  lua_remove(L, -2);
  return PS_ERROR;
}
