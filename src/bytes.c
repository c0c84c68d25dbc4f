/* SPDX-License-Identifier: MIT */
/*
** Mutable bytes of a fixed size, and views: the same thing, but over bytes that another one owns. All that takes
** a buffer takes them through the two functions here.
*/
#include <string.h>

#include "core.h"

typedef struct Bytes {
  char *data; /* own, or inside the bytearray that is the user value */
  size_t len;
  char own[];
} Bytes;

typedef struct Range {
  size_t start, len;
} Range;

#define BYTES_MAX ((lua_Integer)(PTRDIFF_MAX - sizeof(Bytes)))

int ps_bytes_is(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return 0;
  int is = lua_topointer(L, -1) == ps_world(L)->bytes_type;
  lua_pop(L, 1);
  return is;
}

/* NULL when it is none */
static Bytes *to_bytes(lua_State *L, int arg) { return ps_bytes_is(L, arg) ? lua_touserdata(L, arg) : NULL; }

static Bytes *check_self(lua_State *L) {
  Bytes *b = to_bytes(L, 1);
  if (b == NULL) ps_type_error(L, 1, "bytearray");
  return b;
}

const char *ps_check_buffer(lua_State *L, int arg, const char *what, size_t *len) {
  if (lua_type(L, arg) == LUA_TSTRING) return lua_tolstring(L, arg, len);
  const Bytes *b = to_bytes(L, arg);
  if (b == NULL) {
    ps_arg_error(L, arg, "%s must be a string or bytearray, got %s", what, ps_type_name(L, arg));
    return NULL;
  }
  *len = b->len;
  return b->data;
}

char *ps_check_writable(lua_State *L, int arg, const char *what, size_t *len) {
  const Bytes *b = to_bytes(L, arg);
  if (b == NULL) {
    ps_arg_error(L, arg, "%s must be a bytearray, got %s", what, ps_type_name(L, arg));
    return NULL;
  }
  *len = b->len;
  return b->data;
}

/* the place, from 0, that argument 2 names */
static size_t check_index(lua_State *L, const Bytes *b) {
  return (size_t)ps_check_integer(L, 2, "index", 1, (lua_Integer)b->len) - 1;
}

/* arguments 2 and 3 as string.sub takes them */
static Range check_range(lua_State *L, const Bytes *b) {
  lua_Integer len = (lua_Integer)b->len;
  lua_Integer i = ps_opt_integer(L, 2, "i", LUA_MININTEGER, LUA_MAXINTEGER, 1);
  lua_Integer j = ps_opt_integer(L, 3, "j", LUA_MININTEGER, LUA_MAXINTEGER, -1);
  if (i < 0) i = i < -len ? 1 : len + i + 1;
  else if (i == 0) i = 1;
  if (j < 0) j = j < -len ? 0 : len + j + 1;
  else if (j > len) j = len;
  return i > j ? (Range){0, 0} : (Range){(size_t)i - 1, (size_t)(j - i) + 1};
}

/* gives the userdata at the top its class */
static int dress(lua_State *L) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_BYTES);
  lua_setmetatable(L, -2);
  return 1;
}

/* pushes one of 'len' bytes: those of 'data', or zeros where that is NULL */
static int bytes_new(lua_State *L, const char *data, size_t len) {
  Bytes *b = lua_newuserdatauv(L, sizeof *b + len, 0);
  b->data = b->own;
  b->len = len;
  if (data != NULL) memcpy(b->own, data, len);
  else memset(b->own, 0, len);
  return dress(L);
}

/***
Bytes that can be changed in place, of a fixed size; taken wherever a call takes data or a buffer to fill.
`b[i]` is byte i as an integer, from 1; `#b` their number; `tostring(b)` all of them as a string; `==` compares them.
As Python's `bytearray`, but it never grows.
@class bytearray bytes of a fixed size, or a view of another's; `b[i]` is a byte
@tfield integer [integer] a byte, from 1
@operator len: integer
@function bytearray
@tparam integer|string|bytearray source a number of zero bytes, or what to copy
@treturn bytearray
*/
static int f_bytearray(lua_State *L) {
  if (lua_type(L, 1) == LUA_TNUMBER) return bytes_new(L, NULL, (size_t)ps_check_integer(L, 1, "source", 0, BYTES_MAX));
  if (lua_type(L, 1) != LUA_TSTRING && to_bytes(L, 1) == NULL)
    return ps_arg_error(L, 1, "source must be an integer, string or bytearray, got %s", ps_type_name(L, 1));
  size_t len;
  const char *data = ps_check_buffer(L, 1, "source", &len);
  return bytes_new(L, data, len);
}

/***
Some of the bytes as another bytearray, which shares them: a change of one is a change of both.
As Python's `memoryview(b)[i:j]`, with the range of `string.sub`.
@function bytearray:view
@tparam[opt=1] integer i the first byte; negative counts from the end
@tparam[opt=-1] integer j the last byte
@treturn bytearray
*/
static int m_view(lua_State *L) {
  const Bytes *b = check_self(L);
  Range range = check_range(L, b);
  Bytes *view = lua_newuserdatauv(L, sizeof *view, 1);
  view->data = b->data + range.start;
  view->len = range.len;
  if (lua_getiuservalue(L, 1, 1) == LUA_TNONE) { /* it owns its bytes: an owner has no user value */
    lua_pop(L, 1);
    lua_pushvalue(L, 1);
  }
  lua_setiuservalue(L, -2, 1);
  return dress(L);
}

/***
Some of the bytes as a string.
As `string.sub`.
@function bytearray:sub
@tparam[opt=1] integer i the first byte; negative counts from the end
@tparam[opt=-1] integer j the last byte
@treturn string
*/
static int m_sub(lua_State *L) {
  const Bytes *b = check_self(L);
  Range range = check_range(L, b);
  lua_pushlstring(L, b->data + range.start, range.len);
  return 1;
}

/***
Copies data over the bytes from position i on; the two may overlap.
As Python's `b[i:i + len(data)] = data`.
@function bytearray:set
@tparam integer i the first byte to be replaced, from 1
@tparam string|bytearray data has to fit
*/
static int m_set(lua_State *L) {
  const Bytes *b = check_self(L);
  size_t start = (size_t)ps_check_integer(L, 2, "i", 1, (lua_Integer)b->len + 1) - 1;
  size_t len;
  const char *data = ps_check_buffer(L, 3, "data", &len);
  if (len > b->len - start)
    return ps_arg_error(L, 3, "data too long: %I bytes for %I", (lua_Integer)len, (lua_Integer)(b->len - start));
  memmove(b->data + start, data, len);
  return 0;
}

/* A number is a place, anything else the name of a method. */
static int m_index(lua_State *L) {
  const Bytes *b = check_self(L);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    lua_pushinteger(L, (unsigned char)b->data[check_index(L, b)]);
  } else {
    lua_getmetatable(L, 1);
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
  }
  return 1;
}

static int m_newindex(lua_State *L) {
  Bytes *b = check_self(L);
  size_t i = check_index(L, b);
  b->data[i] = (char)ps_check_integer(L, 3, "byte", 0, 255);
  return 0;
}

static int m_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_self(L)->len);
  return 1;
}

static int m_tostring(lua_State *L) {
  const Bytes *b = check_self(L);
  lua_pushlstring(L, b->data, b->len);
  return 1;
}

static int m_eq(lua_State *L) {
  const Bytes *a = to_bytes(L, 1), *b = to_bytes(L, 2);
  lua_pushboolean(L, a != NULL && b != NULL && a->len == b->len && memcmp(a->data, b->data, a->len) == 0);
  return 1;
}

static const luaL_Reg functions[] = {{"bytearray", f_bytearray}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"view", m_view},
    {"sub", m_sub},
    {"set", m_set},
    {"__index", m_index},
    {"__newindex", m_newindex},
    {"__len", m_len},
    {"__tostring", m_tostring},
    {"__eq", m_eq},
    {NULL, NULL},
};

void ps_bytes_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
  ps_metatable_push(L, PS_BYTES, "bytearray");
  ps_world(L)->bytes_type = lua_topointer(L, -1);
  ps_register(L, -1, methods, PS_METHOD);
}
