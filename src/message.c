/* SPDX-License-Identifier: MIT */
/*
** Operations on messages: data in several buffers, with ancillary data and an address. The pointers into Lua's memory
** are gathered last, into scratch memory, so that nothing starts the collector between there and the system call.
*/
#include <limits.h>
#include <string.h>

#include "address/codec.h"
#include "message.h"

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

/* The memory of buffer 'i' (from 0), which the table keeps alive. */
static struct iovec buffer_at(lua_State *L, size_t i, int writable) {
  size_t len;
  int type = lua_rawgeti(L, 2, (lua_Integer)i + 1), top = lua_gettop(L);
  if (!ps_bytes_is(L, top) && (writable || type != LUA_TSTRING))
    ps_arg_error(L, 2, "buffers[%I] must be a %s, got %s", (lua_Integer)i + 1,
                 writable ? "bytearray" : "string or bytearray", ps_type_name(L, top));
  const char *data = ps_check_buffer(L, top, "buffers", &len);
  lua_pop(L, 1);
  return (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
}

/* Raises unless argument 2 is a sequence of buffers. */
static void check_buffers(lua_State *L, int writable) {
  if (lua_type(L, 2) != LUA_TTABLE)
    ps_arg_error(L, 2, "buffers must be a table of buffers, got %s", ps_type_name(L, 2));
  size_t count = (size_t)lua_rawlen(L, 2);
  for (size_t i = 0; i < count; i++) buffer_at(L, i, writable);
}

/* Gathers the buffers, which may have changed since they were checked. */
static void gather(lua_State *L, struct iovec *iov, size_t count, int writable) {
  for (size_t i = 0; i < count; i++) iov[i] = buffer_at(L, i, writable);
}

static void check_sendmsg(lua_State *L, Socket *s) {
  (void)s;
  check_buffers(L, 0);
  lua_settop(L, 5);
  ps_ancillary_check(L, 3);
  ps_opt_int(L, 4, "flags", 0);
}

/***
Sends a message that consists of several buffers and of ancillary data.
@function socket:sendmsg
@async
@tparam table buffers a sequence of strings and bytearrays, which are sent one after the other
@tparam[opt] table ancdata a sequence of items `{level, type, data}`, or by name `{cmsg_level=, cmsg_type=,
  cmsg_data=}`; the data is a string (see `string.pack`) or a bytearray
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] address address an address of the socket's family; a host name is resolved
@treturn integer the number of bytes sent, perhaps fewer than the length of the buffers
@raise OSError as sendmsg(2), EMSGSIZE for more buffers than the system takes; without an errno for too much ancillary
  data; gaierror, BlockingIOError, timeout
@usage s:sendmsg({"x"}, {{socket.SOL_SOCKET, socket.SCM_RIGHTS, string.pack("i", fd)}})
@see Python's socket.sendmsg
*/
static int try_sendmsg(lua_State *L, Socket *s, Wait *wait) {
  Address a = {.len = 0};
  if (!lua_isnil(L, 5) && !ps_address_check(L, 5, s, &a)) return ps_resolve_address(L, s, 5, &a, wait);
  lua_Integer control = ps_ancillary_size(L, 3);
  if (control < 0) return PS_ERROR;
  size_t count = (size_t)lua_rawlen(L, 2); /* 0 for nil */
  if (count > IOV_MAX) {
    errno = EMSGSIZE;
    return PS_ERRNO;
  }
  struct iovec *iov = (struct iovec *)(void *)ps_scratch(L, count * sizeof *iov + (size_t)control);
  struct msghdr msg = {.msg_iov = iov, .msg_iovlen = count, .msg_namelen = a.len, .msg_controllen = (size_t)control};
  if (a.len > 0) msg.msg_name = &a.any;
  if (control > 0) msg.msg_control = iov + count;
  gather(L, iov, count, 0);
  msg.msg_iovlen = ps_piece_of(s, iov, count);
  if (control > 0) ps_ancillary_fill(L, 3, msg.msg_control);
  ssize_t n = sys_sendmsg(s->fd, &msg, ps_flags_at(L, 4, wait));
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return 1;
}

#ifdef PS_ALG

/* Adds an integer, or an integer and as many bytes, to the ancillary data at 'list'. */
static void add_setting(lua_State *L, int list, int type, uint32_t value, const char *data) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addlstring(&b, (const char *)&value, sizeof value);
  if (data != NULL) luaL_addlstring(&b, data, value);
  luaL_pushresult(&b);
  ps_ancillary_add(L, list, SOL_ALG, type);
}

/* Makes of (msg, op, iv, assoclen, flags) the arguments of sendmsg. */
static void check_sendmsg_afalg(lua_State *L, Socket *s) {
  if (s->family != AF_ALG) return; /* the attempt raises the error */
  ps_options_spread(L, 2, 1, "msg{}= op iv= assoclen= flags=");
  lua_settop(L, 6);
  size_t len;
  if (!lua_isnil(L, 2)) check_buffers(L, 0);
  lua_Integer op = ps_check_integer(L, 3, "op", 0, INT_MAX);
  lua_newtable(L);
  int list = lua_gettop(L);
  add_setting(L, list, ALG_SET_OP, (uint32_t)op, NULL);
  if (!lua_isnil(L, 4)) {
    const char *iv = ps_check_buffer(L, 4, "iv", &len);
    if (len > INT_MAX) ps_arg_error(L, 4, "iv too long, got %I bytes", (lua_Integer)len);
    add_setting(L, list, ALG_SET_IV, (uint32_t)len, iv);
  }
  if (!lua_isnil(L, 5))
    add_setting(L, list, ALG_SET_AEAD_ASSOCLEN, (uint32_t)ps_check_integer(L, 5, "assoclen", 0, INT_MAX), NULL);
  ps_opt_int(L, 6, "flags", 0);
  lua_replace(L, 3);
  lua_pushvalue(L, 6);
  lua_replace(L, 4);
  lua_settop(L, 4);
}

/***
Sends data to a cipher or a hash of the kernel, with the operation on it.
@function socket:sendmsg_afalg
@async
@tparam[opt] table msg a sequence of strings and bytearrays
@tparam table options `op` (`ALG_OP_*`), which is required; `msg`, `iv` (a string or bytearray), `assoclen` and `flags`
  (integers)
@treturn integer the number of bytes sent
@raise OSError as sendmsg(2), without an errno for a socket that is not of `AF_ALG`; BlockingIOError, timeout
@see Python's socket.sendmsg_afalg
*/
static int try_sendmsg_afalg(lua_State *L, Socket *s, Wait *wait) {
  if (s->family != AF_ALG)
    return ps_error_push_class(L, "OSError", "sendmsg_afalg", "algset is only supported for AF_ALG");
  return try_sendmsg(L, s, wait);
}

#endif

/* a message that is received, with its sender and its ancillary data */
typedef struct Message {
  struct msghdr header;
  Address sender;
  Control *control;
} Message;

/* Receives a message: the number of bytes (with MSG_TRUNC the length of the message), or -1. */
static ssize_t receive(const Socket *s, Message *m, int flags) {
  m->sender.any.sa_family = AF_UNSPEC;
  m->header.msg_name = &m->sender.any;
  m->header.msg_namelen = sizeof m->sender.storage;
  ssize_t n = ps_control_receive(m->control, s->fd, &m->header, flags);
  m->sender.len = m->header.msg_namelen;
  return n;
}

/* Pushes the ancillary data, the flags and the sender. Only then does the caller own the descriptors. */
static int push_rest(lua_State *L, const Socket *s, const Message *m) {
  ps_control_push(L, m->control);
  lua_pushinteger(L, m->header.msg_flags);
  ps_address_push(L, &m->sender, s->proto);
  ps_control_release(m->control);
  return 4;
}

static void check_ancbufsize(lua_State *L) {
  lua_Integer size = ps_opt_integer(L, 3, "ancbufsize", LUA_MININTEGER, LUA_MAXINTEGER, 0);
  if (size < 0 || size > INT_MAX) ps_arg_error(L, 3, "invalid ancillary data buffer length, got %I", size);
  ps_opt_int(L, 4, "flags", 0);
}

static void check_recvmsg(lua_State *L, Socket *s) {
  (void)s;
  lua_Integer size = ps_check_integer(L, 2, "bufsize", LUA_MININTEGER, LUA_MAXINTEGER);
  if (size < 0) ps_arg_error(L, 2, "negative buffersize in recvmsg, got %I", size);
  if (size > PS_SIZE_MAX) ps_arg_error(L, 2, "bufsize too large, got %I", size);
  check_ancbufsize(L);
}

/***
Receives a message with its ancillary data. The caller has to close the descriptors in it (`SCM_RIGHTS`); child
processes do not inherit them.
@function socket:recvmsg
@async
@tparam integer bufsize the maximum number of bytes of the message
@tparam[opt=0] integer ancbufsize the maximum number of bytes of ancillary data: the sum of `CMSG_SPACE` for each item,
  or of `CMSG_LEN` for the last one
@tparam[opt=0] integer flags `MSG_*`
@treturn string the message
@treturn cmsg[] the ancillary data: a sequence of items `{level, type, data}`, also by the names `cmsg_level`,
  `cmsg_type` and `cmsg_data`
@treturn integer flags: `MSG_TRUNC` if the message was cut, `MSG_CTRUNC` if the ancillary data was cut, `MSG_EOR`, ...
@treturn ?address the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
@raise OSError as recvmsg(2), BlockingIOError, timeout
@see Python's socket.recvmsg
*/
static int try_recvmsg(lua_State *L, Socket *s, Wait *wait) {
  size_t size = (size_t)lua_tointeger(L, 2);
  Message m = {.control = ps_control_new(L, (size_t)lua_tointeger(L, 3))};
  struct iovec iov = {.iov_base = ps_scratch(L, size), .iov_len = size};
  int flags = ps_flags_at(L, 4, wait);
  if (size > 0 && flags & MSG_TRUNC) memset(iov.iov_base, 0, size); /* as in transfer.c */
  m.header.msg_iov = &iov;
  m.header.msg_iovlen = 1;
  ssize_t n = receive(s, &m, flags);
  if (n < 0) return PS_ERRNO;
  lua_pushlstring(L, iov.iov_base, (size_t)n < size ? (size_t)n : size);
  return push_rest(L, s, &m);
}

static void check_recvmsg_into(lua_State *L, Socket *s) {
  (void)s;
  check_buffers(L, 1);
  check_ancbufsize(L);
}

/***
Receives a message into several buffers, one after the other, and its ancillary data.
@function socket:recvmsg_into
@async
@tparam table buffers a sequence of bytearrays and views of them
@tparam[opt=0] integer ancbufsize the maximum number of bytes of ancillary data
@tparam[opt=0] integer flags `MSG_*`
@treturn integer the number of bytes received; with `MSG_TRUNC` the length of the message
@treturn cmsg[] the ancillary data, as from `recvmsg`
@treturn integer flags, as from `recvmsg`
@treturn ?address the address of the sender; nil on a connected stream, and for an unnamed AF_UNIX peer
@raise OSError as recvmsg(2), EMSGSIZE for more buffers than the system takes; BlockingIOError, timeout
@see Python's socket.recvmsg_into
*/
static int try_recvmsg_into(lua_State *L, Socket *s, Wait *wait) {
  Message m = {.control = ps_control_new(L, (size_t)lua_tointeger(L, 3))};
  size_t count = (size_t)lua_rawlen(L, 2);
  if (count > IOV_MAX) {
    errno = EMSGSIZE;
    return PS_ERRNO;
  }
  struct iovec *iov = (struct iovec *)(void *)ps_scratch(L, count * sizeof *iov);
  gather(L, iov, count, 1);
  m.header.msg_iov = iov;
  m.header.msg_iovlen = count;
  ssize_t n = receive(s, &m, ps_flags_at(L, 4, wait));
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return push_rest(L, s, &m);
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt            checks               failure as a result */
    {"sendmsg",           5,        SYS_WRITE, 5,      try_sendmsg,       check_sendmsg,       NULL},
#ifdef PS_ALG
    {"sendmsg_afalg",     5,        SYS_WRITE, 0,      try_sendmsg_afalg, check_sendmsg_afalg, NULL},
#endif
    {"recvmsg",           4,        SYS_READ,  0,      try_recvmsg,       check_recvmsg,       NULL},
    {"recvmsg_into",      4,        SYS_READ,  0,      try_recvmsg_into,  check_recvmsg_into,  NULL},
    {NULL,                0,        0,         0,      NULL,              NULL,                NULL},
};
/* clang-format on */

void ps_message_open(lua_State *L) {
  ps_ancillary_open(L);
  ps_operations_register(L, PS_OPEN_METHODS, operations, PS_METHOD);
}
