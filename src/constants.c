/* SPDX-License-Identifier: MIT */
/*
** The module's constants. Which there are is said in constants.txt, where they come from in headers.txt; the build
** puts each under its guard. The names of errno values, from errnos.txt, serve both ways.
*/
#include <string.h>

#include "core.h"
#include "address/bluetooth.h"

#include "headers.h"

/***
What the module has beside functions and classes.
@value boolean has_ipv6 whether the library was built with IPv6; not whether this machine has an address
@value table errno the numbers of the system's errors by name, and their names by number: `socket.errno.EBADF`
@value string _VERSION of the library
@value integer UDP_SEGMENT an option of `IPPROTO_UDP`: the kernel splits what is sent into datagrams of that size; see udp(7)
@value integer UDP_GRO an option of `IPPROTO_UDP`: datagrams of one sender come as one message, their size as ancillary data
*/
typedef struct Constant {
  char name[40]; /* no pointer: the loader would have to set each */
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

/* what Python has as strings: Bluetooth addresses and GUIDs */
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
The table `errno`, which the module makes when it is asked for. Where a number has several names, the first of the list
is its own.
@function errnos
@local
@treturn table
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

static const luaL_Reg local[] = {{"errnos", f_errnos}, {NULL, NULL}};

/* those that Python has in 'select' */
static int is_of_select(const char *name) {
  if (*name == 'K') return strncmp(name, "KQ_", 3) == 0;
  return strncmp(name + (*name == 'E'), "POLL", 4) == 0 || strcmp(name, "PIPE_BUF") == 0;
}

void ps_constants_open(lua_State *L) {
  for (const Constant *c = constants; *c->name != '\0'; c++) {
    lua_pushinteger(L, c->value);
    lua_setfield(L, is_of_select(c->name) ? PS_OPEN_LOCAL : PS_OPEN_CORE, c->name);
  }
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
