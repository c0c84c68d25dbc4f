/* SPDX-License-Identifier: MIT */
/*
** A binding of the system calls to Lua as short as one can be: it checks nothing, keeps no timeout, resolves no name, and
** never waits but in the system call itself. What it takes is what Lua takes: no library takes less.
*/
#include <lauxlib.h>
#include <lua.h>

#include "plain.h"

typedef struct Floor {
  int fd;
} Floor;

static Floor *push_socket(lua_State *L, int fd) {
  Floor *s = lua_newuserdatauv(L, sizeof *s, 0);
  s->fd = fd;
  luaL_setmetatable(L, "floor");
  return s;
}

#define fd_at(L) (((const Floor *)lua_touserdata(L, 1))->fd)

static struct sockaddr_in address_at(lua_State *L, int arg) {
  struct sockaddr_in a = {.sin_family = AF_INET};
  lua_rawgeti(L, arg, 1);
  lua_rawgeti(L, arg, 2);
  inet_pton(AF_INET, lua_tostring(L, -2), &a.sin_addr);
  a.sin_port = htons((uint16_t)lua_tointeger(L, -1));
  return a;
}

static void push_address(lua_State *L, const struct sockaddr_in *a) {
  char host[INET_ADDRSTRLEN];
  lua_createtable(L, 2, 0);
  lua_pushstring(L, inet_ntop(AF_INET, &a->sin_addr, host, sizeof host));
  lua_rawseti(L, -2, 1);
  lua_pushinteger(L, ntohs(a->sin_port));
  lua_rawseti(L, -2, 2);
}

/* {== Functions ==} */

static int f_socket(lua_State *L) {
  push_socket(L, socket(AF_INET, (int)luaL_optinteger(L, 1, SOCK_STREAM) | SOCK_CLOEXEC, 0));
  return 1;
}

static int f_listen(lua_State *L) {
  port = (int)lua_tointeger(L, 1);
  push_socket(L, listening());
  return 1;
}

static int f_buffer(lua_State *L) {
  lua_newuserdatauv(L, (size_t)lua_tointeger(L, 1), 0);
  return 1;
}

typedef struct Lines {
  int fd;
  size_t pos, len;
  char data[PIECE];
} Lines;

static int next_line(lua_State *L) {
  Lines *lines = lua_touserdata(L, lua_upvalueindex(1));
  for (;;) {
    const char *start = lines->data + lines->pos, *end = memchr(start, '\n', lines->len - lines->pos);
    if (end != NULL) {
      lines->pos = (size_t)(end + 1 - lines->data);
      lua_pushlstring(L, start, (size_t)(end - start));
      return 1;
    }
    lines->len -= lines->pos;
    memmove(lines->data, start, lines->len);
    lines->pos = 0;
    ssize_t n = recv(lines->fd, lines->data + lines->len, sizeof lines->data - lines->len, 0);
    if (n <= 0) return 0;
    lines->len += (size_t)n;
  }
}

static int m_lines(lua_State *L) {
  Lines *lines = lua_newuserdatauv(L, sizeof *lines, 0);
  lines->fd = fd_at(L);
  lines->pos = lines->len = 0;
  lua_pushcclosure(L, next_line, 1);
  return 1;
}

/* {== Methods: an error is nil and its number ==} */

static int push_count(lua_State *L, ssize_t n) {
  if (n >= 0) return lua_pushinteger(L, n), 1;
  lua_pushnil(L);
  lua_pushinteger(L, errno);
  return 2;
}

static int m_connect(lua_State *L) {
  struct sockaddr_in a = address_at(L, 2);
  return push_count(L, connect(fd_at(L), (struct sockaddr *)&a, sizeof a));
}

static int m_accept(lua_State *L) {
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  push_socket(L, accept4(fd_at(L), (struct sockaddr *)&a, &len, SOCK_CLOEXEC));
  push_address(L, &a);
  return 2;
}

static int m_setblocking(lua_State *L) {
  fcntl(fd_at(L), F_SETFL, lua_toboolean(L, 2) ? 0 : O_NONBLOCK);
  return 0;
}

static int m_send(lua_State *L) {
  size_t len;
  const char *data = lua_tolstring(L, 2, &len);
  return push_count(L, send(fd_at(L), data, len, MSG_NOSIGNAL));
}

static int m_sendto(lua_State *L) {
  size_t len;
  const char *data = lua_tolstring(L, 2, &len);
  struct sockaddr_in a = address_at(L, 3);
  return push_count(L, sendto(fd_at(L), data, len, MSG_NOSIGNAL, (struct sockaddr *)&a, sizeof a));
}

static char space[PIECE];

static int m_recv(lua_State *L);

static int recv_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return m_recv(L);
}

/* a task yields where it would block */
static int m_recv(lua_State *L) {
  ssize_t n = recv(fd_at(L), space, (size_t)lua_tointeger(L, 2), 0);
  if (n < 0) return lua_isyieldable(L) ? lua_yieldk(L, 0, 0, recv_again) : push_count(L, n);
  lua_pushlstring(L, space, (size_t)n);
  return 1;
}

static int m_recv_into(lua_State *L) {
  return push_count(L, recv(fd_at(L), lua_touserdata(L, 2), (size_t)lua_rawlen(L, 2), 0));
}

static int m_recvfrom(lua_State *L) {
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  ssize_t n = recvfrom(fd_at(L), space, (size_t)lua_tointeger(L, 2), 0, (struct sockaddr *)&a, &len);
  lua_pushlstring(L, space, (size_t)n);
  push_address(L, &a);
  return 2;
}

static int m_close(lua_State *L) {
  Floor *s = lua_touserdata(L, 1);
  if (s->fd >= 0) close(s->fd);
  s->fd = -1;
  return 0;
}

/* {== Tasks: each reads from one socket ==} */

#define EVENTS 256

static int set = -1; /* epoll's */
static long running;

/* resumes the task of a descriptor, which is at the top */
static void resume(lua_State *L, int count) {
  if (lua_resume(lua_tothread(L, -1), L, count, &count) != LUA_YIELD) running--;
  lua_pop(L, 1);
}

/* spawn(f, socket) */
static int f_spawn(lua_State *L) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  event.data.fd = ((const Floor *)lua_touserdata(L, 2))->fd;
  if (set < 0) set = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "floor.tasks");
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, 3, event.data.fd);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_xmove(L, co, 2);
  running++;
  resume(L, 1);
  return 0;
}

static int f_run(lua_State *L) {
  struct epoll_event events[EVENTS];
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "floor.tasks");
  while (running > 0) {
    int n = epoll_wait(set, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      lua_rawgeti(L, 1, events[i].data.fd);
      resume(L, 0);
    }
  }
  return 0;
}

static const luaL_Reg functions[] = {{"socket", f_socket}, {"listen", f_listen}, {"buffer", f_buffer},
                                     {"spawn", f_spawn},   {"run", f_run},       {NULL, NULL}};
static const luaL_Reg methods[] = {{"connect", m_connect},     {"accept", m_accept},     {"setblocking", m_setblocking},
                                   {"send", m_send},           {"sendto", m_sendto},     {"recv", m_recv},
                                   {"recv_into", m_recv_into}, {"recvfrom", m_recvfrom}, {"lines", m_lines},
                                   {"close", m_close},         {"__gc", m_close},        {NULL, NULL}};

int luaopen_floor(lua_State *L) {
  luaL_newmetatable(L, "floor");
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
