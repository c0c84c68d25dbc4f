/* SPDX-License-Identifier: MIT */
/*
** The library as one C function: the core, and the source of the Lua layer, with the chunk names of its files
** ("loop.lua" in "pysocket"). The layer has an environment of its own, so that it depends neither on 'package' nor on
** the globals that a sandbox leaves later. The environment has a 'require' of its own, which finds the embedded
** modules.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "pysocket.h"

static const struct Module {
  const char *name, *chunk;
  const char *const *lines; /* ended by NULL */
} modules[] = {
#define MODULE(name, chunk, ...) {name, chunk, (const char *const[]){__VA_ARGS__, NULL}},
#include "layer.h" /* made by the build from lua/pysocket */
#undef MODULE
};

#define MODULES (sizeof modules / sizeof *modules)

static const char require_key = 0; /* the key of the layer's 'require' in the registry */

/* the functions of Lua's base library that the layer needs */
static const char *const base[] = {
    "assert", "error",  "getmetatable", "ipairs",   "next",     "pairs", "pcall", "rawequal", "rawget",       "rawlen",
    "rawset", "select", "setmetatable", "tonumber", "tostring", "type",  "warn",  "xpcall",   LUA_STRLIBNAME, NULL};

/* The libraries that the layer opens for itself, in tables that no script can change. None of them has effects outside
   of these tables. */
static const luaL_Reg libraries[] = {{LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
                                     {LUA_MATHLIBNAME, luaopen_math},    {LUA_UTF8LIBNAME, luaopen_utf8},
                                     {LUA_DBLIBNAME, luaopen_debug},     {NULL, NULL}};

/* Pushes a global without its metamethods, since a missing name may be an error there. Returns its type. */
static int push_global(lua_State *L, const char *name) {
  lua_pushglobaltable(L);
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_type(L, -1);
}

/* Pushes the environment, with the present values of the globals. */
static void environment_push(lua_State *L) {
  lua_createtable(L, 0, 32);
  for (const char *const *name = base; *name != NULL; name++) {
    if (push_global(L, *name) == LUA_TNIL) luaL_error(L, "pysocket needs '%s' to be opened", *name);
    lua_setfield(L, -2, *name);
  }
  for (const luaL_Reg *library = libraries; library->name != NULL; library++) {
    lua_pushcfunction(L, library->func);
    lua_call(L, 0, 1);
    lua_setfield(L, -2, library->name);
  }
  push_global(L, LUA_IOLIBNAME); /* recognizes files; without the library there are none */
  lua_setfield(L, -2, LUA_IOLIBNAME);
}

static const char *read_line(lua_State *L, void *data, size_t *size) {
  (void)L;
  const char *const **place = data;
  const char *line = **place;
  if (line == NULL) return NULL;
  ++*place;
  *size = strlen(line);
  return line;
}

/* Pushes the chunk of the module. */
static void load(lua_State *L, const struct Module *module) {
  const char *const *line = module->lines;
  if (lua_load(L, read_line, &line, module->chunk, "t") != LUA_OK) lua_error(L);
  lua_pushvalue(L, lua_upvalueindex(2));
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
}

static const struct Module *find(const char *name) {
  for (size_t i = 0; i < MODULES; i++)
    if (strcmp(modules[i].name, name) == 0) return &modules[i];
  return NULL;
}

/* Requires a module of other libraries (luv, cqueues) with the host's 'require'. */
static int require_foreign(lua_State *L, const char *name) {
  if (lua_getglobal(L, "require") == LUA_TNIL)
    return luaL_error(L, "module '%s' not found: there is no 'require'", name);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static int f_require(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const struct Module *module = find(name);
  if (module == NULL) return require_foreign(L, name);
  load(L, module);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  if (lua_isnil(L, -1)) lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, lua_upvalueindex(1));
  return 1;
}

/* Makes the host's 'require' find a module that it does not have yet, also if 'package' is opened after the library. */
static void preload(lua_State *L, const char *name) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pushvalue(L, -3);
    lua_setfield(L, -3, name);
  }
  lua_pop(L, 2);
}

/* Pushes the layer's 'require', which the first call makes. */
static void require_push(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &require_key) != LUA_TNIL) return;
  lua_pop(L, 1);
  luaL_checkversion(L);
  lua_newtable(L);
  lua_pushcfunction(L, luaopen_pysocket_core);
  lua_call(L, 0, 1);
  lua_setfield(L, -2, "pysocket.core");
  environment_push(L);
  lua_pushvalue(L, -1);
  lua_insert(L, -3);
  lua_pushcclosure(L, f_require, 2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "require");
  lua_remove(L, -2);
  for (size_t i = 0; i < MODULES; i++) preload(L, modules[i].name);
  preload(L, "pysocket.core");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &require_key);
}

void ps_embed_add(lua_State *L, const char *name) {
  require_push(L);
  lua_getupvalue(L, -1, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, name);
  lua_pop(L, 3);
}

/* Is it a module of the manual? The other modules do not check their arguments. */
static int is_public(const char *name) {
  static const char *const names[] = {"pysocket",           "pysocket.loop", "pysocket.select",
                                      "pysocket.selectors", "pysocket.ssl",  NULL};
  static const char schedulers[] = "pysocket.schedulers.";
  for (const char *const *one = names; *one != NULL; one++)
    if (strcmp(name, *one) == 0) return 1;
  return strncmp(name, schedulers, sizeof schedulers - 1) == 0 && find(name) != NULL;
}

void pysocket_require(lua_State *L, const char *name) {
  require_push(L);
  if (!is_public(name)) luaL_error(L, "module '%s' is not in pysocket", name);
  /* "pysocket" is always opened first, since it declares which files belong to the library */
  if (strcmp(name, "pysocket") != 0) {
    pysocket_require(L, "pysocket");
    lua_pop(L, 1);
  }
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
}

/* A loop without an 'onerror' of its own finds that of its class. */
void pysocket_setonerror(lua_State *L) {
  pysocket_require(L, "pysocket.loop");
  lua_getfield(L, -1, "Loop");
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "onerror");
  lua_pop(L, 3);
}

int luaopen_pysocket(lua_State *L) {
  pysocket_require(L, "pysocket");
  return 1;
}
