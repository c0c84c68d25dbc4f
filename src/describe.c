/* SPDX-License-Identifier: MIT */
/* Values in messages: a string in quotes, a table with its contents, both cut to a short length. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

#define BYTES_MAX 60 /* bytes of a string that are shown */
#define ELEMENTS_MAX 8
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

static int has_text(lua_State *L, int index) {
  int has = luaL_getmetafield(L, index, "__tostring") != LUA_TNIL;
  if (has) lua_pop(L, 1);
  return has;
}

/* Pushes the string in quotes, with numbers in place of control characters: a zero would end the message. */
static void push_string(lua_State *L, int index) {
  size_t len;
  char number[8];
  const char *text = lua_tolstring(L, index, &len);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '\'');
  for (size_t i = 0; i < len && i < BYTES_MAX; i++) {
    if (!iscntrl((unsigned char)text[i])) luaL_addchar(&b, text[i]);
    else snprintf(number, sizeof number, "\\%d", (unsigned char)text[i]), luaL_addstring(&b, number);
  }
  luaL_addstring(&b, len <= BYTES_MAX ? "'" : "...'");
  luaL_pushresult(&b);
}

/* Pushes the name of the value's class or type. */
static void push_type(lua_State *L, int index) {
  int top = lua_gettop(L);
  lua_pushstring(L, ps_type_name(L, index));
  lua_insert(L, top + 1);
  lua_settop(L, top + 1);
}

/* Pushes the text of any value but a table without __tostring. */
static void push_plain(lua_State *L, int index) {
  int type = lua_type(L, index);
  if (type == LUA_TSTRING) push_string(L, index);
  else if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || has_text(L, index))
    luaL_tolstring(L, index, NULL);
  else push_type(L, index);
}

static int is_name(const char *text) { return *text != '\0' && text[strspn(text, NAME_BYTES)] == '\0'; }

/* Pushes "name = ", or "[key] = " for a key that is no name. */
static void push_key(lua_State *L, int key) {
  if (lua_type(L, key) == LUA_TSTRING && is_name(lua_tostring(L, key)))
    lua_pushfstring(L, "%s = ", lua_tostring(L, key));
  else {
    push_plain(L, key);
    lua_pushfstring(L, "[%s] = ", lua_tostring(L, -1));
    lua_remove(L, -2);
  }
}

/* Appends a value of a table, with its key unless 'key' is 0, to the text at 'text'. A table as the value is "{...}".
   */
static void append(lua_State *L, int text, int key, int value) {
  lua_pushvalue(L, text);
  lua_pushstring(L, lua_rawlen(L, text) > 1 ? ", " : "");
  if (key != 0) push_key(L, key);
  else lua_pushliteral(L, "");
  if (lua_istable(L, value) && !has_text(L, value)) lua_pushliteral(L, "{...}");
  else push_plain(L, value);
  lua_concat(L, 4);
  lua_replace(L, text);
}

/* The number of elements that are shown without a key. A table with holes has several lengths, and releases of Lua
   choose differently. */
static lua_Integer length_of(lua_State *L, int table) {
  lua_Integer length = (lua_Integer)lua_rawlen(L, table);
  for (lua_Integer i = ELEMENTS_MAX; i > length; i--) {
    int type = lua_rawgeti(L, table, i);
    lua_pop(L, 1);
    if (type != LUA_TNIL) return i;
  }
  return length;
}

/* Pushes "{1, 2, name = 'x'}". */
static void push_contents(lua_State *L, int table) {
  lua_Integer length = length_of(L, table), count = 0;
  lua_pushliteral(L, "{");
  int text = lua_gettop(L);
  for (; count < length && count < ELEMENTS_MAX; count++) {
    lua_rawgeti(L, table, count + 1);
    append(L, text, 0, text + 1);
    lua_settop(L, text);
  }
  lua_pushnil(L);
  while (count <= ELEMENTS_MAX && lua_next(L, table)) {
    int shown = lua_isinteger(L, text + 1) && lua_tointeger(L, text + 1) > 0 && lua_tointeger(L, text + 1) <= length;
    if (!shown && count++ < ELEMENTS_MAX) append(L, text, text + 1, text + 2);
    lua_settop(L, text + 1);
  }
  lua_settop(L, text);
  lua_pushstring(L, count > ELEMENTS_MAX || length > ELEMENTS_MAX ? ", ...}" : "}");
  lua_concat(L, 2);
}

const char *ps_describe(lua_State *L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 12, NULL);
  if (lua_isnone(L, index)) lua_pushliteral(L, "no value");
  else if (lua_istable(L, index) && !has_text(L, index)) push_contents(L, index);
  else push_plain(L, index);
  return lua_tostring(L, -1);
}

/***
Returns the text of a value for a message.
@function describe
@local
@param value any value
@treturn string the text
*/
static int f_describe(lua_State *L) {
  lua_settop(L, 1);
  ps_describe(L, 1);
  return 1;
}

static const luaL_Reg local[] = {{"describe", f_describe}, {NULL, NULL}};

void ps_describe_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, local, 0); }
