/* SPDX-License-Identifier: MIT */
/* sendfile(2) as an operation, and the check of a file by which the Lua layer decides whether to use it. */
#include "source.h"

#define BLOCK_MAX ((lua_Integer)1 << 30) /* the most bytes that one call is asked to send, as in Python */

static void check_sendfile(lua_State *L, Socket *s) {
  (void)s;
  ps_check_fd(L, 2, "fd");
  ps_check_integer(L, 3, "offset", 0, LUA_MAXINTEGER);
  ps_check_integer(L, 4, "count", 1, LUA_MAXINTEGER);
}

/***
Sends from a file until `count` bytes are sent or the file ends.
@function sendfile
@local
@tparam socket s the socket
@tparam integer fd the descriptor of the file
@tparam integer offset in bytes, from 0
@tparam integer count in bytes
@treturn integer the number of bytes sent
@raise OSError as sendfile(2), with BrokenPipeError in place of the signal SIGPIPE; the field `characters_written` is
  the number of bytes that were sent before the error
@see Python's os.sendfile
*/
static int try_sendfile(lua_State *L, Socket *s, Wait *wait) {
  int progress = PS_PROGRESS(ps_operation(L));
  lua_Integer offset = lua_tointeger(L, 3), count = lua_tointeger(L, 4), sent = lua_tointeger(L, progress);
  size_t block = (size_t)(count - sent < BLOCK_MAX ? count - sent : BLOCK_MAX);
  if (ps_socket_dont_block(L, s, wait) < 0) return PS_ERRNO;
  if (s->source != NULL && s->source->direct) {
    ptrdiff_t kept = s->source->send(L, s, NULL, 0, wait);
    if (kept == PS_ERRNO && s->timeout != 0) wait->policy = PS_WAIT_ALWAYS;
    if (kept < 0) return (int)kept;
  }
  ssize_t n = -1;
  errno = EOPNOTSUPP; /* of a source, which would not encrypt the bytes */
  if (s->source == NULL || s->source->direct)
    n = sys_sendfile(s->fd, (sys_fd)lua_tointeger(L, 2), offset + sent, ps_piece(s, block));
  int code = errno;
  if (n > 0) sent += n;
  lua_pushinteger(L, sent);
  if (n == 0 || (n > 0 && sent == count)) return 1;
  lua_replace(L, progress);
  errno = n < 0 ? code : EINTR; /* a signal may have cut the call short: hooks and tasks run before the rest is sent */
  return PS_ERRNO;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt       checks          failure as a result */
    {"sendfile",          4,        SYS_WRITE, 0,      try_sendfile, check_sendfile, NULL},
    {NULL,                0,        0,         0,      NULL,         NULL,           NULL},
};
/* clang-format on */

/***
Returns whether a regular file has any content. The size does not tell: that of a file in `/proc` is 0.
@function filled
@local
@tparam integer fd the descriptor of the file
@treturn ?boolean whether the file has content; nil for anything but a regular file
*/
static int f_filled(lua_State *L) {
  int filled = sys_filled(ps_check_fd(L, 1, "fd"));
  if (filled < 0) lua_pushnil(L);
  else lua_pushboolean(L, filled);
  return 1;
}

static const luaL_Reg functions[] = {{"filled", f_filled}, {NULL, NULL}};

void ps_sendfile_open(lua_State *L) {
  ps_operations_register(L, PS_OPEN_LOCAL, operations, PS_METHOD | PS_COUNTED);
  ps_register(L, PS_OPEN_LOCAL, functions, 0);
}
