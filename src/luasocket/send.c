/* SPDX-License-Identifier: MIT */
/* send: sends a string, or a part of it. */
#include "luasocket.h"

/* returns the results: the index of the last byte sent */
static int succeed(lua_State *L, double last) {
  lua_pushnumber(L, last);
  lua_pushnil(L);
  lua_pushnil(L);
  return 3;
}

/* returns nil, the message at the top, and the index of the last byte sent */
static int fail_with_text(lua_State *L, double last) {
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushnumber(L, last);
  return 3;
}

/* Completes a send: over TLS, the last bytes may not have reached the descriptor yet. */
static int flush(lua_State *L, Conn *c, Socket *s, Wait *wait, size_t last) {
  ptrdiff_t n = s->source == NULL ? 0 : ps_conn_outcome(L, c, wait, ps_source_send(L, s, NULL, 0, wait));
  if (n == PS_ERROR) return fail_with_text(L, (double)last);
  return n < 0 ? (int)n : succeed(L, (double)last);
}

/***
Sends a string, or a part of it, completely.
@function conn:send
@async
@tparam string data
@tparam[opt=1] integer i the index of the first byte, as in `string.sub`
@tparam[opt=-1] integer j the index of the last byte
@treturn ?number the index of the last byte sent
@treturn ?string after nil `"timeout"`, `"closed"` or another message
@treturn ?number after nil the index of the last byte sent
*/
static int try_send(lua_State *L, Socket *s, Wait *wait) {
  Conn *c = lua_touserdata(L, 1);
  const char *data = lua_tostring(L, 2);
  size_t first = (size_t)lua_tointeger(L, 3), last = (size_t)lua_tointeger(L, 4);
  int progress = PS_PROGRESS(wait->op);
  size_t sent = lua_isnil(L, progress) ? 0 : (size_t)lua_tointeger(L, progress);
  if (ps_conn_attempt(s, wait) < 0 || ps_conn_is_open(c) < 0) return PS_ERRNO;
  size_t left = ps_piece(s, last + 1 - first - sent);
  struct iovec piece = {.iov_base = (void *)(uintptr_t)(data + first - 1 + sent), .iov_len = left};
  if (left == 0) return flush(L, c, s, wait, last);
  ptrdiff_t n = s->source == NULL ? sys_send(s->fd, piece.iov_base, left, wait->flags)
                                  : ps_conn_outcome(L, c, wait, ps_source_send(L, s, &piece, 1, wait));
  if (n == PS_ERROR) return fail_with_text(L, (double)(first - 1 + sent));
  if (n < 0) return (int)n;
  c->sent += (double)n;
  sent += (size_t)n;
  if (first - 1 + sent == last && s->source == NULL) return succeed(L, (double)last);
  lua_pushinteger(L, (lua_Integer)sent);
  lua_replace(L, progress);
  ps_conn_moved(L, c, wait);
  errno = EINTR; /* perhaps cut short by a signal: hooks and other tasks run before the rest is sent */
  return PS_ERRNO;
}

static int failed_send(lua_State *L, int code) {
  int progress = PS_PROGRESS(ps_operation(L));
  lua_Integer sent = lua_tointeger(L, progress);
  lua_pushnil(L);
  ps_conn_error_push(L, lua_touserdata(L, 1), code);
  lua_pushnumber(L, (double)(lua_tointeger(L, 3) - 1 + sent));
  return 3;
}

/* Makes the first attempt outside of an operation. Returns the results, or 0 if the operation has to continue from
   the index at 3. */
static int send_directly(lua_State *L, Conn *c, lua_Integer first, lua_Integer last) {
  const Socket *s = c->carrier.socket;
  if (s->fd == SYS_NO_FD) return 0;
  ssize_t n = sys_send(s->fd, lua_tostring(L, 2) + first - 1, (size_t)(last + 1 - first), MSG_DONTWAIT);
  if (n <= 0) return 0;
  c->sent += (double)n;
  if (first - 1 + n == last) return succeed(L, (double)last);
  lua_settop(L, 2);
  lua_pushinteger(L, first + n);
  return 0;
}

/* clang-format off */
const Operation ps_conn_sending =
    {"send",              4,        SYS_WRITE, 0,     try_send, NULL,          failed_send};
/* clang-format on */

/* an index of LuaSocket; a negative one counts from the end */
static lua_Integer index_at(lua_State *L, int arg, double absent, size_t size) {
  double value = luaL_optnumber(L, arg, absent);
  if (value < 0) value += (double)size + 1;
  if (!(value > 0)) return 0;
  return value < (double)size + 1 ? (lua_Integer)value : (lua_Integer)size + 1;
}

int ps_conn_send(lua_State *L) {
  Conn *c = ps_conn_check(L, CLIENTS, "client");
  size_t size;
  luaL_checklstring(L, 2, &size);
  lua_Integer first = 1, last = (lua_Integer)size;
  double asked = 1; /* the first byte, which may be beyond the end */
  if (lua_gettop(L) > 2) {
    first = index_at(L, 3, 1, size);
    last = index_at(L, 4, -1, size);
    asked = luaL_optnumber(L, 3, 1);
    if (first < 1) first = 1;
    if (last > (lua_Integer)size) last = (lua_Integer)size;
  }
  if (first > last && c->tls == TLS_NONE) return succeed(L, (asked > (double)first ? asked : (double)first) - 1);
  if (first > last) {
    if (asked > (double)first && asked < 1e15) first = (lua_Integer)asked;
    last = first - 1;
  }
  ps_conn_begin(c);
  lua_settop(L, 2);
  int n = ps_conn_direct(c) ? send_directly(L, c, first, last) : 0;
  if (n > 0) return n;
  if (lua_gettop(L) == 2) lua_pushinteger(L, first);
  lua_pushinteger(L, last);
  return ps_operation_run(L);
}
