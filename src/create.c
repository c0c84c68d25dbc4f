/* SPDX-License-Identifier: MIT */
/* The functions that create sockets: the constructor, pairs, and sockets for existing descriptors. */
#include "loop/loop.h"

/* Completes the socket at 'index', whose descriptor is new. */
static void born(lua_State *L, int index, sys_fd fd, int nonblock) {
  Socket *s = lua_touserdata(L, index);
  s->mode = nonblock ? PS_FD_NONBLOCKING : PS_FD_BLOCKING;
  ps_loops_born(s->world, fd);
  ps_socket_dress(L, index);
}

/* Asks the system for the family, type and protocol of a descriptor, as far as the caller has not given them. */
static void detect(lua_State *L, Socket *s, sys_fd fd) {
  Address a = {.len = sizeof a.storage};
  if (sys_getsockname(fd, &a.any, &a.len) < 0) {
    int code = errno;
    if (code == EBADF || code == ENOTSOCK || s->family < 0) ps_error_raise(L, code, "getsockname", 0);
  } else if (s->family < 0) s->family = a.any.sa_family;
  int value;
  socklen_t len = sizeof value;
  if (s->type < 0) {
    if (sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len) < 0) ps_error_raise(L, errno, "getsockopt", 0);
    s->type = value;
  }
  if (s->proto < 0) {
    s->proto = 0;
#ifdef SO_PROTOCOL
    len = sizeof value;
    if (sys_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &len) < 0) ps_error_raise(L, errno, "getsockopt", 0);
    s->proto = value;
#elif defined SO_PROTOCOL_INFOW
    WSAPROTOCOL_INFOW info;
    len = sizeof info;
    if (sys_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL_INFOW, &info, &len) < 0) ps_error_raise(L, errno, "getsockopt", 0);
    s->proto = info.iProtocol;
#endif
  }
}

int ps_socket_adopt(lua_State *L, Socket *s, sys_fd fd) {
  ps_socket_dress(L, -1);
  s->adopted = s->shared = 1;
  if (sys_adopt(fd)) s->mode = PS_FD_NONBLOCKING;
  s->connecting = s->lingers = 1; /* unknown, so perhaps */
  s->fd = fd;
  ps_loops_born(s->world, fd);
  return s->timeout >= 0 && ps_socket_apply_timeout(s) < 0 ? errno : 0;
}

/* The type without the flags that socket(2) takes with it. SOCK_NONBLOCK sets the timeout to 0. */
static int plain_type(Socket *s, int type) {
  if (type < 0) return type; /* not given: to be detected */
#ifdef SOCK_NONBLOCK
  if (type & SOCK_NONBLOCK) s->timeout = 0;
  type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  (void)s;
#endif
  return type;
}

/***
Creates a socket, or makes a socket of an existing descriptor.
@function socket
@constructor
@tparam[opt=AF_INET] integer family `AF_*`
@tparam[opt=SOCK_STREAM] integer type `SOCK_*`, with `SOCK_NONBLOCK` (for a timeout of 0) and `SOCK_CLOEXEC` allowed
@tparam[opt=0] integer proto the protocol
@tparam[opt] integer fileno a descriptor, which the socket owns from now on; the family, the type and the protocol are
  detected where they are not given
@tparam[opt] table options the arguments above by name
@treturn socket the socket; child processes do not inherit a new descriptor
@raise OSError as socket(2); EBADF, ENOTSOCK for `fileno`
@usage local s = socket.socket{fileno = 3}
@see Python's socket.socket
*/
static int f_socket(lua_State *L) {
  ps_options_spread(L, 1, 4, "family= type= proto= fileno=");
  lua_settop(L, 4);
  int family = ps_opt_int(L, 1, "family", -1), type = ps_opt_int(L, 2, "type", -1),
      proto = ps_opt_int(L, 3, "proto", -1);
  Socket *s = ps_socket_new(L, family, type, proto, 0);
  if (!lua_isnil(L, 4)) {
    sys_fd fd = ps_check_fd(L, 4, "fileno");
    if (fd < 0) ps_arg_error(L, 4, "negative file descriptor %I", (lua_Integer)fd);
    s->type = plain_type(s, type);
    detect(L, s, fd);
    int code = ps_socket_adopt(L, s, fd);
    if (code == 0) return 1;
    s->fd = SYS_NO_FD; /* the caller still owns the descriptor */
    return ps_error_raise(L, code, "fcntl", 0);
  }
  if (family == -1) s->family = AF_INET;
  if (proto == -1) s->proto = 0;
  if (type == -1) type = SOCK_STREAM;
  s->type = plain_type(s, type);
  int nonblock = ps_socket_nonblocking(L, s);
  s->fd = sys_socket(s->family, s->type, s->proto, nonblock);
  if (s->fd < 0) return ps_error_raise(L, errno, "socket", 0);
  born(L, -1, s->fd, nonblock);
  return 1;
}

/* The call of the class: socket.socket(...) */
static int call_class(lua_State *L) {
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  return f_socket(L);
}

/***
Creates two sockets that are connected to each other.
@function socketpair
@tparam[opt=AF_UNIX] integer family `AF_*`; on Windows the default is `AF_INET`, a connection over loopback
@tparam[opt=SOCK_STREAM] integer type `SOCK_*`
@tparam[opt=0] integer proto the protocol
@tparam[opt] table options the arguments above by name
@treturn socket one end
@treturn socket the other end
@raise OSError as socketpair(2)
@see Python's socket.socketpair
*/
static int f_socketpair(lua_State *L) {
  ps_options_spread(L, 1, 3, "family= type= proto=");
  int family = ps_opt_int(L, 1, "family", SYS_PAIR_FAMILY), type = ps_opt_int(L, 2, "type", SOCK_STREAM),
      proto = ps_opt_int(L, 3, "proto", 0);
  Socket *pair[2];
  for (int i = 0; i < 2; i++) {
    pair[i] = ps_socket_new(L, family, type, proto, 0);
    pair[i]->type = plain_type(pair[i], type);
  }
  int nonblock = ps_socket_nonblocking(L, pair[0]);
  sys_fd fds[2];
  if (sys_socketpair(family, pair[0]->type, proto, nonblock, fds) < 0) return ps_error_raise(L, errno, "socketpair", 0);
  for (int i = 0; i < 2; i++) pair[i]->fd = fds[i];
  for (int i = 0; i < 2; i++) born(L, i - 2, fds[i], nonblock);
  return 2;
}

/***
Creates a socket on a duplicate of a descriptor.
@function fromfd
@tparam integer fd the descriptor, which the caller still owns
@tparam integer family `AF_*`
@tparam integer type `SOCK_*`
@tparam[opt=0] integer proto the protocol
@tparam[opt] table options the arguments above by name
@treturn socket the socket
@raise OSError EBADF, ENOTSOCK
@see Python's socket.fromfd
*/
static int f_fromfd(lua_State *L) {
  ps_options_spread(L, 1, 4, "fd family type proto=");
  sys_fd fd = ps_check_fd(L, 1, "fd");
  int family = ps_check_int(L, 2, "family"), type = ps_check_int(L, 3, "type"), proto = ps_opt_int(L, 4, "proto", 0);
  Socket *s = ps_socket_new(L, family, type, proto, 0);
  s->type = plain_type(s, type);
  detect(L, s, fd); /* before there is a duplicate that an error would have to close */
  s->fd = sys_dup(fd);
  if (s->fd < 0) return ps_error_raise(L, errno, "dup", 0);
  int code = ps_socket_adopt(L, s, s->fd);
  return code == 0 ? 1 : ps_error_raise(L, code, "fcntl", 0);
}

/***
Duplicates a descriptor. Child processes do not inherit the duplicate.
@function dup
@tparam integer fd the descriptor
@treturn integer the duplicate
@raise OSError EBADF, EMFILE
@see Python's socket.dup
*/
static int f_dup(lua_State *L) {
  sys_fd fd = sys_dup(ps_check_fd(L, 1, "fd"));
  if (fd < 0) return ps_error_raise(L, errno, "dup", 0);
  lua_pushinteger(L, fd);
  return 1;
}

/***
Closes a descriptor that does not belong to a socket object.
@function close
@tparam integer fd the descriptor
@raise OSError EBADF
@see Python's socket.close
*/
static int f_close(lua_State *L) {
  sys_fd fd = ps_check_fd(L, 1, "fd");
  int code = ps_close(L, ps_world(L), fd, 1);
  if (code != 0) return ps_error_raise(L, code, "close", 0);
  return 0;
}

static const luaL_Reg functions[] = {
    {"socketpair", f_socketpair}, {"fromfd", f_fromfd}, {"dup", f_dup}, {"close", f_close}, {NULL, NULL}};

void ps_create_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
  lua_pushliteral(L, "socket.socket");
  lua_setfield(L, PS_OPEN_METHODS, "__name");
  lua_getfield(L, PS_OPEN_CORE, "socket");
  lua_getmetatable(L, -1);
  ps_function_push(L, "socket", call_class, 0, 0);
  lua_setfield(L, -2, "__call");
}
