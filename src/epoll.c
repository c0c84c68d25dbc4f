/* SPDX-License-Identifier: MIT */
/* epoll(7) objects, on systems that have them. */
#include "loop/loop.h"
#include "poller.h"

#ifdef SYS_EPOLL
#include <limits.h>
#include <string.h>

#define EVENTS_DEFAULT 256
#define EVENTS_MAX 65536

typedef struct Epoll {
  sys_fd fd; /* SYS_NO_FD: closed */
} Epoll;

static const char epoll_key = 0; /* the key of its metatable in the registry */

/* The epoll object at 'arg', open or closed, or raises an error. */
static Epoll *check_epoll(lua_State *L, int arg) {
  Epoll *e = lua_touserdata(L, arg);
  if (e != NULL && lua_getmetatable(L, arg)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &epoll_key);
    int is = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (is) return e;
  }
  ps_type_error(L, arg, "epoll");
  return NULL;
}

static Epoll *check_open_epoll(lua_State *L) {
  Epoll *e = check_epoll(L, 1);
  if (e->fd == SYS_NO_FD) ps_arg_error(L, 1, "I/O operation on closed epoll object");
  return e;
}

/* Pushes a closed object. */
static Epoll *epoll_push(lua_State *L) {
  Epoll *e = lua_newuserdatauv(L, sizeof *e, 0);
  *e = (Epoll){.fd = SYS_NO_FD};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &epoll_key);
  lua_setmetatable(L, -2);
  return e;
}

/* Pushes a new set. If the system has none, its descriptor is SYS_NO_FD, and errno is set. */
static Epoll *new_epoll(lua_State *L) {
  Epoll *e = epoll_push(L);
  e->fd = epoll_create1(EPOLL_CLOEXEC);
  if (e->fd != SYS_NO_FD) ps_loops_born(ps_world(L), e->fd);
  return e;
}

/***
Creates a set of descriptors that the kernel watches.
@class epoll a set of descriptors that the kernel watches; a variable with `<close>` closes it at the end of its block
@tfield boolean closed whether the set is closed
@function epoll
@constructor
@tparam[opt=-1] integer sizehint a positive number or -1, without effect
@tparam[opt=0] integer flags `EPOLL_CLOEXEC` or 0, without effect
@tparam[opt] table options the arguments above by name
@treturn epoll the set; child processes do not inherit its descriptor
@raise OSError EMFILE; EINVAL for other flags
@see Python's select.epoll
*/
static int call_class(lua_State *L) {
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  ps_options_spread(L, 1, 2, "sizehint= flags=");
  int sizehint = ps_opt_int(L, 1, "sizehint", -1), flags = ps_opt_int(L, 2, "flags", 0);
  if (sizehint < -1 || sizehint == 0) ps_arg_error(L, 1, "sizehint must be positive or -1, got %d", sizehint);
  if (flags & ~EPOLL_CLOEXEC) return ps_error_raise(L, EINVAL, "epoll_create1", 0);
  if (new_epoll(L)->fd < 0) return ps_error_raise(L, errno, "epoll_create1", 0);
  return 1;
}

/***
Creates an epoll object that owns an existing descriptor.
@function epoll.fromfd
@tparam integer fd the descriptor of an epoll set
@treturn epoll the object
@see Python's select.epoll.fromfd
*/
static int f_fromfd(lua_State *L) {
  sys_fd fd = (sys_fd)ps_check_integer(L, 1, "fd", 0, INT_MAX);
  epoll_push(L)->fd = fd;
  return 1;
}

static int control(lua_State *L, int op, uint32_t events) {
  const Epoll *e = check_open_epoll(L);
  struct epoll_event event = {.events = events, .data = {.fd = ps_descriptor_check(L, 2)}};
  if (epoll_ctl(e->fd, op, event.data.fd, &event) < 0) return ps_error_raise(L, errno, "epoll_ctl", 0);
  return 0;
}

/***
Adds a descriptor to the set.
@function epoll:register
@param fd a descriptor, or an object with a method `fileno`
@tparam[opt=EPOLLIN|EPOLLPRI|EPOLLOUT] integer eventmask the events to watch for, `EPOLL*`
@tparam[opt] table options the arguments above by name
@raise OSError EEXIST; EPERM for a descriptor that the kernel cannot watch
@see Python's select.epoll.register
*/
static int m_register(lua_State *L) {
  ps_options_spread(L, 2, 2, "fd{} eventmask=");
  lua_Integer events = ps_opt_integer(L, 3, "eventmask", 0, UINT_MAX, EPOLLIN | EPOLLPRI | EPOLLOUT);
  return control(L, EPOLL_CTL_ADD, (uint32_t)events);
}

/***
Changes the events that a descriptor of the set is watched for.
@function epoll:modify
@param fd a descriptor, or an object with a method `fileno`
@tparam integer eventmask the events to watch for, `EPOLL*`
@raise OSError ENOENT
@see Python's select.epoll.modify
*/
static int m_modify(lua_State *L) {
  ps_options_spread(L, 2, 2, "fd{} eventmask");
  return control(L, EPOLL_CTL_MOD, (uint32_t)ps_check_integer(L, 3, "eventmask", 0, UINT_MAX));
}

/***
Removes a descriptor from the set.
@function epoll:unregister
@param fd a descriptor, or an object with a method `fileno`
@raise OSError ENOENT
@see Python's select.epoll.unregister
*/
static int m_unregister(lua_State *L) {
  ps_options_spread(L, 2, 1, "fd{}");
  return control(L, EPOLL_CTL_DEL, 0);
}

/***
Returns the descriptor of the set itself, which is readable while a descriptor in the set is ready.
@function epoll:fileno
@treturn integer the descriptor
@see Python's select.epoll.fileno
*/
static int m_fileno(lua_State *L) {
  lua_pushinteger(L, check_open_epoll(L)->fd);
  return 1;
}

/* Closes the descriptor: 0, or errno. The object has lost the descriptor even if close(2) fails. */
static int close_fd(lua_State *L, Epoll *e) {
  sys_fd fd = e->fd;
  if (fd == SYS_NO_FD) return 0;
  e->fd = SYS_NO_FD;
  return ps_close(L, ps_world(L), fd, 0);
}

/***
Closes the set. A second call does nothing.
@function epoll:close
@raise OSError as close(2)
@see Python's select.epoll.close
*/
static int m_close(lua_State *L) {
  int code = close_fd(L, check_epoll(L, 1));
  if (code != 0) return ps_error_raise(L, code, "close", 0);
  return 0;
}

static int epoll_gc(lua_State *L) {
  close_fd(L, check_epoll(L, 1));
  return 0;
}

/* Pushes the field 'closed', or a method, whose table is an upvalue. */
static int epoll_index(lua_State *L) {
  const Epoll *e = check_epoll(L, 1);
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "closed") == 0)
    lua_pushboolean(L, e->fd == SYS_NO_FD);
  else lua_rawget(L, lua_upvalueindex(PS_UP_OWN));
  return 1;
}

static int epoll_tostring(lua_State *L) {
  lua_pushfstring(L, "<select.epoll fd=%I>", (lua_Integer)check_epoll(L, 1)->fd);
  return 1;
}

static void check_poll(lua_State *L, Socket *s) {
  (void)s;
  check_open_epoll(L);
  if (lua_isnoneornil(L, 4)) ps_options_spread(L, 2, 2, "timeout= maxevents=");
  if (lua_type(L, 2) == LUA_TNUMBER && lua_tonumber(L, 2) < 0) { /* no limit, as in Python */
    lua_pushnil(L);
    lua_replace(L, 2);
  }
  ps_check_timeout(L, 2, "timeout");
  lua_Integer max = ps_opt_integer(L, 3, "maxevents", INT_MIN, INT_MAX, -1);
  if (max < -1 || max == 0) ps_arg_error(L, 3, "maxevents must be greater than 0 or -1, got %I", max);
}

/* Puts the events into the table at the top, as a flat sequence. */
static void put_events(lua_State *L, const struct epoll_event *events, int n) {
  for (int i = 0; i < n; i++) {
    lua_pushinteger(L, events[i].data.fd);
    lua_rawseti(L, -2, 2 * i + 1);
    lua_pushinteger(L, events[i].events);
    lua_rawseti(L, -2, 2 * i + 2);
  }
}

/***
Waits until a descriptor of the set is ready.
@function epoll:poll
@async
@tparam[opt] number timeout in seconds; nil or negative: no limit
@tparam[opt=-1] integer maxevents the maximum number of descriptors to return; -1: 256
@tparam[opt] table options the arguments above by name
@treturn table a sequence of pairs `{fd, event}`; empty after the timeout
@raise OSError as epoll_wait(2)
@see Python's select.epoll.poll
*/
static int try_poll(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  const Epoll *e = check_open_epoll(L);
  lua_Integer max = lua_isnil(L, 3) || lua_tointeger(L, 3) < 0 ? EVENTS_DEFAULT : lua_tointeger(L, 3);
  if (max > EVENTS_MAX) max = EVENTS_MAX; /* the next call returns the rest */
  wait->timeout = ps_check_timeout(L, 2, "timeout");
  wait->fd = e->fd;
  int64_t ns = ps_may_block(L, wait);
  size_t size = (size_t)max * sizeof(struct epoll_event);
  /* scratch memory only where no tables are made, since the collector may run finalizers that use it */
  struct epoll_event *events = lua_istable(L, 4) ? (void *)ps_scratch(L, size) : lua_newuserdatauv(L, size, 0);
  int n = sys_epoll_wait(e->fd, events, (int)max, ns);
  int unready = ps_poller_unready(L, n, wait);
  if (unready != 0) return unready;
  if (lua_istable(L, 4)) { /* a table of the caller for the events, as selectors pass it */
    lua_pushvalue(L, 4);
    put_events(L, events, n);
    lua_pushinteger(L, n);
    return 1;
  }
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, events[i].data.fd);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, events[i].events);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* After the timeout, no descriptor is ready. */
static int failed_poll(lua_State *L, int code) {
  if (code != EAGAIN) return ps_error_push(L, code, "epoll_wait", 0);
  if (lua_isnil(L, 4)) lua_newtable(L);
  else lua_pushinteger(L, 0);
  return 1;
}

/* clang-format off */
static const Operation epoll_operations[] = {
    /* method or function arguments waits for address attempt   checks      failure as a result */
    {"poll",              4,        SYS_READ, 0,      try_poll, check_poll, failed_poll},
    {NULL,                0,        0,        0,      NULL,     NULL,       NULL},
};
/* clang-format on */

static const luaL_Reg epoll_functions[] = {{"fromfd", f_fromfd}, {NULL, NULL}};

static const luaL_Reg epoll_methods[] = {{"register", m_register}, {"modify", m_modify}, {"unregister", m_unregister},
                                         {"fileno", m_fileno},     {"close", m_close},   {NULL, NULL}};

static const luaL_Reg epoll_metamethods[] = {
    {"__gc", epoll_gc}, {"__close", m_close}, {"__tostring", epoll_tostring}, {NULL, NULL}};

void ps_epoll_open(lua_State *L) {
  lua_createtable(L, 0, 6);
  int metatable = lua_gettop(L);
  lua_pushliteral(L, "epoll");
  lua_setfield(L, metatable, "__name");
  ps_register(L, metatable, epoll_metamethods, PS_METHOD);
  /* the class: a table of the methods, which creates a set when it is called */
  lua_createtable(L, 0, 9);
  ps_register(L, -1, epoll_methods, PS_METHOD);
  ps_operations_register(L, -1, epoll_operations, PS_METHOD | PS_NO_SOCKET);
  ps_register(L, -1, epoll_functions, 0);
  lua_pushliteral(L, "select.epoll");
  lua_setfield(L, -2, "__name");
  lua_createtable(L, 0, 1);
  ps_function_push(L, "epoll", call_class, 0, 0);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, PS_OPEN_LOCAL, "epoll");
  lua_pushvalue(L, -1);
  lua_setfield(L, metatable, "__class");
  ps_function_push(L, "index", epoll_index, PS_METHOD, 1);
  lua_setfield(L, metatable, "__index");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &epoll_key);
}

#else
void ps_epoll_open(lua_State *L) { (void)L; }
#endif
