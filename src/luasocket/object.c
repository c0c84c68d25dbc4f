/* SPDX-License-Identifier: MIT */
/*
** LuaSocket's objects: classes, creation, closing, and state. As in LuaSocket, the class of an object changes when it
** connects or listens, because programs read it.
*/
#include <string.h>
#include <sys/time.h>

#include "luasocket.h"

const char *const ps_conn_names[CLASSES] = {"tcp{master}",          "tcp{server}",        "tcp{client}",
                                            "udp{unconnected}",     "udp{connected}",     "unixstream{master}",
                                            "unixstream{server}",   "unixstream{client}", "unixdgram{unconnected}",
                                            "unixdgram{connected}", "SSL connection"};

Conn *ps_conn_to(lua_State *L, int arg) {
  Conn *c = lua_touserdata(L, arg);
  return c != NULL && lua_rawlen(L, arg) == sizeof *c && c->carrier.world == ps_world(L) ? c : NULL;
}

Conn *ps_conn_check(lua_State *L, unsigned classes, const char *role) {
  Conn *c = ps_conn_to(L, 1);
  if (c != NULL && (classes >> c->class & 1)) return c;
  const char *expected = lua_pushfstring(L, "%s{%s} expected", lua_tostring(L, lua_upvalueindex(PS_CONN_KIND)), role);
  luaL_argerror(L, 1, expected);
}

void ps_conn_set_class(lua_State *L, int index, Class class) {
  index = lua_absindex(L, index);
  ((Conn *)lua_touserdata(L, index))->class = (unsigned char)class;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LUASOCKET);
  lua_rawgeti(L, -1, class);
  lua_setmetatable(L, index);
  lua_pop(L, 1);
}

double ps_conn_time(void) {
  struct timeval now;
  gettimeofday(&now, NULL);
  return (double)now.tv_sec + (double)now.tv_usec / 1e6;
}

Conn *ps_conn_new(lua_State *L, Class class, int family, int type) {
  const World *world = ps_world(L);
  Conn *c = lua_newuserdatauv(L, sizeof *c, 1);
  *c = (Conn){.carrier = {world, &c->own}, .block = -1, .total = -1, .born = ps_conn_time()};
  c->own = (Socket){.world = world, .fd = SYS_NO_FD, .family = family, .type = type, .timeout = -1};
  c->any_family = family == AF_UNSPEC;
  c->buffer = (Buffer){.world = world, .step = PS_BUFFER_KEPT};
  ps_conn_set_class(L, -1, class);
  return c;
}

void ps_conn_adopt(Conn *c, sys_fd fd) {
  Socket *s = c->carrier.socket;
  s->fd = fd;
  s->mode = PS_FD_NONBLOCKING;
  ps_loops_born(s->world, fd);
}

int ps_conn_create(Conn *c, int family) {
  sys_fd fd = sys_socket(family, c->own.type, 0, 1);
  if (fd < 0) return errno;
  int on = 1;
  if (family == AF_INET6) sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  c->own.family = family;
  c->own.connecting = 0;
  ps_conn_adopt(c, fd);
  return 0;
}

void ps_conn_close(lua_State *L, Conn *c) {
  Socket *s = c->carrier.socket;
  sys_fd fd = s->fd;
  if (fd == SYS_NO_FD) return;
  if (s->source != NULL && s->source->closing != NULL) s->source->closing(s);
  s->fd = SYS_NO_FD;
  ps_close(L, s->world, fd, s->lingers);
}

int ps_conn_gc(lua_State *L) {
  Conn *c = ps_conn_to(L, 1);
  if (c == NULL) return 0;
  ps_block_free(L, &c->buffer.block);
  c->buffer.changes++;
  ps_conn_close(L, c);
  return 0;
}

int ps_conn_tostring(lua_State *L) {
  Conn *c = ps_conn_to(L, 1);
  if (c == NULL) luaL_argerror(L, 1, "object of LuaSocket expected");
  lua_pushfstring(L, "%s: %p", ps_conn_names[c->class], (void *)c);
  return 1;
}

/* LuaSocket's own messages; all others are those of the system */
static const struct Text {
  int code;
  const char *text;
} texts[] = {{EPIPE, "closed"},
             {ESHUTDOWN, "closed"},
             {ECONNRESET, "closed"},
             {ECONNABORTED, "closed"},
             {EAGAIN, "timeout"},
             {EINPROGRESS, "timeout"},
             {ETIMEDOUT, "timeout"},
             {ECONNREFUSED, "connection refused"},
             {EADDRINUSE, "address already in use"},
             {EISCONN, "already connected"},
             {EACCES, "permission denied"}};

void ps_conn_error_push(lua_State *L, const Conn *c, int code) {
  char buffer[128];
  if (c->tls != TLS_NONE && (code == EAGAIN || code == EWOULDBLOCK)) {
    lua_pushstring(L, c->wants == SYS_WRITE ? "wantwrite" : "wantread");
    return;
  }
  int datagrams = c->own.type == SOCK_DGRAM;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (texts[i].code != code) continue;
    lua_pushstring(L, code == EPIPE && datagrams ? "refused" : texts[i].text);
    return;
  }
  lua_pushstring(L, sys_strerror(code, buffer, sizeof buffer));
}

int ps_conn_fail(lua_State *L, const Conn *c, int code) {
  lua_pushnil(L);
  ps_conn_error_push(L, c, code);
  return 2;
}

int ps_conn_failed(lua_State *L, int code) { return ps_conn_fail(L, lua_touserdata(L, 1), code); }

int ps_conn_succeed(lua_State *L) {
  lua_pushnumber(L, 1);
  return 1;
}

/***
Closes the object. Received bytes may still be read. Closing it again does nothing.
@function conn:close
@treturn number 1
*/
int ps_conn_m_close(lua_State *L) {
  Conn *c = ps_conn_check(L, ANY, "any");
  ps_conn_close(L, c);
  return c->tls == TLS_NONE ? ps_conn_succeed(L) : 0;
}

/***
Returns the descriptor.
@function conn:getfd
@treturn number -1: no descriptor
*/
int ps_conn_getfd(lua_State *L) {
  lua_pushnumber(L, (lua_Number)ps_conn_check(L, ANY, "any")->carrier.socket->fd);
  return 1;
}

/***
Replaces the descriptor. The previous one stays open, and the caller owns it.
@function conn:setfd
@tparam number fd -1: no descriptor
*/
int ps_conn_setfd(lua_State *L) {
  Conn *c = ps_conn_check(L, ANY, "any");
  sys_fd fd = (sys_fd)luaL_checknumber(L, 2);
  Socket *s = c->carrier.socket;
  sys_fd before = s->fd;
  s->fd = SYS_NO_FD;
  if (before != SYS_NO_FD) lua_pop(L, ps_scheduler_closing(L, before));
  if (fd < 0) return 0;
  Address a = {.len = sizeof a.storage};
  if (sys_getsockname(fd, &a.any, &a.len) == 0) s->family = a.any.sa_family;
  c->any_family = 0;
  sys_set_nonblocking(fd, 1);
  ps_conn_adopt(c, fd);
  return 0;
}

/***
Returns whether the buffer contains received bytes.
@function conn:dirty
@treturn boolean
*/
int ps_conn_dirty(lua_State *L) {
  const Conn *c = ps_conn_check(L, ANY, "any");
  lua_pushboolean(L, ps_block_held(&c->buffer.block) > 0);
  return 1;
}

/***
Returns the address family of the object.
@function conn:getfamily
@treturn string `"inet4"` or `"inet6"`
*/
int ps_conn_getfamily(lua_State *L) {
  lua_pushstring(L, ps_conn_check(L, ANY, "any")->own.family == AF_INET6 ? "inet6" : "inet4");
  return 1;
}

static int64_t limit_of(double seconds) { return seconds >= 0 ? ps_nanoseconds(seconds) : -1; }

void ps_conn_moved(lua_State *L, const Conn *c, const Wait *wait) {
  if (c->block < 0 || c->total < 0) return;
  int64_t ends = ps_deadline(limit_of(c->block));
  lua_settop(L, PS_DEADLINE(wait->op));
  lua_pushinteger(L, ends < c->ends ? ends : c->ends);
  lua_replace(L, PS_DEADLINE(wait->op));
}

/***
Sets a timeout of the object's calls.
@function conn:settimeout
@tparam[opt] number value seconds; nil or negative: no limit
@tparam[opt="b"] string mode `"b"`: the timeout of each wait in a call; `"t"`: the timeout of a whole call
@treturn number 1
*/
int ps_conn_settimeout(lua_State *L) {
  Conn *c = ps_conn_check(L, ANY, "any");
  double seconds = luaL_optnumber(L, 2, -1);
  switch (*luaL_optstring(L, 3, "b")) {
    case 'b':
      c->block = seconds;
      break;
    case 'r':
    case 't':
      c->total = seconds;
      break;
    default:
      luaL_argerror(L, 3, "invalid timeout mode");
  }
  int64_t block = limit_of(c->block), total = limit_of(c->total);
  c->carrier.socket->timeout = block < 0 || (total >= 0 && total < block) ? total : block;
  return ps_conn_succeed(L);
}

/***
Returns both timeouts, in seconds.
@function conn:gettimeout
@treturn number the timeout of a wait; negative: no limit
@treturn number the timeout of a call; negative: no limit
*/
int ps_conn_gettimeout(lua_State *L) {
  const Conn *c = ps_conn_check(L, ANY, "any");
  lua_pushnumber(L, c->block);
  lua_pushnumber(L, c->total);
  return 2;
}

/***
Returns the counters of the object.
@function conn:getstats
@treturn number the number of bytes received
@treturn number the number of bytes sent
@treturn number the age of the object in seconds
*/
int ps_conn_getstats(lua_State *L) {
  const Conn *c = ps_conn_check(L, CLIENTS, "client");
  lua_pushnumber(L, c->received);
  lua_pushnumber(L, c->sent);
  lua_pushnumber(L, ps_conn_time() - c->born);
  return 3;
}

/***
Sets the counters of `getstats`.
@function conn:setstats
@tparam[opt] number received
@tparam[opt] number sent
@tparam[opt] number age
@treturn number 1
*/
int ps_conn_setstats(lua_State *L) {
  Conn *c = ps_conn_check(L, CLIENTS, "client");
  double now = ps_conn_time();
  c->received = luaL_optnumber(L, 2, c->received);
  c->sent = luaL_optnumber(L, 3, c->sent);
  if (lua_isnumber(L, 4)) c->born = now - lua_tonumber(L, 4);
  return ps_conn_succeed(L);
}
