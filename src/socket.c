/* SPDX-License-Identifier: MIT */
/*
** The socket userdata: creation, closing, and its text. A socket is created in the closed state, before the system call
** that returns its descriptor, so that neither an error nor the collector meets an incomplete socket.
*/
#include "loop/loop.h"
#include "source.h"

Socket *ps_socket_new(lua_State *L, int family, int type, int proto, int values) {
  const World *world = ps_world(L);
  Socket *s = lua_newuserdatauv(L, sizeof *s, values);
  *s = (Socket){
      .world = world, .fd = SYS_NO_FD, .family = family, .type = type, .proto = proto, .timeout = world->timeout};
  ps_socket_dress(L, -1);
  return s;
}

int ps_socket_nonblocking(lua_State *L, const Socket *s) { return s->timeout >= 0 || ps_scheduled(L, s->world); }

/* Closes the descriptor: 0, or errno. The socket has lost the descriptor even if close(2) fails. */
static int close_fd(lua_State *L, Socket *s) {
  sys_fd fd = s->fd;
  if (fd == SYS_NO_FD) return 0;
  if (s->source != NULL && s->source->closing != NULL) s->source->closing(s);
  ps_socket_give_back(s);
  s->fd = SYS_NO_FD;
  return ps_close(L, s->world, fd, s->lingers);
}

/***
Returns whether a value is a socket, as `io.type` does for files.
@function type
@param value any value
@treturn ?string `"socket"` or `"closed socket"`; nil for any other value
*/
static int f_type(lua_State *L) {
  luaL_checkany(L, 1);
  const Socket *s = ps_socket_to(L, ps_world(L), 1);
  if (s == NULL) lua_pushnil(L);
  else lua_pushstring(L, s->fd == SYS_NO_FD || s->closed ? "closed socket" : "socket");
  return 1;
}

/***
Closes the socket. Files made from the socket keep its descriptor open until they are closed. A second call does
nothing. With `SO_LINGER`, the call waits for the peer; under a scheduler it returns at once, and a thread waits.
@function socket:close
@raise OSError as close(2); the socket is closed all the same
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

/* Warns of a socket that was not closed. The finalizer calls it before it closes the descriptor, which the text needs.
   */
static int warn_unclosed(lua_State *L) {
  lua_settop(L, 1);
  socket_tostring(L);
  lua_warning(L, lua_pushfstring(L, "unclosed %s", lua_tostring(L, -1)), 0);
  return 0;
}

static int socket_gc(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (s->fd == SYS_NO_FD) return 0;
  lua_pushvalue(L, lua_upvalueindex(PS_UP_OWN)); /* warn_unclosed: making the function here might raise an error */
  lua_pushvalue(L, 1);
  lua_pcall(L, 1, 0, 0); /* the socket is closed even without memory for the text */
  close_fd(L, s);
  return 0;
}

/***
Closes the socket object without closing its descriptor, which belongs to the caller from then on. An adopted descriptor
gets back the blocking or non-blocking mode that it had; any other descriptor is non-blocking if the socket has a
timeout, and blocking otherwise. Duplicates of the descriptor share the mode.
@function socket:detach
@treturn integer the descriptor; -1 if the socket was closed
@see Python's socket.detach
*/
static int m_detach(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  sys_fd fd = s->fd;
  if (fd != SYS_NO_FD) {
    ps_socket_give_back(s);
    if (!s->adopted && s->timeout < 0 && s->mode == PS_FD_NONBLOCKING) sys_part(fd, 0);
    s->fd = SYS_NO_FD;
    lua_pop(L, ps_scheduler_closing(L, fd)); /* an error here would lose the descriptor */
  }
  s->closed = 1;
  lua_pushinteger(L, fd);
  return 1;
}

/***
Creates a second socket on a duplicate of the descriptor, with the same timeout. Child processes do not inherit the
duplicate.
@function socket:dup
@treturn socket the second socket
@raise OSError EBADF, EMFILE
@see Python's socket.dup
*/
static int m_dup(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  Socket *copy = ps_socket_new(L, s->family, s->type, s->proto, 0);
  copy->timeout = s->timeout;
  copy->mode = s->mode;
  copy->found = s->found;
  copy->adopted = s->adopted;
  copy->connecting = s->connecting = 1; /* from now on, the other may connect or set these options */
  copy->lingers = s->lingers = 1;
  copy->hurries = s->hurries = 1;
  ps_socket_dress(L, -1);
  copy->fd = sys_dup(s->fd);
  if (copy->fd < 0) return ps_socket_error_raise(L, s, errno, "dup");
  ps_loops_born(s->world, copy->fd);
  if (!ps_scheduled(L, s->world)) ps_socket_apply_timeout(copy);
  return 1;
}

/***
Returns the descriptor.
@function socket:fileno
@treturn integer the descriptor; -1 if the socket is closed or detached
@see Python's socket.fileno
*/
static int m_fileno(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  s->shared = 1;
  lua_pushinteger(L, s->fd);
  return 1;
}

/***
Counts one more file that keeps the descriptor open.
@function retain
@local
@tparam socket s the socket of the file
*/
static int f_retain(lua_State *L) {
  ps_socket_check(L, 1)->files++;
  return 0;
}

/***
Counts one file less. The last file closes the descriptor of a closed socket.
@function release
@local
@tparam socket s the socket of the file
@raise OSError as close(2)
*/
static int f_release(lua_State *L) {
  Socket *s = ps_socket_check(L, 1);
  if (s->files > 0) s->files--;
  int code = s->closed && s->files == 0 ? close_fd(L, s) : 0;
  if (code != 0) return ps_error_raise(L, code, "close", 0);
  return 0;
}

/* Pushes ", laddr=ADDRESS", or "" where the socket has no such address. An abstract AF_UNIX name begins with "@". */
static void address_text(lua_State *L, const Socket *s, const char *label,
                         int (*get)(sys_fd, struct sockaddr *, socklen_t *)) {
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
      size_t abstract = text[0] == '\0';
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
  lua_pushfstring(L, "<%s%s fd=%I, family=%d, type=%d, proto=%d", s->source != NULL ? s->source->name : "socket.socket",
                  s->closed ? " [closed]" : "", (lua_Integer)s->fd, s->family, s->type, s->proto);
  if (s->fd == SYS_NO_FD || s->closed) lua_pushliteral(L, ">");
  else {
    address_text(L, s, "laddr", sys_getsockname);
    address_text(L, s, "raddr", sys_getpeername);
    lua_pushliteral(L, ">");
    lua_concat(L, 3);
  }
  lua_concat(L, 2);
  return 1;
}

static const luaL_Reg functions[] = {{"type", f_type}, {NULL, NULL}};

static const luaL_Reg local[] = {{"retain", f_retain}, {"release", f_release}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"close", m_close}, {"detach", m_detach}, {"dup", m_dup}, {"fileno", m_fileno}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", m_close}, {"__tostring", socket_tostring}, {NULL, NULL}};

void ps_socket_open(lua_State *L) {
  int code = sys_begin();
  if (code != 0) ps_error_raise(L, code, "WSAStartup", 0);
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_register(L, PS_OPEN_LOCAL, local, 0);
  ps_register(L, PS_OPEN_METHODS, methods, PS_METHOD);
  ps_attribute_open(L); /* pushes the metatable */
  ps_register(L, -1, metamethods, PS_METHOD);
  ps_function_push(L, "warn", warn_unclosed, PS_METHOD, 0);
  ps_function_push(L, "gc", socket_gc, PS_METHOD, 1);
  lua_setfield(L, -2, "__gc");
}
