/* SPDX-License-Identifier: MIT */
/* epoll(7) objects, where the system has them. */
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

static const char epoll_key = 0; /* its metatable in the registry */

/* open or closed */
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

/* pushes a closed one */
static Epoll *epoll_push(lua_State *L) {
  Epoll *e = lua_newuserdatauv(L, sizeof *e, 0);
  *e = (Epoll){.fd = SYS_NO_FD};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &epoll_key);
  lua_setmetatable(L, -2);
  return e;
}

/* Pushes a new set; its descriptor is SYS_NO_FD, and errno says why, where there is none to be had. */
static Epoll *new_epoll(lua_State *L) {
  Epoll *e = epoll_push(L);
  e->fd = epoll_create1(EPOLL_CLOEXEC);
  if (e->fd != SYS_NO_FD) ps_loops_born(ps_world(L), e->fd);
  return e;
}

/***
A set of descriptors that the kernel watches.
@class epoll a set of descriptors that the kernel watches; `<close>` closes it
@tfield boolean closed
@function epoll
@constructor
@tparam[opt=-1] integer sizehint positive, or -1; of no effect
@tparam[opt=0] integer flags `EPOLL_CLOEXEC` or 0; of no effect
@tparam[opt] table options those above by name
@treturn epoll not inherited by child processes
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
An epoll object of a descriptor that is there already: it is the object's own from now on.
@function epoll.fromfd
@tparam integer fd of an epoll set
@treturn epoll
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
Watches one more descriptor.
@function epoll:register
@param fd a descriptor, or an object that has one
@tparam[opt=EPOLLIN|EPOLLPRI|EPOLLOUT] integer eventmask `EPOLL*`
@tparam[opt] table options those above by name
@raise OSError EEXIST, EPERM for what cannot be watched
@see Python's select.epoll.register
*/
static int m_register(lua_State *L) {
  ps_options_spread(L, 2, 2, "fd{} eventmask=");
  lua_Integer events = ps_opt_integer(L, 3, "eventmask", 0, UINT_MAX, EPOLLIN | EPOLLPRI | EPOLLOUT);
  return control(L, EPOLL_CTL_ADD, (uint32_t)events);
}

/***
Changes the events that a descriptor is watched for.
@function epoll:modify
@param fd
@tparam integer eventmask
@raise OSError ENOENT
@see Python's select.epoll.modify
*/
static int m_modify(lua_State *L) {
  ps_options_spread(L, 2, 2, "fd{} eventmask");
  return control(L, EPOLL_CTL_MOD, (uint32_t)ps_check_integer(L, 3, "eventmask", 0, UINT_MAX));
}

/***
Watches a descriptor no longer.
@function epoll:unregister
@param fd
@raise OSError ENOENT
@see Python's select.epoll.unregister
*/
static int m_unregister(lua_State *L) {
  ps_options_spread(L, 2, 1, "fd{}");
  return control(L, EPOLL_CTL_DEL, 0);
}

/***
The descriptor of the set itself: readable when one of those in it is ready.
@function epoll:fileno
@treturn integer
@see Python's select.epoll.fileno
*/
static int m_fileno(lua_State *L) {
  lua_pushinteger(L, check_open_epoll(L)->fd);
  return 1;
}

/* 0, or errno; the descriptor counts as gone all the same */
static int close_fd(lua_State *L, Epoll *e) {
  sys_fd fd = e->fd;
  if (fd == SYS_NO_FD) return 0;
  e->fd = SYS_NO_FD;
  return ps_close(L, ps_world(L), fd, 0);
}

/***
Closes the set. Harmless when repeated.
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

/* methods (an upvalue), and the field 'closed' */
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

/* events, flat, into the table at the top */
static void put_events(lua_State *L, const struct epoll_event *events, int n) {
  for (int i = 0; i < n; i++) {
    lua_pushinteger(L, events[i].data.fd);
    lua_rawseti(L, -2, 2 * i + 1);
    lua_pushinteger(L, events[i].events);
    lua_rawseti(L, -2, 2 * i + 2);
  }
}

/***
Waits until descriptors of the set are ready.
@function epoll:poll
@async
@tparam[opt] number timeout seconds; nil or negative: no limit
@tparam[opt=-1] integer maxevents the most that are returned
@tparam[opt] table options those above by name
@treturn table a sequence of `{fd, event}`: empty when time is up
@raise OSError
@see Python's select.epoll.poll
*/
static int try_poll(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  const Epoll *e = check_open_epoll(L);
  lua_Integer max = lua_isnil(L, 3) || lua_tointeger(L, 3) < 0 ? EVENTS_DEFAULT : lua_tointeger(L, 3);
  if (max > EVENTS_MAX) max = EVENTS_MAX; /* the rest is there at the next call */
  wait->timeout = ps_check_timeout(L, 2, "timeout");
  wait->fd = e->fd;
  int64_t ns = ps_may_block(L, wait);
  size_t size = (size_t)max * sizeof(struct epoll_event);
  /* making tables may start the collector, and finalizers may use the scratch memory */
  struct epoll_event *events = lua_istable(L, 4) ? (void *)ps_scratch(L, size) : lua_newuserdatauv(L, size, 0);
  int n = sys_epoll_wait(e->fd, events, (int)max, ns);
  int unready = ps_poller_unready(L, n, wait);
  if (unready != 0) return unready;
  if (lua_istable(L, 4)) { /* of the caller's: for loops */
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

/* time is up: nothing is ready */
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
  /* the class: a table of the methods that makes a set when it is called */
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
