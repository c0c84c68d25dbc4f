/* SPDX-License-Identifier: MIT */
/* getoption and setoption: a row for each option. */
#include <string.h>

#include "luasocket.h"

enum { TCP = 1, UDP = 2, UNIX = 4, GET = 8, SET = 16 }; /* UNIX: streams and datagrams */
enum { FLAG, NUMBER, LINGERING, ERROR, INTERFACE, GROUP4, GROUP6 };

typedef struct Option {
  const char *name;
  int level, option;
  int uses; /* GET, SET; TCP, UDP, UNIX */
  int type;
} Option;

/* clang-format off */
static const Option options[] = {
    {"keepalive", SOL_SOCKET, SO_KEEPALIVE, TCP | UNIX | GET | SET, FLAG},
    {"reuseaddr", SOL_SOCKET, SO_REUSEADDR, TCP | UDP | UNIX | GET | SET, FLAG},
#ifdef SO_REUSEPORT
    {"reuseport", SOL_SOCKET, SO_REUSEPORT, TCP | UDP | GET | SET, FLAG},
#endif
    {"broadcast", SOL_SOCKET, SO_BROADCAST, UDP | GET | SET, FLAG},
    {"dontroute", SOL_SOCKET, SO_DONTROUTE, UDP | GET | SET, FLAG},
    {"linger", SOL_SOCKET, SO_LINGER, TCP | UNIX | GET | SET, LINGERING},
    {"error", SOL_SOCKET, SO_ERROR, TCP | UDP | GET, ERROR},
    {"recv-buffer-size", SOL_SOCKET, SO_RCVBUF, TCP | UDP | GET | SET, NUMBER},
    {"send-buffer-size", SOL_SOCKET, SO_SNDBUF, TCP | UDP | GET | SET, NUMBER},
    {"tcp-nodelay", IPPROTO_TCP, TCP_NODELAY, TCP | GET | SET, FLAG},
#ifdef TCP_KEEPIDLE
    {"tcp-keepidle", IPPROTO_TCP, TCP_KEEPIDLE, TCP | GET | SET, NUMBER},
#endif
#ifdef TCP_KEEPCNT
    {"tcp-keepcnt", IPPROTO_TCP, TCP_KEEPCNT, TCP | GET | SET, NUMBER},
#endif
#ifdef TCP_KEEPINTVL
    {"tcp-keepintvl", IPPROTO_TCP, TCP_KEEPINTVL, TCP | GET | SET, NUMBER},
#endif
#ifdef TCP_DEFER_ACCEPT
    {"tcp-defer-accept", IPPROTO_TCP, TCP_DEFER_ACCEPT, TCP | SET, NUMBER},
#endif
#ifdef TCP_FASTOPEN
    {"tcp-fastopen", IPPROTO_TCP, TCP_FASTOPEN, TCP | SET, NUMBER},
#endif
#ifdef TCP_FASTOPEN_CONNECT
    {"tcp-fastopen-connect", IPPROTO_TCP, TCP_FASTOPEN_CONNECT, TCP | SET, FLAG},
#endif
    {"ipv6-v6only", IPPROTO_IPV6, IPV6_V6ONLY, TCP | UDP | GET | SET, FLAG},
    {"ip-multicast-if", IPPROTO_IP, IP_MULTICAST_IF, UDP | GET | SET, INTERFACE},
    {"ip-multicast-ttl", IPPROTO_IP, IP_MULTICAST_TTL, UDP | SET, NUMBER},
    {"ip-multicast-loop", IPPROTO_IP, IP_MULTICAST_LOOP, UDP | GET | SET, FLAG},
    {"ip-add-membership", IPPROTO_IP, IP_ADD_MEMBERSHIP, UDP | SET, GROUP4},
    {"ip-drop-membership", IPPROTO_IP, IP_DROP_MEMBERSHIP, UDP | SET, GROUP4},
    {"ipv6-unicast-hops", IPPROTO_IPV6, IPV6_UNICAST_HOPS, UDP | GET | SET, NUMBER},
    {"ipv6-multicast-hops", IPPROTO_IPV6, IPV6_MULTICAST_HOPS, UDP | GET | SET, NUMBER},
    {"ipv6-multicast-loop", IPPROTO_IPV6, IPV6_MULTICAST_LOOP, UDP | GET | SET, FLAG},
    {"ipv6-add-membership", IPPROTO_IPV6, IPV6_JOIN_GROUP, UDP | SET, GROUP6},
    {"ipv6-drop-membership", IPPROTO_IPV6, IPV6_LEAVE_GROUP, UDP | SET, GROUP6},
};
/* clang-format on */

/* returns the row of the name at 2 for that use of the object; raises an error if there is none */
static const Option *option_at(lua_State *L, const Conn *c, int use) {
  const char *name = luaL_checkstring(L, 2);
  int kind = c->own.family == AF_UNIX ? UNIX : c->own.type == SOCK_DGRAM ? UDP : TCP;
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if ((options[i].uses & (kind | use)) == (kind | use) && strcmp(options[i].name, name) == 0) return &options[i];
  luaL_argerror(L, 2, lua_pushfstring(L, "unsupported option `%s'", name));
  return NULL;
}

/***
Returns the value of an option.
@function conn:getoption
@tparam string name `"keepalive"`, `"reuseaddr"`, `"tcp-nodelay"`, `"linger"`, `"error"`, ... as in LuaSocket
@return the value, or nil
@treturn ?string after nil `"getsockopt failed"`
*/
int ps_conn_getoption(lua_State *L) {
  const Conn *c = ps_conn_check(L, ANY, "any");
  const Option *o = option_at(L, c, GET);
  union {
    int number;
    struct linger linger;
    struct in_addr address;
  } value = {0};
  char text[INET_ADDRSTRLEN];
  socklen_t size = o->type == LINGERING ? sizeof value.linger : sizeof value.number;
  if (sys_getsockopt(c->carrier.socket->fd, o->level, o->option, &value, &size) < 0) {
    lua_pushnil(L);
    lua_pushliteral(L, "getsockopt failed");
    return 2;
  }
  if (o->type == FLAG) lua_pushboolean(L, value.number);
  else if (o->type == NUMBER) lua_pushnumber(L, value.number);
  else if (o->type == INTERFACE) lua_pushstring(L, sys_inet_ntop(AF_INET, &value.address, text, sizeof text));
  else if (o->type == LINGERING) {
    lua_createtable(L, 0, 2);
    lua_pushboolean(L, value.linger.l_onoff);
    lua_setfield(L, -2, "on");
    lua_pushinteger(L, value.linger.l_linger);
    lua_setfield(L, -2, "timeout");
  } else if (value.number == 0) lua_pushnil(L);
  else ps_conn_error_push(L, c, value.number);
  return 1;
}

/* pushes a field of the table at 3; raises an error if it has another type */
static void field(lua_State *L, const char *name, int type) {
  lua_getfield(L, 3, name);
  if (lua_type(L, -1) != type)
    luaL_argerror(L, 3, lua_pushfstring(L, "%s '%s' field expected", lua_typename(L, type), name));
}

static struct in_addr address_field(lua_State *L, const char *name) {
  struct in_addr address = {.s_addr = htonl(INADDR_ANY)};
  field(L, name, LUA_TSTRING);
  const char *text = lua_tostring(L, -1);
  int any = strcmp(name, "interface") == 0 && strcmp(text, "*") == 0;
  if (!any && sys_inet_pton(AF_INET, text, &address) != 1)
    luaL_argerror(L, 3, lua_pushfstring(L, "invalid '%s' ip address", name));
  return address;
}

static struct ipv6_mreq group6_at(lua_State *L) {
  struct ipv6_mreq group = {.ipv6mr_interface = 0};
  luaL_checktype(L, 3, LUA_TTABLE);
  field(L, "multiaddr", LUA_TSTRING);
  if (sys_inet_pton(AF_INET6, lua_tostring(L, -1), &group.ipv6mr_multiaddr) != 1)
    luaL_argerror(L, 3, "invalid 'multiaddr' ip address");
  if (lua_getfield(L, 3, "interface") != LUA_TNIL) {
    field(L, "interface", LUA_TNUMBER);
    group.ipv6mr_interface = (unsigned)lua_tonumber(L, -1);
  }
  return group;
}

static struct in_addr interface_at(lua_State *L) {
  struct in_addr address = {.s_addr = htonl(INADDR_ANY)};
  const char *text = luaL_checkstring(L, 3);
  if (strcmp(text, "*") != 0 && sys_inet_pton(AF_INET, text, &address) != 1) luaL_argerror(L, 3, "ip expected");
  return address;
}

/***
Sets an option.
@function conn:setoption
@tparam string name as for `getoption`, and `"ip-add-membership"`, ...
@param value a boolean, a number or a table, as in LuaSocket
@treturn ?number 1
@treturn ?string after nil `"setsockopt failed"`
*/
int ps_conn_setoption(lua_State *L) {
  Conn *c = ps_conn_check(L, ANY, "any");
  const Option *o = option_at(L, c, SET);
  union {
    int number;
    struct linger linger;
    struct in_addr address;
    struct ip_mreq group;
    struct ipv6_mreq group6;
  } value;
  size_t size = sizeof value.number;
  if (o->type == FLAG) {
    luaL_checktype(L, 3, LUA_TBOOLEAN);
    value.number = lua_toboolean(L, 3);
  } else if (o->type == NUMBER) value.number = (int)luaL_checknumber(L, 3);
  else if (o->type == INTERFACE) value.address = interface_at(L);
  else if (o->type == GROUP6) value.group6 = group6_at(L), size = sizeof value.group6;
  else {
    luaL_checktype(L, 3, LUA_TTABLE);
    if (o->type == LINGERING) {
      field(L, "on", LUA_TBOOLEAN);
      field(L, "timeout", LUA_TNUMBER);
      value.linger = (struct linger){.l_onoff = lua_toboolean(L, -2), .l_linger = (int)lua_tonumber(L, -1)};
      size = sizeof value.linger;
      c->carrier.socket->lingers = 1;
    } else {
      struct in_addr group = address_field(L, "multiaddr"), interface = address_field(L, "interface");
      value.group = (struct ip_mreq){.imr_multiaddr = group, .imr_interface = interface};
      size = sizeof value.group;
    }
  }
  if (sys_setsockopt(c->carrier.socket->fd, o->level, o->option, &value, (socklen_t)size) == 0)
    return ps_conn_succeed(L);
  lua_pushnil(L);
  lua_pushliteral(L, "setsockopt failed");
  return 2;
}
