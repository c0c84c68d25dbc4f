/* SPDX-License-Identifier: MIT */
/* Operations that receive and send plain data. */
#include <limits.h>
#include <string.h>

#include "core.h"

#define SMALL 1024 /* the most bytes that are received into memory on the C stack */

static void refuse_bufsize(lua_State *L, lua_Integer size) {
  if (size < 0) ps_arg_error(L, 2, "negative buffersize in %s, got %I", ps_operation(L)->name, size);
  ps_arg_error(L, 2, "bufsize too large, got %I", size);
}

static inline size_t check_bufsize(lua_State *L) {
  lua_Integer size = ps_check_integer(L, 2, "bufsize", LUA_MININTEGER, LUA_MAXINTEGER);
  if (size < 0 || size > PS_SIZE_MAX) refuse_bufsize(L, size);
  return (size_t)size;
}

/* Memory to receive into: 'small', or scratch memory, which may be pushed above the slots. */
static inline char *space(lua_State *L, const Wait *wait, char small[SMALL], size_t size, int flags) {
  char *data = small;
  if (size > SMALL) {
    lua_settop(L, PS_DEADLINE(wait->op));
    data = ps_scratch(L, size);
  }
  if (flags & MSG_TRUNC) memset(data, 0, size); /* TCP counts bytes that it drops: the memory must not show old data */
  return data;
}

/***
Receives at most `bufsize` bytes, waiting for the first.
@function socket:recv
@async
@tparam integer bufsize the maximum number of bytes; 0 returns `""` without a system call
@tparam[opt=0] integer flags `MSG_*`
@treturn string the bytes; `""` at the end of the stream
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
  char small[SMALL], *data = space(L, wait, small, size, flags);
  ssize_t n = ps_receive(s, data, size, flags, wait);
  if (n < 0) return PS_ERRNO;
  lua_pushlstring(L, data, (size_t)n < size ? (size_t)n : size); /* with MSG_TRUNC, n may exceed the size */
  return 1;
}

/* Receives into 'data' with recvmsg(2), which reports whether the message was cut: the number of bytes (with MSG_TRUNC
   the length of the message), or -1. */
static ssize_t receive(const Socket *s, char *data, size_t size, int flags, Address *a, int *truncated) {
  struct iovec iov = {.iov_base = data, .iov_len = size};
  struct msghdr msg = {.msg_name = &a->any, .msg_namelen = sizeof a->storage, .msg_iov = &iov, .msg_iovlen = 1};
  ssize_t n = sys_recvmsg(s->fd, &msg, flags);
  a->len = msg.msg_namelen;
  *truncated = (msg.msg_flags & MSG_TRUNC) != 0;
  return n;
}

/* Does the socket receive datagrams whose rest is lost? Other sockets may receive the rest later. */
static int loses_rest(const Socket *s) {
  return s->type == SOCK_DGRAM && (s->family == AF_INET || s->family == AF_INET6);
}

/* Does the same for such datagrams. 'data' has room for one byte more, which only a datagram that is too long fills;
   recvmsg(2) would take 60 ns more. */
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
Receives a message and the address of its sender.
@function socket:recvfrom
@async
@tparam integer bufsize the maximum number of bytes; 0 removes a datagram from the queue
@tparam[opt=0] integer flags `MSG_*`
@treturn string the message
@treturn ?address the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
@treturn boolean whether the datagram was longer than `bufsize` and was cut
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

/* The buffer's memory, and the number of bytes to receive, which is the whole length for an 'nbytes' of 0. */
static char *buffer_at(lua_State *L, size_t *size) {
  size_t len;
  char *data = ps_check_writable(L, 2, "buffer", &len);
  *size = (size_t)lua_tointeger(L, 3);
  if (*size == 0) *size = len;
  return data;
}

/***
Receives into a buffer, without making a string.
@function socket:recv_into
@async
@tparam bytearray buffer a bytearray or a view of one
@tparam[opt=0] integer nbytes the maximum number of bytes; 0: the length of the buffer
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] table options the arguments above by name
@treturn integer the number of bytes received, 0 at the end of the stream; with `MSG_TRUNC` the length of the datagram
@raise OSError as recv(2), BlockingIOError, timeout
@see Python's socket.recv_into
*/
static int try_recv_into(lua_State *L, Socket *s, Wait *wait) {
  size_t size;
  char *data = buffer_at(L, &size);
  int flags = ps_flags_at(L, 4, wait);
  ssize_t n = size == 0 ? 0 : ps_receive(s, data, size, flags, wait);
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return 1;
}

/***
Receives a message into a buffer, and the address of its sender.
@function socket:recvfrom_into
@async
@tparam bytearray buffer a bytearray or a view of one
@tparam[opt=0] integer nbytes the maximum number of bytes; 0: the length of the buffer
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] table options the arguments above by name
@treturn integer the number of bytes received; with `MSG_TRUNC` the length of the datagram
@treturn ?address the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
@treturn boolean whether the datagram was longer and was cut
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
@tparam string|bytearray data the bytes to send
@tparam[opt=0] integer flags `MSG_*`
@treturn integer the number of bytes sent, perhaps fewer than the length of the data
@raise OSError as send(2), with BrokenPipeError in place of the signal SIGPIPE; BlockingIOError, timeout
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
Sends all of the data. The timeout covers the whole call.
@function socket:sendall
@async
@tparam string|bytearray data the bytes to send
@tparam[opt=0] integer flags `MSG_*`
@raise OSError as send(2), BlockingIOError, timeout; the field `characters_written` is the number of bytes that were
  sent before the error
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
    code = EINTR; /* a signal may have cut the call short: hooks and other tasks run before the rest is sent */
  }
  lua_settop(L, PS_DEADLINE(wait->op));
  lua_pushinteger(L, (lua_Integer)sent);
  lua_replace(L, progress);
  errno = code;
  return PS_ERRNO;
}

/* Makes of (data, address) the arguments (data, flags, address), with nil for the flags. */
static void check_sendto(lua_State *L, Socket *s) {
  int given = lua_gettop(L) - 1;
  if (given == 2) {
    lua_pushnil(L);
    lua_insert(L, 3);
  } else if (given == 3) {
    Address a;
    if (lua_type(L, 3) == LUA_TSTRING)
      ps_address_check(L, 3, s, &a); /* for (data, host, port): the message shows the form of an address */
    ps_check_int(L, 3, "flags");
  } else ps_arg_error(L, given + 1, "sendto() takes 2 or 3 arguments (%d given)", given);
}

/***
Sends a message to an address: `sendto(data, address)` or `sendto(data, flags, address)`.
@function socket:sendto
@async
@tparam string|bytearray data the bytes to send
@tparam[opt=0] integer flags `MSG_*`
@tparam address address an address of the socket's family; a host name is resolved
@treturn integer the number of bytes sent
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
    {"sendto",            4,        SYS_WRITE, 4,      try_sendto,        check_sendto,    NULL},
    {NULL,                0,        0,         0,      NULL,              NULL,            NULL},
};

static const Operation counted[] = {
    {"sendall",           3,        SYS_WRITE, 0,      try_sendall,       NULL,            NULL},
    {NULL,                0,        0,         0,      NULL,              NULL,            NULL},
};
/* clang-format on */

void ps_transfer_open(lua_State *L) {
  ps_operations_register(L, PS_OPEN_METHODS, operations, PS_METHOD | PS_BARE);
  ps_operations_register(L, PS_OPEN_METHODS, counted, PS_METHOD | PS_BARE | PS_COUNTED);
}
