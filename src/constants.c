/* SPDX-License-Identifier: MIT */
/*
** The module's constants. constants.txt lists their names, headers.txt the headers that declare them, and errnos.txt
** the names of errno values; the build guards each constant with #ifdef.
*/
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "address/bluetooth.h"

#include "headers.h"

/***
The values of the module that are neither functions nor classes.
@value boolean has_ipv6 whether the library was built with IPv6; this machine may still have no IPv6 address
@value table errno the numbers of the system's errors by name, and their names by number: `socket.errno.EBADF`
@value string _VERSION the version of the library
@value integer UDP_SEGMENT an option of `IPPROTO_UDP`: the kernel splits a message into datagrams of the given size; see
  udp(7)
@value integer UDP_GRO an option of `IPPROTO_UDP`: the kernel joins datagrams of one sender to one message, with their
  size as ancillary data
*/
typedef struct Constant {
  char name[40]; /* an array instead of a pointer, which the loader would have to relocate */
  lua_Integer value;
} Constant;

typedef struct Text {
  const char *name, *value;
} Text;

static const Constant constants[] = {
#define INTEGER(name, value) {#name, (lua_Integer)(value)},
#define STRING(name, value)
#include "constants.h"
#undef INTEGER
#undef STRING
    {"", 0},
};

#define COUNT (sizeof constants / sizeof *constants - 1)

/* the constants that are strings, as in Python: Bluetooth addresses and GUIDs */
static const Text texts[] = {
#define INTEGER(name, value)
#define STRING(name, value) {#name, value},
#include "constants.h"
#undef INTEGER
#undef STRING
    {NULL, NULL},
};

static const Constant errnos[] = {
#define X(name) {#name, name},
#include "errnos.h"
#undef X
    {"", 0},
};

/***
Makes the table `errno`, at its first use. If a number has several names, the first one of the list belongs to the
number.
@function errnos
@local
@treturn table the numbers by name, and the names by number
*/
static int f_errnos(lua_State *L) {
  lua_createtable(L, 0, 2 * (int)(sizeof errnos / sizeof *errnos));
  for (const Constant *c = errnos; *c->name != '\0'; c++) {
    lua_pushinteger(L, c->value);
    lua_setfield(L, -2, c->name);
    if (lua_rawgeti(L, -1, c->value) == LUA_TNIL) {
      lua_pushstring(L, c->name);
      lua_rawseti(L, -3, c->value);
    }
    lua_pop(L, 1);
  }
  return 1;
}

/* Is it a constant of 'pysocket.select', as in Python? */
static int is_of_select(const char *name) {
  if (*name == 'K') return strncmp(name, "KQ_", 3) == 0;
  return strncmp(name + (*name == 'E'), "POLL", 4) == 0 || strcmp(name, "PIPE_BUF") == 0;
}

static int compare(const void *name, const void *constant) { return strcmp(name, ((const Constant *)constant)->name); }

/* (module, name): a constant becomes a field of the module at its first use. If 'require' set all of them, it would take a fifth more
   instructions. */
static int find_constant(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  size_t length = 0;
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &length) : "";
  const Constant *c = bsearch(name, constants, COUNT, sizeof *constants, compare); /* the list is sorted */
  if (c == NULL || strlen(name) != length || is_of_select(name)) return 0;
  lua_pushinteger(L, c->value);
  lua_rawset(L, 1);
  lua_pushinteger(L, c->value);
  return 1;
}

/***
Makes all constants fields of the module, as `pairs` needs them.
@function constants
@local
@tparam table module
*/
static int f_constants(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  for (size_t i = 0; i < COUNT; i++) {
    if (is_of_select(constants[i].name)) continue;
    lua_pushstring(L, constants[i].name);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 1) == LUA_TNIL) {
      lua_pushinteger(L, constants[i].value);
      lua_replace(L, 3);
      lua_rawset(L, 1);
    }
    lua_settop(L, 1);
  }
  return 0;
}

static const luaL_Reg local[] = {{"errnos", f_errnos}, {"constants", f_constants}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__index", find_constant}, {NULL, NULL}};

void ps_constants_open(lua_State *L) {
  for (size_t i = 0; i < COUNT; i++) {
    if (!is_of_select(constants[i].name)) continue;
    lua_pushinteger(L, constants[i].value);
    lua_setfield(L, PS_OPEN_LOCAL, constants[i].name);
  }
  lua_createtable(L, 0, 2);
  ps_register(L, -1, metamethods, 0);
  lua_setmetatable(L, PS_OPEN_CORE);
  for (const Text *t = texts; t->name != NULL; t++) {
    lua_pushstring(L, t->value);
    lua_setfield(L, PS_OPEN_CORE, t->name);
  }
#ifdef AF_INET6
  lua_pushboolean(L, 1);
#else
  lua_pushboolean(L, 0);
#endif
  lua_setfield(L, PS_OPEN_CORE, "has_ipv6");
  ps_register(L, PS_OPEN_LOCAL, local, 0);
}
