/* SPDX-License-Identifier: MIT */
/* The functions that Python has on Windows only: control codes of sockets, and sockets for other processes. */
#include "core.h"

#ifdef SYS_SHARE

static uint32_t check_u32(lua_State *L, int arg, const char *what) {
  return (uint32_t)ps_check_integer(L, arg, what, 0, UINT32_MAX);
}

/* the option at 3: an integer or a boolean */
static uint32_t check_flag(lua_State *L) {
  return lua_isboolean(L, 3) ? (uint32_t)lua_toboolean(L, 3) : check_u32(L, 3, "option");
}

#define KEEPALIVE 3 /* numbers of a struct tcp_keepalive */

static void check_keepalive(lua_State *L, uint32_t values[KEEPALIVE]) {
  if (lua_type(L, 3) != LUA_TTABLE || luaL_len(L, 3) != KEEPALIVE)
    ps_arg_error(L, 3, "option must be {onoff, time, interval}, got %s", ps_describe(L, 3));
  for (int i = 0; i < KEEPALIVE; i++) {
    int isnum = lua_geti(L, 3, i + 1) == LUA_TBOOLEAN;
    lua_Integer value = isnum ? lua_toboolean(L, -1) : ps_to_integer(L, -1, &isnum);
    if (!isnum || value < 0 || value > UINT32_MAX)
      ps_arg_error(L, 3, "element %d of option must be an integer of 32 bits, got %s", i + 1, ps_describe(L, -1));
    values[i] = (uint32_t)value;
    lua_settop(L, 3);
  }
}

/***
Sends a control code to the socket. Windows alone has this method.
@function socket:ioctl
@tparam integer control `SIO_RCVALL`, `SIO_KEEPALIVE_VALS` or `SIO_LOOPBACK_FAST_PATH`
@tparam integer|boolean|table option `SIO_RCVALL`: one of `RCVALL_*`; `SIO_LOOPBACK_FAST_PATH`: whether the connection takes the
  fast path; `SIO_KEEPALIVE_VALS`: `{onoff, time, interval}`, whether an idle connection is probed, after how many milliseconds,
  and how many lie between two probes
@treturn integer how many bytes the system has returned: 0
@raise OSError as WSAIoctl
@usage s:ioctl(socket.SIO_KEEPALIVE_VALS, {1, 10000, 3000})
@see Python's socket.ioctl
*/
static int m_ioctl(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  uint32_t control = check_u32(L, 2, "control"), values[KEEPALIVE];
  size_t count = 1;
  lua_settop(L, 3);
  if (control == SIO_KEEPALIVE_VALS) {
    check_keepalive(L, values);
    count = KEEPALIVE;
  } else if (control == SIO_RCVALL || control == SIO_LOOPBACK_FAST_PATH) values[0] = check_flag(L);
  else
    ps_arg_error(L, 2, "control must be SIO_RCVALL, SIO_KEEPALIVE_VALS or SIO_LOOPBACK_FAST_PATH, got %I",
                 (lua_Integer)control);
  int n = sys_ioctl(s->fd, control, values, count * sizeof *values);
  if (n < 0) return ps_socket_error_raise(L, s, errno, "WSAIoctl");
  lua_pushinteger(L, n);
  return 1;
}

/***
Bytes of which another process makes the same socket, once, by `fromshare`. Windows alone has this method.
@function socket:share
@tparam integer process_id the number of that process
@treturn string
@raise OSError as WSADuplicateSocket
@see Python's socket.share
*/
static int m_share(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  char bytes[SYS_SHARE];
  int done = sys_share(s->fd, check_u32(L, 2, "process_id"), bytes);
  if (done < 0) return ps_socket_error_raise(L, s, errno, "WSADuplicateSocket");
  lua_pushlstring(L, bytes, sizeof bytes);
  return 1;
}

/***
The socket that another process has shared with this one. Windows alone has this function.
@function fromshare
@tparam string|bytearray data what `share` returned there
@treturn socket not inherited by child processes
@raise OSError as WSASocket; without an errno where the data are too short or too long
@see Python's socket.fromshare
*/
static int f_fromshare(lua_State *L) {
  size_t len;
  const char *data = ps_check_buffer(L, 1, "data", &len);
  if (len != SYS_SHARE)
    return ps_error_raise_text(L, "fromshare", "a shared socket has %I bytes, got %I", (lua_Integer)SYS_SHARE,
                               (lua_Integer)len);
  Socket *s = ps_socket_new(L, AF_UNSPEC, 0, 0, 0);
  s->fd = sys_from_share(data, &s->family, &s->type, &s->proto);
  if (s->fd < 0) return ps_error_raise(L, errno, "WSASocket", 0);
  int code = ps_socket_adopt(L, s, s->fd);
  return code == 0 ? 1 : ps_error_raise(L, code, "ioctlsocket", 0);
}

static const luaL_Reg functions[] = {{"fromshare", f_fromshare}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"ioctl", m_ioctl}, {"share", m_share}, {NULL, NULL}};

void ps_share_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_register(L, PS_OPEN_METHODS, methods, PS_METHOD);
}

#endif
