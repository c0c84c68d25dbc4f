/* SPDX-License-Identifier: MIT */
/* The modes of a socket: its timeout, and whether child processes inherit its descriptor. */
#include "core.h"

/* The boolean at 'arg'. A number is one, too, as in Python: 0 is false. */
static int flag(lua_State *L, int arg) {
  if (lua_isnone(L, arg)) ps_type_error(L, arg, "boolean");
  return lua_type(L, arg) == LUA_TNUMBER ? lua_tonumber(L, arg) != 0 : lua_toboolean(L, arg);
}

static int set_nonblocking(Socket *s, int on) {
  int was = sys_set_nonblocking(s->fd, on);
  if (was < 0) return -1;
  if (s->adopted && was != on && s->found == PS_FD_UNTOUCHED) s->found = was ? PS_FD_NONBLOCKING : PS_FD_BLOCKING;
  s->mode = on ? PS_FD_NONBLOCKING : PS_FD_BLOCKING;
  return 0;
}

/* Under a scheduler, a non-blocking descriptor stays non-blocking: the next accept or connect of a task would set the
   flag again. */
int ps_socket_apply_timeout(Socket *s) {
  return set_nonblocking(
      s, s->timeout >= 0 || (s->mode == PS_FD_NONBLOCKING && (s->world->scheduler || s->world->loops != NULL)));
}

int ps_socket_dont_block(lua_State *L, Socket *s, Wait *wait) {
  return ps_may_block_in_kernel(L, s, wait) ? 0 : set_nonblocking(s, 1);
}

void ps_socket_give_back(const Socket *s) {
  if (s->found != PS_FD_UNTOUCHED) sys_part(s->fd, s->found == PS_FD_NONBLOCKING);
}

static int set_timeout(lua_State *L, Socket *s, int64_t timeout) {
  s->timeout = timeout;
  ps_socket_dress(L, 1);
  if (ps_socket_apply_timeout(s) < 0) return ps_socket_error_raise(L, s, errno, "settimeout");
  return 0;
}

/***
Sets the timeout of the socket's operations.
@function socket:settimeout
@tparam ?number timeout in seconds; 0: non-blocking; nil: no limit
@raise OSError EBADF
@see Python's socket.settimeout
*/
static int m_settimeout(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (lua_isnone(L, 2)) ps_type_error(L, 2, "number or nil");
  return set_timeout(L, s, ps_check_timeout(L, 2, "timeout"));
}

/***
Returns the timeout of the socket's operations.
@function socket:gettimeout
@treturn ?number the timeout in seconds; 0: non-blocking; nil: no limit
@see Python's socket.gettimeout
*/
static int m_gettimeout(lua_State *L) {
  ps_timeout_push(L, ps_socket_check(L, 1)->timeout);
  return 1;
}

/***
Makes the socket blocking, as `settimeout(nil)` does, or non-blocking, as `settimeout(0)` does.
@function socket:setblocking
@tparam boolean flag true: blocking; false: non-blocking
@raise OSError EBADF
@see Python's socket.setblocking
*/
static int m_setblocking(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  return set_timeout(L, s, flag(L, 2) ? -1 : 0);
}

/***
Returns whether operations of the socket wait.
@function socket:getblocking
@treturn boolean false if the timeout is 0, else true
@see Python's socket.getblocking
*/
static int m_getblocking(lua_State *L) {
  lua_pushboolean(L, ps_socket_check(L, 1)->timeout != 0);
  return 1;
}

/***
Returns the timeout of new sockets.
@function getdefaulttimeout
@treturn ?number the timeout in seconds; nil: no limit
@see Python's socket.getdefaulttimeout
*/
static int f_getdefaulttimeout(lua_State *L) {
  ps_timeout_push(L, ps_world(L)->timeout);
  return 1;
}

/***
Sets the timeout of new sockets.
@function setdefaulttimeout
@tparam ?number timeout in seconds; 0: non-blocking; nil: no limit
@see Python's socket.setdefaulttimeout
*/
static int f_setdefaulttimeout(lua_State *L) {
  if (lua_isnone(L, 1)) ps_type_error(L, 1, "number or nil");
  ps_world(L)->timeout = ps_check_timeout(L, 1, "timeout");
  return 0;
}

/***
Returns whether child processes inherit the descriptor.
@function socket:get_inheritable
@treturn boolean true if they do
@raise OSError EBADF
@see Python's socket.get_inheritable
*/
static int m_get_inheritable(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  int inheritable = sys_get_inheritable(s->fd);
  if (inheritable < 0) return ps_socket_error_raise(L, s, errno, "fcntl");
  lua_pushboolean(L, inheritable);
  return 1;
}

/***
Sets whether child processes inherit the descriptor.
@function socket:set_inheritable
@tparam boolean inheritable true: they inherit it
@raise OSError EBADF
@see Python's socket.set_inheritable
*/
static int m_set_inheritable(lua_State *L) {
  const Socket *s = ps_socket_check(L, 1);
  if (sys_set_inheritable(s->fd, flag(L, 2)) < 0) return ps_socket_error_raise(L, s, errno, "fcntl");
  return 0;
}

static const luaL_Reg functions[] = {
    {"getdefaulttimeout", f_getdefaulttimeout}, {"setdefaulttimeout", f_setdefaulttimeout}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"settimeout", m_settimeout},
                                   {"gettimeout", m_gettimeout},
                                   {"setblocking", m_setblocking},
                                   {"getblocking", m_getblocking},
                                   {"get_inheritable", m_get_inheritable},
                                   {"set_inheritable", m_set_inheritable},
                                   {NULL, NULL}};

void ps_mode_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_register(L, PS_OPEN_METHODS, methods, PS_METHOD);
}
