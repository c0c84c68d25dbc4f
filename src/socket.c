/* SPDX-License-Identifier: MIT */
/*
** The socket userdata: its life, attributes and modes, adoption of descriptors, duplication, inheritance. A socket is made
** closed, before the system call that yields its descriptor: neither an error nor the collector meets a half-made one.
*/
#include <string.h>

#include "core.h"

/* {== The userdata ==} */

Socket *ps_socket_to(lua_State *L, int arg) {
  Socket *s = lua_touserdata(L, arg);
  if (s == NULL || !lua_getmetatable(L, arg)) return NULL;
  int is = lua_topointer(L, -1) == ps_world(L)->socket_type;
  lua_pop(L, 1);
  return is ? s : NULL;
}

Socket *ps_socket_check(lua_State *L, int arg) {
  Socket *s = ps_socket_to(L, arg);
  if (s == NULL) ps_type_error(L, arg, "socket");
  return s;
}

Socket *ps_socket_new(lua_State *L) {
  Socket *s = lua_newuserdatauv(L, sizeof *s, 0);
  memset(s, 0, sizeof *s);
  s->fd = SYS_NO_FD;
  s->timeout = ps_world(L)->timeout;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SOCKET);
  lua_setmetatable(L, -2);
  return s;
}

int ps_socket_nonblocking(lua_State *L, const Socket *s) { return s->timeout >= 0 || ps_scheduled(L); }

/* remembers what was made of the descriptor at its birth */
static void born(Socket *s, int nonblock) {
  if (nonblock) s->mode = PS_FD_NONBLOCKING;
}

/* Switches the descriptor to what the timeout asks for; 0, or -1 and errno. */
static int apply_timeout(Socket *s) {
  int nonblock = s->timeout >= 0;
  if (sys_set_nonblocking(s->fd, nonblock) < 0) return -1;
  s->mode = nonblock ? PS_FD_NONBLOCKING : PS_FD_BLOCKING;
  return 0;
}

/* The descriptor counts as gone even if close(2) fails: 0, or errno. */
static int close_fd(lua_State *L, Socket *s) {
  sys_fd fd = s->fd;
  if (fd == SYS_NO_FD) return 0;
  s->fd = SYS_NO_FD;
  ps_scheduler_closing(L, fd);
  return sys_close(fd) < 0 && errno != ECONNRESET && errno != EINTR ? errno : 0;
}

/* {== Making sockets ==} */

/* completes a socket made from a descriptor: what was not given is asked of the system */
static void detect(lua_State *L, Socket *s, sys_fd fd) {
  Address a = {.len = sizeof a.storage};
  if (getsockname(fd, &a.any, &a.len) < 0) {
    int code = errno;
    if (code == EBADF || code == ENOTSOCK || s->family < 0) ps_error_raise(L, code, "getsockname", 0);
  } else if (s->family < 0) s->family = a.any.sa_family;
  int value;
  socklen_t len = sizeof value;
  if (s->type < 0) {
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len) < 0) ps_error_raise(L, errno, "getsockopt", 0);
    s->type = value;
  }
  if (s->proto < 0) {
    s->proto = 0;
#ifdef SO_PROTOCOL
    len = sizeof value;
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &len) < 0) ps_error_raise(L, errno, "getsockopt", 0);
    s->proto = value;
#endif
  }
}

/* makes a descriptor of somebody else's the socket's own: as it is, but for a default timeout */
static void adopt(lua_State *L, Socket *s, sys_fd fd) {
  if (s->timeout >= 0 && sys_set_nonblocking(fd, 1) < 0) ps_error_raise(L, errno, "fcntl", 0);
  born(s, s->timeout >= 0);
  s->fd = fd;
}

/* the type without the flags that socket(2) takes with it; SOCK_NONBLOCK makes a timeout of zero */
static int plain_type(Socket *s, int type) {
#ifdef SOCK_NONBLOCK
  if (type & SOCK_NONBLOCK) s->timeout = 0;
  type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  (void)s;
#endif
  return type;
}

/***
A new socket, or one made of a descriptor that is there already.
@function socket
@tparam[opt=AF_INET] integer family
@tparam[opt=SOCK_STREAM] integer type may hold `SOCK_NONBLOCK` (the timeout is then 0) and `SOCK_CLOEXEC`
@tparam[opt=0] integer proto
@tparam[opt] integer fileno a descriptor to adopt, not duplicated; what is not given is detected
@treturn socket not inherited by child processes
@raise OSError as socket(2); EBADF, ENOTSOCK for `fileno`
@usage local s = socket.socket{fileno = 3}
@see Python's socket.socket
*/
static int f_socket(lua_State *L) {
  static const char *const names[] = {"family", "type", "proto", "fileno", NULL};
  ps_options_spread(L, 1, names);
  int family = ps_opt_int(L, 1, "family", -1), type = ps_opt_int(L, 2, "type", -1), proto = ps_opt_int(L, 3, "proto", -1);
  Socket *s = ps_socket_new(L);
  s->family = family;
  s->proto = proto;
  if (!lua_isnil(L, 4)) {
    sys_fd fd = ps_check_int(L, 4, "fileno");
    if (fd < 0) ps_arg_error(L, 4, "negative file descriptor %d", fd);
    s->type = type < 0 ? -1 : plain_type(s, type);
    detect(L, s, fd);
    adopt(L, s, fd);
    return 1;
  }
  if (family == -1) s->family = AF_INET;
  if (proto == -1) s->proto = 0;
  if (type == -1) type = SOCK_STREAM;
  s->type = plain_type(s, type);
  int nonblock = ps_socket_nonblocking(L, s);
  s->fd = sys_socket(s->family, s->type, s->proto, nonblock);
  if (s->fd < 0) return ps_error_raise(L, errno, "socket", 0);
  born(s, nonblock);
  return 1;
}

/* the class is called: socket.socket(...) */
static int call_class(lua_State *L) {
  lua_remove(L, 1);
  return f_socket(L);
}

/***
Two sockets, connected to each other.
@function socketpair
@tparam[opt=AF_UNIX] integer family
@tparam[opt=SOCK_STREAM] integer type
@tparam[opt=0] integer proto
@treturn socket
@treturn socket
@raise OSError as socketpair(2)
@see Python's socket.socketpair
*/
static int f_socketpair(lua_State *L) {
  static const char *const names[] = {"family", "type", "proto", NULL};
  ps_options_spread(L, 1, names);
  int family = ps_opt_int(L, 1, "family", AF_UNIX), type = ps_opt_int(L, 2, "type", SOCK_STREAM),
      proto = ps_opt_int(L, 3, "proto", 0);
  Socket *pair[2];
  for (int i = 0; i < 2; i++) {
    pair[i] = ps_socket_new(L);
    pair[i]->family = family;
    pair[i]->type = plain_type(pair[i], type);
    pair[i]->proto = proto;
  }
  int nonblock = ps_socket_nonblocking(L, pair[0]);
  sys_fd fds[2];
  if (sys_socketpair(family, pair[0]->type, proto, nonblock, fds) < 0) return ps_error_raise(L, errno, "socketpair", 0);
  for (int i = 0; i < 2; i++) {
    pair[i]->fd = fds[i];
    born(pair[i], nonblock);
  }
  return 2;
}

/***
A socket on a duplicate of a descriptor: the caller's stays open.
@function fromfd
@tparam integer fd
@tparam integer family
@tparam integer type
@tparam[opt=0] integer proto
@treturn socket
@raise OSError EBADF, ENOTSOCK
@see Python's socket.fromfd
*/
static int f_fromfd(lua_State *L) {
  static const char *const names[] = {"fd", "family", "type", "proto", NULL};
  ps_options_spread(L, 1, names);
  sys_fd fd = ps_check_int(L, 1, "fd");
  Socket *s = ps_socket_new(L);
  s->family = ps_check_int(L, 2, "family");
  s->type = plain_type(s, ps_check_int(L, 3, "type"));
  s->proto = ps_opt_int(L, 4, "proto", 0);
  detect(L, s, fd); /* before there is a copy that a failure would have to close */
  sys_fd copy = sys_dup(fd);
  if (copy < 0) return ps_error_raise(L, errno, "dup", 0);
  adopt(L, s, copy);
  return 1;
}

/***
A duplicate of a descriptor, not inherited by child processes.
@function dup
@tparam integer fd
@treturn integer
@raise OSError EBADF, EMFILE
@see Python's socket.dup
*/
static int f_dup(lua_State *L) {
  sys_fd fd = sys_dup(ps_check_int(L, 1, "fd"));
  if (fd < 0) return ps_error_raise(L, errno, "dup", 0);
  lua_pushinteger(L, fd);
  return 1;
}

/***
Closes a descriptor that is no socket object's.
@function close
@tparam integer fd
@raise OSError EBADF
@see Python's socket.close
*/
static int f_close(lua_State *L) {
  sys_fd fd = ps_check_int(L, 1, "fd");
  ps_scheduler_closing(L, fd);
  if (sys_close(fd) < 0 && errno != ECONNRESET) return ps_error_raise(L, errno, "close", 0);
  return 0;
}

/***
What a value is, in the manner of `io.type`.
@function type
@param value
@treturn ?string `"socket"`, `"closed socket"`, or nil for anything else
*/
static int f_type(lua_State *L) {
  luaL_checkany(L, 1);
  const Socket *s = ps_socket_to(L, 1);
  if (s == NULL) lua_pushnil(L);
  else lua_pushstring(L, s->fd == SYS_NO_FD || s->closed ? "closed socket" : "socket");
  return 1;
}

/***
The timeout of new sockets.
@function getdefaulttimeout
@treturn ?number seconds; nil: none
@see Python's socket.getdefaulttimeout
*/
static int f_getdefaulttimeout(lua_State *L) {
  ps_timeout_push(L, ps_world(L)->timeout);
  return 1;
}

/***
Sets the timeout of sockets made from now on.
@function setdefaulttimeout
@tparam ?number timeout seconds; nil: none
@see Python's socket.setdefaulttimeout
*/
static int f_setdefaulttimeout(lua_State *L) {
  ps_world(L)->timeout = ps_check_timeout(L, 1, "timeout");
  return 0;
}

/* {== Methods: life ==} */

/***
Closes the socket: its descriptor, when no file made from it is open any more. Harmless when repeated.
@function socket:close
@raise OSError as close(2), once
@see Python's socket.close
*/
static int m_close(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  s->closed = 1;
  int code = s->files > 0 ? 0 : close_fd(L, s);
  if (code != 0) return ps_error_raise(L, code, "close", 0);
  return 0;
}

static int socket_tostring(lua_State *L);

/* a socket that nobody closed: its finalizer says so while the descriptor still works */
static int warn_unclosed(lua_State *L) {
  lua_settop(L, 1);
  socket_tostring(L);
  lua_warning(L, lua_pushfstring(L, "unclosed %s", lua_tostring(L, -1)), 0);
  return 0;
}

static int socket_gc(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (s->fd == SYS_NO_FD) return 0;
  ps_function_push(L, "warn", warn_unclosed, PS_METHOD, 0);
  lua_pushvalue(L, 1);
  lua_pcall(L, 1, 0, 0); /* without memory for the text it closes all the same */
  close_fd(L, s);
  return 0;
}

/***
Gives the descriptor away: the object is closed, the descriptor stays open and is the caller's.
@function socket:detach
@treturn integer -1 when it was closed before
@see Python's socket.detach
*/
static int m_detach(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  sys_fd fd = s->fd;
  s->fd = SYS_NO_FD;
  s->closed = 1;
  if (fd != SYS_NO_FD) ps_scheduler_closing(L, fd);
  lua_pushinteger(L, fd);
  return 1;
}

/***
A second socket on a duplicate of the descriptor, with the same timeout, not inherited by child processes.
@function socket:dup
@treturn socket
@raise OSError EBADF, EMFILE
@see Python's socket.dup
*/
static int m_dup(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  Socket *copy = ps_socket_new(L);
  *copy = *s;
  copy->fd = SYS_NO_FD;
  copy->files = 0;
  copy->closed = 0;
  copy->fd = sys_dup(s->fd);
  if (copy->fd < 0) return ps_error_raise(L, errno, "dup", 0);
  return 1;
}

/***
The descriptor.
@function socket:fileno
@treturn integer -1 when closed or detached
@see Python's socket.fileno
*/
static int m_fileno(lua_State *L) {
  lua_pushinteger(L, ps_socket_check(L, 1)->fd);
  return 1;
}

/***
Whether child processes inherit the descriptor.
@function socket:get_inheritable
@treturn boolean
@raise OSError EBADF
@see Python's socket.get_inheritable
*/
static int m_get_inheritable(lua_State *L) {
  int inheritable = sys_get_inheritable(ps_socket_check(L, 1)->fd);
  if (inheritable < 0) return ps_error_raise(L, errno, "fcntl", 0);
  lua_pushboolean(L, inheritable);
  return 1;
}

/* a boolean, or a number as those who know Python write it: 0 is false */
static int flag(lua_State *L, int arg) {
  if (lua_isnone(L, arg)) ps_type_error(L, arg, "boolean");
  return lua_type(L, arg) == LUA_TNUMBER ? lua_tonumber(L, arg) != 0 : lua_toboolean(L, arg);
}

/***
Sets whether child processes inherit the descriptor.
@function socket:set_inheritable
@tparam boolean inheritable
@raise OSError EBADF
@see Python's socket.set_inheritable
*/
static int m_set_inheritable(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  if (sys_set_inheritable(s->fd, flag(L, 2)) < 0)
    return ps_error_raise(L, errno, "fcntl", 0);
  return 0;
}

/* {== Methods: modes ==} */

static int set_timeout(lua_State *L, Socket *s, int64_t timeout) {
  s->timeout = timeout;
  if (apply_timeout(s) < 0) return ps_error_raise(L, errno, "settimeout", 0);
  return 0;
}

/***
Sets how long an operation may take.
@function socket:settimeout
@tparam ?number timeout seconds; 0: non-blocking; nil: no limit
@raise OSError EBADF
@see Python's socket.settimeout
*/
static int m_settimeout(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (lua_isnone(L, 2)) ps_type_error(L, 2, "number or nil");
  return set_timeout(L, s, ps_check_timeout(L, 2, "timeout"));
}

/***
How long an operation may take.
@function socket:gettimeout
@treturn ?number seconds; nil: no limit
@see Python's socket.gettimeout
*/
static int m_gettimeout(lua_State *L) {
  ps_timeout_push(L, ps_socket_check(L, 1)->timeout);
  return 1;
}

/***
`settimeout(nil)` or `settimeout(0)`.
@function socket:setblocking
@tparam boolean flag
@raise OSError EBADF
@see Python's socket.setblocking
*/
static int m_setblocking(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  return set_timeout(L, s, flag(L, 2) ? -1 : 0);
}

/***
Whether operations wait: false only with a timeout of 0.
@function socket:getblocking
@treturn boolean
@see Python's socket.getblocking
*/
static int m_getblocking(lua_State *L) {
  lua_pushboolean(L, ps_socket_check(L, 1)->timeout != 0);
  return 1;
}

/* {== Files made from a socket ==} */

/***
Counts a file that keeps the descriptor open.
@function retain
@tparam socket s
*/
static int f_retain(lua_State *L) {
  ps_socket_check(L, 1)->files++;
  return 0;
}

/***
A file is done with the socket: the last one closes the descriptor of a closed socket.
@function release
@tparam socket s
@raise OSError as close(2)
*/
static int f_release(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (s->files > 0) s->files--;
  int code = s->closed && s->files == 0 ? close_fd(L, s) : 0;
  if (code != 0) return ps_error_raise(L, code, "close", 0);
  return 0;
}

/* {== Attributes ==} */

static int get_family(lua_State *L, const Socket *s) { return lua_pushinteger(L, s->family), 1; }
static int get_type(lua_State *L, const Socket *s) { return lua_pushinteger(L, s->type), 1; }
static int get_proto(lua_State *L, const Socket *s) { return lua_pushinteger(L, s->proto), 1; }
static int get_timeout(lua_State *L, const Socket *s) { return ps_timeout_push(L, s->timeout), 1; }

static const struct {
  const char *name;
  int (*get)(lua_State *L, const Socket *s);
} attributes[] = {{"family", get_family}, {"type", get_type}, {"proto", get_proto}, {"timeout", get_timeout}};

/* a method (the table is an upvalue), or else an attribute */
static int socket_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(PS_UP_OWN)) != LUA_TNIL) return 1;
  const Socket *s = ps_socket_check(L, 1);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
    if (strcmp(attributes[i].name, name) == 0) return attributes[i].get(L, s);
  lua_pushnil(L);
  return 1;
}

static int socket_newindex(lua_State *L) {
  ps_where_push(L);
  lua_pushfstring(L, "field '%s' of a socket cannot be set", luaL_tolstring(L, 2, NULL));
  lua_remove(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

/* pushes ", laddr=ADDRESS", or "" where the system has none to tell; an abstract AF_UNIX name begins with "@" */
static void address_text(lua_State *L, const Socket *s, const char *label,
                         int (*get)(int, struct sockaddr *, socklen_t *)) {
  Address a = {.len = sizeof a.storage};
  size_t len = 0;
  int top = lua_gettop(L);
  lua_pushliteral(L, "");
  if (get(s->fd, &a.any, &a.len) < 0) return;
  ps_address_push(L, &a, s->proto);
  if (lua_isnil(L, -1)) lua_settop(L, top + 1);
  else {
    const char *text = luaL_tolstring(L, -1, &len);
    if (len > 0) {
      int abstract = text[0] == '\0';
      lua_pushfstring(L, ", %s=%s", label, abstract ? "@" : "");
      lua_pushlstring(L, text + abstract, len - abstract);
      lua_concat(L, 2);
      lua_replace(L, top + 1);
    }
    lua_settop(L, top + 1);
  }
}

/* "<socket.socket fd=3, family=2, type=1, proto=0, laddr=127.0.0.1:80>" */
static int socket_tostring(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  lua_pushfstring(L, "<socket.socket%s fd=%d, family=%d, type=%d, proto=%d", s->closed ? " [closed]" : "", s->fd, s->family,
                  s->type, s->proto);
  if (s->fd == SYS_NO_FD || s->closed) lua_pushliteral(L, ">");
  else {
    address_text(L, s, "laddr", getsockname);
    address_text(L, s, "raddr", getpeername);
    lua_pushliteral(L, ">");
    lua_concat(L, 3);
  }
  lua_concat(L, 2);
  return 1;
}

/* {== Registering ==} */

static const luaL_Reg functions[] = {{"socketpair", f_socketpair},
                                     {"fromfd", f_fromfd},
                                     {"dup", f_dup},
                                     {"close", f_close},
                                     {"type", f_type},
                                     {"getdefaulttimeout", f_getdefaulttimeout},
                                     {"setdefaulttimeout", f_setdefaulttimeout},
                                     {"retain", f_retain},
                                     {"release", f_release},
                                     {NULL, NULL}};

static const luaL_Reg methods[] = {{"close", m_close},
                                   {"detach", m_detach},
                                   {"dup", m_dup},
                                   {"fileno", m_fileno},
                                   {"get_inheritable", m_get_inheritable},
                                   {"set_inheritable", m_set_inheritable},
                                   {"settimeout", m_settimeout},
                                   {"gettimeout", m_gettimeout},
                                   {"setblocking", m_setblocking},
                                   {"getblocking", m_getblocking},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", socket_gc},
                                       {"__close", m_close},
                                       {"__newindex", socket_newindex},
                                       {"__tostring", socket_tostring},
                                       {NULL, NULL}};

void ps_socket_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_register(L, PS_OPEN_METHODS, methods, PS_METHOD);
  ps_metatable_push(L, PS_SOCKET, "socket");
  ps_world(L)->socket_type = lua_topointer(L, -1);
  ps_register(L, -1, metamethods, PS_METHOD);
  lua_pushvalue(L, PS_OPEN_METHODS);
  ps_function_push(L, "index", socket_index, PS_METHOD, 1);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, PS_OPEN_METHODS);
  lua_setfield(L, -2, "__class");
  /* the class: a table of the methods that makes a socket when it is called */
  lua_pushliteral(L, "socket.socket");
  lua_setfield(L, PS_OPEN_METHODS, "__name");
  lua_createtable(L, 0, 1);
  ps_function_push(L, "socket", call_class, 0, 0);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, PS_OPEN_METHODS);
  lua_pushvalue(L, PS_OPEN_METHODS);
  lua_setfield(L, PS_OPEN_CORE, "socket");
  lua_pushvalue(L, PS_OPEN_METHODS);
  lua_setfield(L, PS_OPEN_CORE, "SocketType");
}
