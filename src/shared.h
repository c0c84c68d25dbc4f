/* SPDX-License-Identifier: MIT */
/*
** The functions of the core that another shared object of the library needs (tls/). The loader does not give that
** object the symbols of the core, so the world of a state has a table of the functions, and tls/link.c defines each of
** them as a call through the table. In the archives, the linker finds the functions themselves.
*/
#ifndef PS_SHARED_H
#define PS_SHARED_H

#include "buffer.h"

/* RESULT(type, name, parameters, arguments) for functions that return a value, CALL(name, parameters, arguments) for
   others */
#define PS_SHARED(RESULT, CALL)                                                                                       \
  CALL(ps_register, (lua_State * L, int index, const luaL_Reg *functions, int flags), (L, index, functions, flags))   \
  CALL(ps_function_push, (lua_State * L, const char *name, lua_CFunction f, int flags, int own),                      \
       (L, name, f, flags, own))                                                                                      \
  CALL(ps_operations_register, (lua_State * L, int index, const Operation *operations, int flags),                    \
       (L, index, operations, flags))                                                                                 \
  CALL(ps_class_push, (lua_State * L, const char *name), (L, name))                                                   \
  CALL(ps_where_push, (lua_State * L), (L))                                                                           \
  CALL(ps_timeout_push, (lua_State * L, int64_t ns), (L, ns))                                                         \
  CALL(ps_options_read, (lua_State * L, int first, int positional, const char *list), (L, first, positional, list))   \
  CALL(ps_socket_dress, (lua_State * L, int index), (L, index))                                                       \
  RESULT(int, ps_scheduler_closing, (lua_State * L, sys_fd fd), (L, fd))                                              \
  RESULT(int, ps_error_is, (lua_State * L, int index), (L, index))                                                    \
  RESULT(int, ps_concat, (lua_State * L), (L))                                                                        \
  RESULT(size_t, ps_buffer_held, (lua_State * L, int socket), (L, socket))                                            \
  RESULT(char *, ps_scratch, (lua_State * L, size_t size), (L, size))                                                 \
  RESULT(Socket *, ps_socket_new, (lua_State * L, int family, int type, int proto, int values),                       \
         (L, family, type, proto, values))                                                                            \
  RESULT(int, ps_error_push, (lua_State * L, int code, const char *call, int address), (L, code, call, address))      \
  RESULT(const char *, ps_type_name, (lua_State * L, int arg), (L, arg))                                              \
  RESULT(lua_Integer, ps_odd_integer, (lua_State * L, int arg, const char *what, lua_Integer min, lua_Integer max),   \
         (L, arg, what, min, max))                                                                                    \
  RESULT(int, ps_check_int, (lua_State * L, int arg, const char *what), (L, arg, what))                               \
  RESULT(int, ps_opt_int, (lua_State * L, int arg, const char *what, int absent), (L, arg, what, absent))             \
  RESULT(const char *, ps_check_string, (lua_State * L, int arg, const char *what, size_t *len), (L, arg, what, len)) \
  RESULT(const char *, ps_check_name, (lua_State * L, int arg, const char *what), (L, arg, what))                     \
  RESULT(const char *, ps_check_buffer, (lua_State * L, int arg, const char *what, size_t *len), (L, arg, what, len)) \
  RESULT(char *, ps_check_writable, (lua_State * L, int arg, const char *what, size_t *len), (L, arg, what, len))

/* The functions that always raise an error, and are declared _Noreturn. */
#define PS_SHARED_RAISING(RAISES)                                                                            \
  RAISES(ps_error_raise, (lua_State * L, int code, const char *call, int address), (L, code, call, address)) \
  RAISES(ps_type_error, (lua_State * L, int arg, const char *expected), (L, arg, expected))

typedef struct Shared {
  const char *version; /* the version of the library: the structures of another version differ */
#define RESULT(type, name, parameters, arguments) type(*name) parameters;
#define CALL(name, parameters, arguments) void(*name) parameters;
  PS_SHARED(RESULT, CALL)
#undef RESULT
#define RAISES(name, parameters, arguments) int(*name) parameters;
  PS_SHARED_RAISING(RAISES)
#undef RAISES
#undef CALL
  int (*ps_arg_error)(lua_State *L, int arg, const char *format, ...);
  int (*ps_error_push_class)(lua_State *L, const char *class, const char *call, const char *format, ...);
} Shared;

extern const Shared ps_shared;

#endif
