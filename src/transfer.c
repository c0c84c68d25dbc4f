/* SPDX-License-Identifier: MIT */
/* Receiving and sending plain data: rows for operation.c. */
#include <limits.h>
#include <string.h>

#include "core.h"

#define SMALL 1024 /* so many bytes are received on the C stack */

static void refuse_bufsize(lua_State *L, lua_Integer size) {
  if (size < 0) ps_arg_error(L, 2, "negative buffersize in %s, got %I", ps_operation(L)->name, size);
  ps_arg_error(L, 2, "bufsize too large, got %I", size);
}

static inline size_t check_bufsize(lua_State *L) {
  lua_Integer size = ps_check_integer(L, 2, "bufsize", LUA_MININTEGER, LUA_MAXINTEGER);
  if (size < 0 || size > PS_SIZE_MAX) refuse_bufsize(L, size);
  return (size_t)size;
}

/* memory for what is received: 'small', or what ps_scratch may push above the slots */
static inline char *space(lua_State *L, const Wait *wait, char small[SMALL], size_t size, int flags) {
  char *data = small;
  if (size > SMALL) {
    lua_settop(L, PS_DEADLINE(wait->op));
    data = ps_scratch(L, size);
  }
  if (flags & MSG_TRUNC) memset(data, 0, size); /* TCP counts what it drops: nobody is to see what was there before */
  return data;
}

/***
Receives what is there, waiting for at least one byte; the empty string is the end of the stream.
@function socket:recv
@async
@tparam integer bufsize the most that is received, in bytes; 0 gives the empty string without a system call
@tparam[opt=0] integer flags `MSG_*`
@treturn string
@raise OSError as recv(2), BlockingIOError, timeout
@see Python's socket.recv
*/
static int try_recv(lua_State *L, Socket *s, Wait *wait) {
  size_t size = check_bufsize(L);
  int flags = ps_flags_at(L, 3, wait);
  if (size == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if (ps_waits_first(s, wait, flags)) return PS_ERRNO;
  char small[SMALL], *data = space(L, wait, small, size, flags);
  ssize_t n = sys_recv(s->fd, data, size, flags);
  if (n < 0) return PS_ERRNO;
  lua_pushlstring(L, data, (size_t)n < size ? (size_t)n : size); /* MSG_TRUNC counts more than there is */
  return 1;
}

/* Receives into 'data' with recvmsg(2), which tells what was cut off; the count, of more than there is with MSG_TRUNC, or -1. */
static ssize_t receive(const Socket *s, char *data, size_t size, int flags, Address *a, int *truncated) {
  struct iovec iov = {.iov_base = data, .iov_len = size};
  struct msghdr msg = {.msg_name = &a->any, .msg_namelen = sizeof a->storage, .msg_iov = &iov, .msg_iovlen = 1};
  ssize_t n = sys_recvmsg(s->fd, &msg, flags);
  a->len = msg.msg_namelen;
  *truncated = (msg.msg_flags & MSG_TRUNC) != 0;
  return n;
}

/* Does it receive datagrams of which the rest is lost? Elsewhere it may be received later. */
static int loses_rest(const Socket *s) {
  return s->type == SOCK_DGRAM && (s->family == AF_INET || s->family == AF_INET6);
}

/* The same for such datagrams, where 'data' has room for one byte more: only what is cut fills it. To have recvmsg(2) tell
   takes 60 ns more. */
static ssize_t receive_datagram(const Socket *s, char *data, size_t size, int flags, Address *a, int *truncated) {
  a->len = sizeof a->storage;
  ssize_t n = sys_recvfrom(s->fd, data, size + 1, flags, &a->any, &a->len);
  *truncated = n > (ssize_t)size;
  return n;
}

static int push_sender(lua_State *L, const Socket *s, const Address *a, int truncated) {
  ps_address_push(L, a, s->proto);
  lua_pushboolean(L, truncated);
  return 3;
}

/***
Receives a message and tells who sent it.
@function socket:recvfrom
@async
@tparam integer bufsize the most that is received, in bytes; 0 consumes a datagram
@tparam[opt=0] integer flags `MSG_*`
@treturn string
@treturn ?address the sender's; nil on a connected stream, and for an unnamed AF_UNIX peer
@treturn boolean whether the datagram was longer than `bufsize` and has been cut
@raise OSError as recvfrom(2), BlockingIOError, timeout
@see Python's socket.recvfrom
*/
static int try_recvfrom(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  int truncated;
  size_t size = check_bufsize(L);
  int flags = ps_flags_at(L, 3, wait);
  if (ps_waits_first(s, wait, flags)) return PS_ERRNO;
  char small[SMALL], *data = space(L, wait, small, size + 1, flags);
  ssize_t n = (loses_rest(s) ? receive_datagram : receive)(s, data, size, flags, &a, &truncated);
  if (n < 0) return PS_ERRNO;
  lua_pushlstring(L, data, (size_t)n < size ? (size_t)n : size);
  return push_sender(L, s, &a, truncated);
}

static void check_recv_into(lua_State *L, Socket *s) {
  (void)s;
  size_t len;
  ps_options_spread(L, 2, 3, "buffer nbytes= flags=");
  ps_check_writable(L, 2, "buffer", &len);
  lua_Integer n = ps_opt_integer(L, 3, "nbytes", LUA_MININTEGER, LUA_MAXINTEGER, 0);
  if (n < 0) ps_arg_error(L, 3, "negative buffersize, got %I", n);
  if ((lua_Unsigned)n > len)
    ps_arg_error(L, 3,
                 "nbytes is greater than the length of the buffer: buffer too small for requested bytes, %I of %I", n,
                 (lua_Integer)len);
  ps_opt_int(L, 4, "flags", 0);
}

/* the buffer's memory, and how much of it is wanted: all where the caller said 0 */
static char *buffer_at(lua_State *L, size_t *size) {
  size_t len;
  char *data = ps_check_writable(L, 2, "buffer", &len);
  *size = (size_t)lua_tointeger(L, 3);
  if (*size == 0) *size = len;
  return data;
}

/***
Receives into a buffer: no string is made.
@function socket:recv_into
@async
@tparam bytearray buffer or a view of one
@tparam[opt=0] integer nbytes the most that is received; 0: as much as the buffer holds
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] table options those above by name
@treturn integer bytes received; 0 at the end of the stream; with `MSG_TRUNC` the length of the datagram
@raise OSError as recv(2), BlockingIOError, timeout
@see Python's socket.recv_into
*/
static int try_recv_into(lua_State *L, Socket *s, Wait *wait) {
  size_t size;
  char *data = buffer_at(L, &size);
  int flags = ps_flags_at(L, 4, wait);
  if (size > 0 && ps_waits_first(s, wait, flags)) return PS_ERRNO;
  ssize_t n = size == 0 ? 0 : sys_recv(s->fd, data, size, flags);
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return 1;
}

/***
Receives a message into a buffer and tells who sent it.
@function socket:recvfrom_into
@async
@tparam bytearray buffer or a view of one
@tparam[opt=0] integer nbytes the most that is received; 0: as much as the buffer holds
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] table options those above by name
@treturn integer bytes received; with `MSG_TRUNC` the length of the datagram
@treturn ?address the sender's, or nil
@treturn boolean whether the datagram was longer and has been cut
@raise OSError as recvfrom(2), BlockingIOError, timeout
@see Python's socket.recvfrom_into
*/
static int try_recvfrom_into(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  int truncated;
  size_t size;
  char *data = buffer_at(L, &size);
  int flags = ps_flags_at(L, 4, wait);
  ssize_t n = receive(s, data, size, flags, &a, &truncated);
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return push_sender(L, s, &a, truncated);
}

/***
Sends as much as the system takes at once.
@function socket:send
@async
@tparam string|bytearray data
@tparam[opt=0] integer flags `MSG_*`
@treturn integer bytes sent: perhaps fewer than there were
@raise OSError as send(2): BrokenPipeError and never SIGPIPE; BlockingIOError, timeout
@see Python's socket.send
*/
static int try_send(lua_State *L, Socket *s, Wait *wait) {
  size_t len;
  const char *data = ps_check_buffer(L, 2, "data", &len);
  ssize_t n = sys_send(s->fd, data, ps_piece(s, len), ps_flags_at(L, 3, wait));
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return 1;
}

/***
Sends all of it; the timeout is for the whole.
@function socket:sendall
@async
@tparam string|bytearray data
@tparam[opt=0] integer flags `MSG_*`
@raise OSError as send(2); BlockingIOError and timeout, each with `characters_written`: the bytes that had gone
@see Python's socket.sendall
*/
static int try_sendall(lua_State *L, Socket *s, Wait *wait) {
  size_t len;
  const char *data = ps_check_buffer(L, 2, "data", &len);
  int flags = ps_flags_at(L, 3, wait);
  int progress = PS_PROGRESS(wait->op);
  size_t sent = lua_isnoneornil(L, progress) ? 0 : (size_t)lua_tointeger(L, progress);
  ssize_t n = sys_send(s->fd, data + sent, ps_piece(s, len - sent), flags);
  int code = errno;
  if (n >= 0) {
    sent += (size_t)n;
    if (sent == len) return 0;
    code = EINTR; /* perhaps a signal cut it short: hooks run, and other tasks, before the rest goes */
  }
  lua_settop(L, PS_DEADLINE(wait->op));
  lua_pushinteger(L, (lua_Integer)sent);
  lua_replace(L, progress);
  errno = code;
  return PS_ERRNO;
}

/* (data, address) and (data, flags, address) become the latter, with nil for flags that are not given */
static void check_sendto(lua_State *L, Socket *s) {
  int given = lua_gettop(L) - 1;
  if (given == 2) {
    lua_pushnil(L);
    lua_insert(L, 3);
  } else if (given == 3) {
    Address a;
    if (lua_type(L, 3) == LUA_TSTRING)
      ps_address_check(L, 3, s, &a); /* of (data, host, port) it says what an address is */
    ps_check_int(L, 3, "flags");
  } else ps_arg_error(L, given + 1, "sendto() takes 2 or 3 arguments (%d given)", given);
}

/***
Sends to an address: `sendto(data, address)` or `sendto(data, flags, address)`.
@function socket:sendto
@async
@tparam string|bytearray data
@tparam[opt=0] integer flags `MSG_*`
@tparam address address of the socket's family; a host name is resolved
@treturn integer bytes sent
@raise OSError as sendto(2), gaierror, BlockingIOError, timeout
@see Python's socket.sendto
*/
static int try_sendto(lua_State *L, Socket *s, Wait *wait) {
  Address a;
  size_t len;
  const char *data = ps_check_buffer(L, 2, "data", &len);
  if (!ps_address_check(L, 4, s, &a)) {
    lua_settop(L, PS_DEADLINE(wait->op));
    return ps_resolve_address(L, s, 4, &a, wait);
  }
  ssize_t n = sys_sendto(s->fd, data, ps_piece(s, len), ps_flags_at(L, 3, wait), &a.any, a.len);
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return 1;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt            checks           failure as a result */
    {"recv",              3,        SYS_READ,  0,      try_recv,          NULL,            NULL},
    {"recv_into",         4,        SYS_READ,  0,      try_recv_into,     check_recv_into, NULL},
    {"recvfrom",          3,        SYS_READ,  0,      try_recvfrom,      NULL,            NULL},
    {"recvfrom_into",     4,        SYS_READ,  0,      try_recvfrom_into, check_recv_into, NULL},
    {"send",              3,        SYS_WRITE, 0,      try_send,          NULL,            NULL},
    {"sendall",           3,        SYS_WRITE, 0,      try_sendall,       NULL,            NULL},
    {"sendto",            4,        SYS_WRITE, 4,      try_sendto,        check_sendto,    NULL},
    {NULL,                0,        0,         0,      NULL,              NULL,            NULL},
};
/* clang-format on */

void ps_transfer_open(lua_State *L) { ps_operations_register(L, PS_OPEN_METHODS, operations, PS_METHOD | PS_BARE); }
