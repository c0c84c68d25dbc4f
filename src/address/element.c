/* SPDX-License-Identifier: MIT */
/* Finds the elements of an address from a script, by position or by name, and checks them. */
#include "codec.h"

int ps_address_element(lua_State *L, int arg, const Codec *codec, int i) {
  int type = lua_rawgeti(L, arg, i); /* usually finds the element, and saves 11 instructions of lua_geti */
  if (type != LUA_TNIL) return type;
  lua_pop(L, 1);
  if ((type = lua_geti(L, arg, i)) != LUA_TNIL) return type;
  lua_pop(L, 1);
  return lua_getfield(L, arg, codec->fields[i - 1]);
}

/* Raises the error for a wrong form: "AF_INET address must be {host, port}, got 'localhost'". */
static void refuse_form(lua_State *L, int arg, const Codec *codec, int min, int max, const char *got) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (int i = 0; i < max; i++) {
    if (i > 0) luaL_addstring(&b, i < min ? ", " : "[, ");
    luaL_addstring(&b, codec->fields[i]);
  }
  for (int i = min; i < max; i++) luaL_addchar(&b, ']');
  luaL_pushresult(&b);
  ps_arg_error(L, arg, "%s address must be {%s}, got %s", codec->name, lua_tostring(L, -1), got);
}

void ps_address_table(lua_State *L, int arg, const Codec *codec, int min, int max) {
  if (lua_type(L, arg) != LUA_TTABLE) refuse_form(L, arg, codec, min, max, ps_describe(L, arg));
  lua_Integer given = (lua_Integer)lua_rawlen(L, arg);
  if (given < min || given > max) given = luaL_len(L, arg); /* luaL_len alone would take 100 instructions more */
  int wrong = given > max;
  if (given < min) { /* the elements may be given by name */
    wrong |= ps_address_element(L, arg, codec, min) == LUA_TNIL;
    lua_pop(L, 1);
  }
  if (wrong) refuse_form(L, arg, codec, min, max, lua_pushfstring(L, given == 1 ? "%I element" : "%I elements", given));
}

/* Checks element 'i', the value of that type at the top. */
static lua_Integer integer_at_top(lua_State *L, int arg, const Codec *codec, int i, int type, lua_Integer min,
                                  lua_Integer max) {
  int isnum;
  const char *name = codec->fields[i - 1];
  lua_Integer value = ps_to_integer(L, -1, &isnum);
  if (!isnum) {
    const char *got = type == LUA_TSTRING ? lua_pushfstring(L, "string '%s'", lua_tostring(L, -1)) : ps_describe(L, -1);
    ps_arg_error(L, arg, "%s must be an integer, got %s", name, got);
  }
  if ((value < min || value > max) && min < 0) ps_arg_error(L, arg, "%s out of range, got %I", name, value);
  if (value < min || value > max) ps_arg_error(L, arg, "%s must be %I-%I, got %I", name, min, max, value);
  return value;
}

lua_Integer ps_address_integer(lua_State *L, int arg, const Codec *codec, int i, lua_Integer min, lua_Integer max) {
  return integer_at_top(L, arg, codec, i, ps_address_element(L, arg, codec, i), min, max);
}

lua_Integer ps_address_opt_integer(lua_State *L, int arg, const Codec *codec, int i, lua_Integer min, lua_Integer max,
                                   lua_Integer absent) {
  int type = ps_address_element(L, arg, codec, i);
  return type == LUA_TNIL ? absent : integer_at_top(L, arg, codec, i, type, min, max);
}

uint32_t ps_address_u32(lua_State *L, int arg, const Codec *codec, int i) {
  return (uint32_t)ps_address_integer(L, arg, codec, i, LUA_MININTEGER, LUA_MAXINTEGER);
}

uint32_t ps_address_opt_u32(lua_State *L, int arg, const Codec *codec, int i, uint32_t absent) {
  return (uint32_t)ps_address_opt_integer(L, arg, codec, i, LUA_MININTEGER, LUA_MAXINTEGER, absent);
}

/* Element 'i' as a string, and whether it contains zeros. */
static const char *string_at(lua_State *L, int arg, const Codec *codec, int i, int *zeros) {
  size_t len;
  if (ps_address_element(L, arg, codec, i) != LUA_TSTRING)
    ps_arg_error(L, arg, "%s must be a string, got %s", codec->fields[i - 1], luaL_typename(L, -1));
  const char *text = lua_tolstring(L, -1, &len);
  *zeros = strlen(text) != len;
  return text;
}

const char *ps_address_text(lua_State *L, int arg, const Codec *codec, int i) {
  int zeros;
  const char *text = string_at(L, arg, codec, i, &zeros);
  if (zeros) ps_arg_error(L, arg, "%s must not contain null characters", codec->fields[i - 1]);
  return text;
}

const char *ps_address_host(lua_State *L, int arg, const Codec *codec) {
  int zeros;
  const char *host = string_at(L, arg, codec, 1, &zeros);
  if (zeros) {
    ps_error_push_gai(L, EAI_NONAME, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), lua_gettop(L));
    lua_error(L);
  }
  return host;
}

int ps_address_interface(lua_State *L, const char *name) {
  unsigned index = sys_if_nametoindex(name);
  if (index == 0) {
    int code = errno;
    lua_pushstring(L, name);
    ps_error_raise(L, code, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), lua_gettop(L));
  }
  return (int)index;
}

int ps_address_error(lua_State *L, const char *text) {
  return ps_error_raise_text(L, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), "%s", text);
}
