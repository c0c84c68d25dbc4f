/* SPDX-License-Identifier: MIT */
/* The classes of LuaSocket's objects with their methods, and the constructors. They are created when the Lua layer
   first uses them. */
#include "luasocket.h"

/* sets of kinds */
enum { TCP = 1, UDP = 2, STREAM = 4, DGRAM = 8, TLS = 16, ALL = TCP | UDP | STREAM | DGRAM | TLS };

/* A method: a C function, its operation or NULL, and the kinds that have it. */
typedef struct Method {
  const char *name;
  lua_CFunction f;
  const Operation *op;
  int kinds;
} Method;

/* clang-format off */
static const Method methods[] = {
    /* name          C function                 operation                      kinds */
    {"accept",      ps_conn_accept,           &ps_conn_accepting,          TCP | STREAM},
    {"bind",        ps_conn_bind,             NULL,                        TCP},
    {"bind",        ps_conn_bind_path,        NULL,                        STREAM | DGRAM},
    {"close",       ps_conn_m_close,          NULL,                        ALL},
    {"connect",     ps_conn_connect,          &ps_conn_connecting,         TCP},
    {"connect",     ps_conn_connect_path,     &ps_conn_connecting,         STREAM},
    {"connect",     ps_conn_setpeername,      NULL,                        DGRAM},
    {"dirty",       ps_conn_dirty,            NULL,                        ALL},
    {"dohandshake", ps_conn_dohandshake,      &ps_conn_shaking,            TLS},
    {"getfamily",   ps_conn_getfamily,        NULL,                        TCP | UDP},
    {"getfd",       ps_conn_getfd,            NULL,                        ALL},
    {"getoption",   ps_conn_getoption,        NULL,                        TCP | UDP},
    {"getpeername", ps_conn_getpeername,      NULL,                        TCP | UDP},
    {"getsockname", ps_conn_getsockname,      NULL,                        ALL},
    {"getstats",    ps_conn_getstats,         NULL,                        TCP | STREAM | TLS},
    {"gettimeout",  ps_conn_gettimeout,       NULL,                        TCP | UDP | DGRAM},
    {"listen",      ps_conn_listen,           NULL,                        TCP | STREAM},
    {"receive",     ps_conn_receive,          &ps_conn_receiving,          TCP | STREAM | TLS},
    {"receive",     ps_conn_receive_datagram, &ps_conn_receiving_datagram, UDP | DGRAM},
    {"receivefrom", ps_conn_receivefrom,      &ps_conn_receiving_from,     UDP | DGRAM},
    {"send",        ps_conn_send,             &ps_conn_sending,            TCP | STREAM | TLS},
    {"send",        ps_conn_send_datagram,    &ps_conn_sending_datagram,   UDP | DGRAM},
    {"sendto",      ps_conn_sendto,           &ps_conn_sending_to,         UDP | DGRAM},
    {"setfd",       ps_conn_setfd,            NULL,                        ALL},
    {"setoption",   ps_conn_setoption,        NULL,                        TCP | UDP | STREAM | DGRAM},
    {"setpeername", ps_conn_setpeername,      NULL,                        UDP},
    {"setsockname", ps_conn_bind,             NULL,                        UDP},
    {"setstats",    ps_conn_setstats,         NULL,                        TCP | STREAM | TLS},
    {"settimeout",  ps_conn_settimeout,       NULL,                        ALL},
    {"shutdown",    ps_conn_shutdown,         NULL,                        TCP | STREAM},
    {"want",        ps_conn_want,             NULL,                        TLS},
};
/* clang-format on */

static const struct Kind {
  const char *name;
  int kind;
  Class first, last;
} kinds[] = {{"tcp", TCP, TCP_MASTER, TCP_CLIENT},
             {"udp", UDP, UDP_UNCONNECTED, UDP_CONNECTED},
             {"unixstream", STREAM, UNIX_MASTER, UNIX_CLIENT},
             {"unixdgram", DGRAM, UNIXDGRAM_UNCONNECTED, UNIXDGRAM_CONNECTED},
             {"ssl", TLS, TLS_CONNECTION, TLS_CONNECTION}};

#define METHODS (sizeof methods / sizeof *methods)
#define KINDS (sizeof kinds / sizeof *kinds)

/* Pushes a method. Its upvalues are those of every function, those of its operation, and its kind. */
static void push_method(lua_State *L, const Method *method, const char *kind) {
  if (method->op != NULL) {
    ps_operation_push(L, method->op, PS_METHOD | PS_CARRIER);
    lua_getupvalue(L, -1, PS_UP_OWN);
    lua_getupvalue(L, -2, PS_UP_OWN + 1);
    lua_remove(L, -3);
  } else {
    lua_pushnil(L);
    lua_pushnil(L);
  }
  lua_pushstring(L, kind);
  ps_function_push(L, method->name, method->f, PS_METHOD | PS_CARRIER, 3);
}

/* adds an older name of a method, if the kind has the method */
static void add_alias(lua_State *L, int methods, const char *name, const char *alias) {
  if (lua_getfield(L, methods, name) == LUA_TNIL) lua_pop(L, 1);
  else lua_setfield(L, methods, alias);
}

/* Pushes a metatable for objects of the class, with the methods at 'methods'. */
static void push_class(lua_State *L, Class class, int methods) {
  static const luaL_Reg metamethods[] = {
      {"__gc", ps_conn_gc}, {"__close", ps_conn_gc}, {"__tostring", ps_conn_tostring}, {NULL, NULL}};
  lua_createtable(L, 0, 6);
  ps_register(L, -1, metamethods, PS_METHOD);
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, methods)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pushstring(L, ps_conn_names[class]);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "class");
  lua_setfield(L, -3, "__name");
  lua_setfield(L, -2, "__index");
}

/* Adds the metatables of a kind to the table at 'metatables'. */
static void add_kind(lua_State *L, int metatables, const struct Kind *kind) {
  lua_createtable(L, 0, 24);
  int own = lua_gettop(L);
  for (size_t i = 0; i < METHODS; i++) {
    if (!(methods[i].kinds & kind->kind)) continue;
    push_method(L, &methods[i], kind->name);
    lua_setfield(L, own, methods[i].name);
  }
  add_alias(L, own, "bind", "setsockname");
  add_alias(L, own, "connect", "setpeername");
  for (Class class = kind->first; class <= kind->last; class ++) {
    push_class(L, class, own);
    lua_rawseti(L, metatables, class);
  }
  lua_pop(L, 1);
}

/* creates an object, with a descriptor unless the family is AF_UNSPEC */
static int new_object(lua_State *L, Class class, int family, int type) {
  Conn *c = ps_conn_new(L, class, family, type);
  int code = family == AF_UNSPEC ? 0 : ps_conn_create(c, family);
  return code == 0 ? 1 : ps_conn_fail(L, c, code);
}

static int f_tcp(lua_State *L) { return new_object(L, TCP_MASTER, AF_UNSPEC, SOCK_STREAM); }
static int f_tcp4(lua_State *L) { return new_object(L, TCP_MASTER, AF_INET, SOCK_STREAM); }
static int f_tcp6(lua_State *L) { return new_object(L, TCP_MASTER, AF_INET6, SOCK_STREAM); }
static int f_udp(lua_State *L) { return new_object(L, UDP_UNCONNECTED, AF_UNSPEC, SOCK_DGRAM); }
static int f_udp4(lua_State *L) { return new_object(L, UDP_UNCONNECTED, AF_INET, SOCK_DGRAM); }
static int f_udp6(lua_State *L) { return new_object(L, UDP_UNCONNECTED, AF_INET6, SOCK_DGRAM); }
static int f_stream(lua_State *L) { return new_object(L, UNIX_MASTER, AF_UNIX, SOCK_STREAM); }
static int f_dgram(lua_State *L) { return new_object(L, UNIXDGRAM_UNCONNECTED, AF_UNIX, SOCK_DGRAM); }

/***
Returns the time.
@function gettime
@treturn number seconds since 1970
*/
static int f_gettime(lua_State *L) {
  lua_pushnumber(L, ps_conn_time());
  return 1;
}

/***
Returns its arguments without the first ones.
@function skip
@tparam integer d the number of arguments to skip
@param ...
@treturn any... the other arguments
*/
static int f_skip(lua_State *L) {
  lua_Integer rest = lua_gettop(L) - luaL_checkinteger(L, 1) - 1;
  return rest > 0 ? (int)rest : 0;
}

static const luaL_Reg functions[] = {{"tcp", f_tcp},       {"tcp4", f_tcp4},     {"tcp6", f_tcp6},
                                     {"udp", f_udp},       {"udp4", f_udp4},     {"udp6", f_udp6},
                                     {"stream", f_stream}, {"dgram", f_dgram},   {"gettime", f_gettime},
                                     {"skip", f_skip},     {"tls", ps_conn_tls}, {"tls_socket", ps_conn_tls_socket},
                                     {NULL, NULL}};

/***
Creates the classes, and returns the functions in C.
@function luasocket
@local
@tparam function by_name called as `by_name(method, object, host, port)` if the host or the port is a name
@treturn table functions by name
*/
static int f_luasocket(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_createtable(L, CLASSES, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "by_name");
  int metatables = lua_gettop(L);
  for (size_t i = 0; i < KINDS; i++) add_kind(L, metatables, &kinds[i]);
  lua_pushvalue(L, metatables);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_LUASOCKET);
  lua_createtable(L, 0, 12);
  ps_register(L, -1, functions, 0);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CORE);
  lua_insert(L, -2);
  ps_conn_select_open(L, lua_gettop(L) - 1);
  lua_rawgeti(L, metatables, TLS_CONNECTION);
  lua_getfield(L, -1, "__index");
  lua_setfield(L, -3, "tls_methods");
  lua_pop(L, 1);
  return 1;
}

static const luaL_Reg local[] = {{"luasocket", f_luasocket}, {NULL, NULL}};

void ps_luasocket_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, local, 0); }
