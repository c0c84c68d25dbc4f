/* SPDX-License-Identifier: MIT */
/* The errors of calls on a socket. The text of EBADF tells if the socket is closed. */
#include "core.h"

int ps_socket_error_push(lua_State *L, const Socket *s, int code, const char *call, int address) {
  ps_error_push(L, code, call, address);
  if (code == EBADF && s != NULL && s->fd == SYS_NO_FD) {
    lua_getfield(L, -1, "strerror");
    lua_pushfstring(L, "%s (the socket is closed)", lua_tostring(L, -1));
    lua_setfield(L, -3, "strerror");
    lua_pop(L, 1);
  }
  return PS_ERROR;
}

_Noreturn int ps_socket_error_raise(lua_State *L, const Socket *s, int code, const char *call) {
  ps_socket_error_push(L, s, code, call, 0);
  lua_error(L);
}
