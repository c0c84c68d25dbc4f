/* SPDX-License-Identifier: MIT */
/*
** Bytearrays: mutable bytes of a fixed size, and views of them, which use the bytes of another bytearray. Functions
** that take a buffer read the argument with ps_check_buffer or ps_check_writable.
*/
#include <string.h>

#include "core.h"

typedef struct Bytes {
  char *data; /* 'own', or memory of the bytearray that is the user value */
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

/* The bytearray or view at 'arg', or NULL. */
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

/* The place (from 0) of the index that is argument 2. */
static size_t check_index(lua_State *L, const Bytes *b) {
  return (size_t)ps_check_integer(L, 2, "index", 1, (lua_Integer)b->len) - 1;
}

/* The range of the arguments 2 and 3, which are those of string.sub. */
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

/* Gives the userdata at the top its metatable. */
static int dress(lua_State *L) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_BYTES);
  lua_setmetatable(L, -2);
  return 1;
}

/* Pushes a bytearray of 'len' bytes: a copy of 'data', or zeros for NULL. */
static int bytes_new(lua_State *L, const char *data, size_t len) {
  Bytes *b = lua_newuserdatauv(L, sizeof *b + len, 0);
  b->data = b->own;
  b->len = len;
  if (data != NULL) memcpy(b->own, data, len);
  else memset(b->own, 0, len);
  return dress(L);
}

/***
Creates a bytearray: bytes that can be changed in place. Calls take it as data to send and as a buffer to fill. `b[i]`
is byte i, an integer, from 1; `#b` is the number of bytes, which never changes; `tostring(b)` returns the bytes as a
string; `==` compares the bytes.
@class bytearray bytes of a fixed size, or a view of another bytearray's; `b[i]` is a byte
@tfield integer [integer] a byte, from 1
@operator len: integer
@function bytearray
@tparam integer|string|bytearray source the number of bytes, which are zero, or the bytes to copy
@treturn bytearray the bytearray
@see Python's bytearray
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
Creates a view: a bytearray that shares a range of the bytes, as Python's `memoryview(b)[i:j]` does. A change of one
changes the other.
@function bytearray:view
@tparam[opt=1] integer i the first byte; a negative number counts from the end, as in `string.sub`
@tparam[opt=-1] integer j the last byte
@treturn bytearray the view
*/
static int m_view(lua_State *L) {
  const Bytes *b = check_self(L);
  Range range = check_range(L, b);
  Bytes *view = lua_newuserdatauv(L, sizeof *view, 1);
  view->data = b->data + range.start;
  view->len = range.len;
  if (lua_getiuservalue(L, 1, 1) == LUA_TNONE) { /* the bytearray owns its bytes: an owner has no user value */
    lua_pop(L, 1);
    lua_pushvalue(L, 1);
  }
  lua_setiuservalue(L, -2, 1);
  return dress(L);
}

/***
Returns a range of the bytes as a string, as `string.sub` does.
@function bytearray:sub
@tparam[opt=1] integer i the first byte; a negative number counts from the end
@tparam[opt=-1] integer j the last byte
@treturn string the bytes
*/
static int m_sub(lua_State *L) {
  const Bytes *b = check_self(L);
  Range range = check_range(L, b);
  lua_pushlstring(L, b->data + range.start, range.len);
  return 1;
}

/***
Replaces the bytes from position `i` on by a copy of the data, which may be a view of the same bytes.
@function bytearray:set
@tparam integer i the first byte to replace, from 1
@tparam string|bytearray data bytes that fit between `i` and the end
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

/* A number is the index of a byte, any other key the name of a method. */
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
