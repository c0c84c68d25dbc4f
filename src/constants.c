/* SPDX-License-Identifier: MIT */
/*
** The module's constants. constants.txt lists their names, headers.txt the headers that declare them, and errnos.txt
** the names of errno values; the build guards each constant with #ifdef.
*/
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

static const luaL_Reg local[] = {{"errnos", f_errnos}, {NULL, NULL}};

/* Is it a constant of 'pysocket.select', as in Python? */
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
