/* SPDX-License-Identifier: MIT */
/*
** Operations on several messages by one system call. A batch is a userdata with an array of system messages, followed
** by the memory that they point to. Pointers into Lua's memory are gathered last, so that nothing starts the collector
** before the system call.
*/
#include <limits.h>
#include <string.h>

#include "message.h"

#define MOST 1024 /* the most messages that Linux takes in one call */

/* the parts of a batch's memory: arrays with an element for each message */
typedef struct Batch {
  sys_Message *messages;
  struct iovec *iov;
  Address *addresses;
  char *bytes; /* the additional memory that the caller has asked for */
} Batch;

/* Pushes the userdata of a batch. */
static Batch batch_new(lua_State *L, size_t count, size_t bytes) {
  size_t size = count * (sizeof(sys_Message) + sizeof(struct iovec) + sizeof(Address));
  Batch b;
  b.messages = lua_newuserdatauv(L, size + bytes, 0);
  memset(b.messages, 0, count * sizeof *b.messages);
  b.addresses = (Address *)(void *)(b.messages + count);
  b.iov = (struct iovec *)(void *)(b.addresses + count);
  b.bytes = (char *)(b.iov + count);
  for (size_t i = 0; i < count; i++) {
    b.messages[i].msg_hdr.msg_iov = &b.iov[i];
    b.messages[i].msg_hdr.msg_iovlen = 1;
  }
  return b;
}

/* Makes message 'i' receive into the 'size' bytes at 'data'. */
static void receive_into(Batch *b, size_t i, char *data, size_t size) {
  b->iov[i] = (struct iovec){.iov_base = data, .iov_len = size};
  b->addresses[i].any.sa_family = AF_UNSPEC;
  b->messages[i].msg_hdr.msg_name = &b->addresses[i].any;
  b->messages[i].msg_hdr.msg_namelen = sizeof b->addresses[i].storage;
}

static void push_sender(lua_State *L, const Socket *s, Batch *b, size_t i) {
  b->addresses[i].len = b->messages[i].msg_hdr.msg_namelen;
  ps_address_push(L, &b->addresses[i], s->proto);
}

static int is_cut(const Batch *b, size_t i) { return (b->messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0; }

/* AF_UNIX is left out: its messages may carry descriptors, which an error in the middle of a batch would leak. recvmsg
   takes them. */
static int takes_ancillary(const Socket *s) { return s->family == AF_INET || s->family == AF_INET6; }

static void check_recvmmsg(lua_State *L, Socket *s) {
  ps_options_spread(L, 2, 4, "n bufsize flags= ancbufsize=");
  ps_check_integer(L, 2, "n", 1, MOST);
  ps_check_integer(L, 3, "bufsize", 0, PS_SIZE_MAX / MOST / 2);
  ps_opt_int(L, 4, "flags", 0);
  lua_Integer control = ps_opt_integer(L, 5, "ancbufsize", 0, INT_MAX / MOST, 0);
  if (control > 0 && !takes_ancillary(s))
    ps_arg_error(L, 5, "ancbufsize must be 0 but for AF_INET and AF_INET6, got %I", control);
}

/***
Receives several messages by one system call. It waits for the first message alone.
@function socket:recvmmsg
@async
@tparam integer n the maximum number of messages, at most 1024
@tparam integer bufsize the maximum number of bytes of each message
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt=0] integer ancbufsize the maximum number of bytes of ancillary data of each message; only for `AF_INET` and
  `AF_INET6`
@tparam[opt] table options the arguments above by name
@treturn table a sequence of messages, each `{data, address, truncated}`, as from `recvfrom`; with an `ancbufsize`, the
  fourth element is the ancillary data, as from `recvmsg`
@raise OSError as recvmmsg(2), BlockingIOError, timeout
@usage for _, message in ipairs(s:recvmmsg(32, 1200)) do print(message[2], message[1]) end
@see recvmmsg(2)
*/
static int try_recvmmsg(lua_State *L, Socket *s, Wait *wait) {
  size_t count = (size_t)lua_tointeger(L, 2), size = (size_t)lua_tointeger(L, 3), room = (size_t)lua_tointeger(L, 5);
  size_t stride = (room + sizeof(void *) - 1) & ~(sizeof(void *) - 1); /* control blocks are aligned */
  lua_settop(L, PS_DEADLINE(wait->op));
  Batch b = batch_new(L, count, count * (stride + size));
  for (size_t i = 0; i < count; i++) {
    receive_into(&b, i, b.bytes + count * stride + i * size, size);
    if (room == 0) continue;
    b.messages[i].msg_hdr.msg_control = b.bytes + i * stride;
    b.messages[i].msg_hdr.msg_controllen = room;
  }
  int n = sys_recvmmsg(s->fd, b.messages, (unsigned)count, ps_flags_at(L, 4, wait));
  if (n < 0) return PS_ERRNO;
  lua_createtable(L, n, 0);
  for (size_t i = 0; i < (size_t)n; i++) {
    size_t length = b.messages[i].msg_len;
    lua_createtable(L, room > 0 ? 4 : 3, 0);
    lua_pushlstring(L, b.iov[i].iov_base, length < size ? length : size); /* longer with MSG_TRUNC */
    lua_rawseti(L, -2, 1);
    push_sender(L, s, &b, i);
    lua_rawseti(L, -2, 2);
    lua_pushboolean(L, is_cut(&b, i));
    lua_rawseti(L, -2, 3);
    if (room > 0) {
      ps_ancillary_push(L, b.messages[i].msg_hdr.msg_control, b.messages[i].msg_hdr.msg_controllen);
      lua_rawseti(L, -2, 4);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static void check_recvmmsg_into(lua_State *L, Socket *s) {
  (void)s;
  size_t len;
  ps_options_spread(L, 2, 3, "buffer bufsize flags=");
  ps_check_writable(L, 2, "buffer", &len);
  lua_Integer size = ps_check_integer(L, 3, "bufsize", 1, PS_SIZE_MAX);
  if ((size_t)size > len)
    ps_arg_error(L, 3, "bufsize is greater than the length of the buffer: %I of %I", size, (lua_Integer)len);
  ps_opt_int(L, 4, "flags", 0);
}

/***
Receives several messages into a buffer by one system call: as many as fit into the buffer, at most 1024. It waits for
the first message alone. Message i begins at byte `(i - 1) * bufsize + 1` of the buffer.
@function socket:recvmmsg_into
@async
@tparam bytearray buffer a bytearray or a view of one
@tparam integer bufsize the maximum number of bytes of each message
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] table options the arguments above by name
@treturn integer[] the length of each message
@treturn table the address of each message's sender; false for a message without one
@treturn boolean whether a message was longer than `bufsize` and was cut
@raise OSError as recvmmsg(2), BlockingIOError, timeout
@see recvmmsg(2)
*/
static int try_recvmmsg_into(lua_State *L, Socket *s, Wait *wait) {
  size_t len, size = (size_t)lua_tointeger(L, 3);
  ps_check_writable(L, 2, "buffer", &len);
  size_t count = len / size < MOST ? len / size : MOST;
  lua_settop(L, PS_DEADLINE(wait->op));
  Batch b = batch_new(L, count, 0);
  char *data = ps_check_writable(L, 2, "buffer", &len);
  for (size_t i = 0; i < count; i++) receive_into(&b, i, data + i * size, size);
  int n = sys_recvmmsg(s->fd, b.messages, (unsigned)count, ps_flags_at(L, 4, wait)), cut = 0;
  if (n < 0) return PS_ERRNO;
  lua_createtable(L, n, 0);
  lua_createtable(L, n, 0);
  for (size_t i = 0; i < (size_t)n; i++) {
    lua_pushinteger(L, b.messages[i].msg_len);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    push_sender(L, s, &b, i);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushboolean(L, 0);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    cut |= is_cut(&b, i);
  }
  lua_pushboolean(L, cut);
  return 3;
}

/* Pushes message 'i' (from 0). Returns its type. */
static int push_message(lua_State *L, size_t i) {
  int type = lua_rawgeti(L, 2, (lua_Integer)i + 1);
  if (type != LUA_TTABLE && type != LUA_TSTRING && !ps_bytes_is(L, lua_gettop(L)))
    ps_arg_error(L, 2, "messages[%I] must be a string, a bytearray or {data, address}, got %s", (lua_Integer)i + 1,
                 ps_type_name(L, lua_gettop(L)));
  return type;
}

/* The data of message 'i', which the table keeps alive. */
static struct iovec data_of(lua_State *L, size_t i) {
  size_t len;
  int top = lua_gettop(L);
  if (push_message(L, i) == LUA_TTABLE) lua_rawgeti(L, -1, 1);
  if (lua_type(L, -1) != LUA_TSTRING && !ps_bytes_is(L, lua_gettop(L)))
    ps_arg_error(L, 2, "messages[%I][1] must be a string or bytearray, got %s", (lua_Integer)i + 1,
                 ps_type_name(L, lua_gettop(L)));
  const char *data = ps_check_buffer(L, lua_gettop(L), "messages", &len);
  lua_settop(L, top);
  return (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
}

/* Reads the address of message 'i', which may have none: 0, or PS_ERROR for a host name, whose lookup would interrupt
   the batch. */
static int address_of(lua_State *L, const Socket *s, size_t i, Address *a) {
  int top = lua_gettop(L), found = 1;
  a->len = 0;
  if (push_message(L, i) == LUA_TTABLE && lua_rawgeti(L, -1, 2) != LUA_TNIL)
    found = ps_address_check(L, lua_gettop(L), s, a);
  lua_settop(L, top);
  if (found) return 0;
  return ps_error_push_class(L, "gaierror", "sendmmsg", "the host of messages[%I] is a name: look it up before",
                             (lua_Integer)i + 1);
}

static void check_sendmmsg(lua_State *L, Socket *s) {
  (void)s;
  ps_options_spread(L, 2, 2, "messages{} flags=");
  if (lua_type(L, 2) != LUA_TTABLE)
    ps_arg_error(L, 2, "messages must be a table of messages, got %s", ps_type_name(L, 2));
  size_t count = (size_t)lua_rawlen(L, 2);
  for (size_t i = 0; i < count; i++) data_of(L, i);
  ps_opt_int(L, 3, "flags", 0);
}

/***
Sends several messages by one system call.
@function socket:sendmmsg
@async
@tparam table messages a sequence of messages, each the data (a string or bytearray) or `{data, address}` with a numeric
  address
@tparam[opt=0] integer flags `MSG_*`
@tparam[opt] table options the arguments above by name
@treturn integer the number of messages sent, perhaps not all of them, and at most 1024
@raise OSError as sendmmsg(2), if the first message cannot be sent; gaierror for a host name; BlockingIOError, timeout
@usage s:sendmmsg({{"to one", one}, {"to another", another}})
@see sendmmsg(2)
*/
static int try_sendmmsg(lua_State *L, Socket *s, Wait *wait) {
  size_t count = (size_t)lua_rawlen(L, 2);
  if (count > MOST) count = MOST;
  lua_settop(L, PS_DEADLINE(wait->op));
  Batch b = batch_new(L, count, 0);
  for (size_t i = 0; i < count; i++) {
    Address *a = &b.addresses[i];
    if (address_of(L, s, i, a) < 0) return PS_ERROR;
    if (a->len == 0) continue;
    b.messages[i].msg_hdr.msg_name = &a->any;
    b.messages[i].msg_hdr.msg_namelen = a->len;
  }
  for (size_t i = 0; i < count; i++) b.iov[i] = data_of(L, i);
  int n = sys_sendmmsg(s->fd, b.messages, (unsigned)count, ps_flags_at(L, 3, wait));
  if (n < 0) return PS_ERRNO;
  lua_pushinteger(L, n);
  return 1;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt            checks               failure as a result */
    {"recvmmsg",          5,        SYS_READ,  0,      try_recvmmsg,      check_recvmmsg,      NULL},
    {"recvmmsg_into",     4,        SYS_READ,  0,      try_recvmmsg_into, check_recvmmsg_into, NULL},
    {"sendmmsg",          3,        SYS_WRITE, 0,      try_sendmmsg,      check_sendmmsg,      NULL},
    {NULL,                0,        0,         0,      NULL,              NULL,                NULL},
};
/* clang-format on */

void ps_batch_open(lua_State *L) { ps_operations_register(L, PS_OPEN_METHODS, operations, PS_METHOD); }
