/* SPDX-License-Identifier: MIT */
/* For package.loadlib: starved(n, f, ...) is pcall(f, ...) with the n-th allocation failing, and also what Lua tries again after
   it has collected its garbage; in confined(bytes, f, ...) those fail that would take more than so many bytes in all. */
#include <stddef.h>

typedef struct lua_State lua_State;
typedef void *(*lua_Alloc)(void *ud, void *block, size_t old, size_t size);
lua_Alloc lua_getallocf(lua_State *L, void **ud);
void lua_setallocf(lua_State *L, lua_Alloc f, void *ud);
long long luaL_checkinteger(lua_State *L, int arg);
int lua_gettop(lua_State *L);
void lua_rotate(lua_State *L, int index, int n);
void lua_pushboolean(lua_State *L, int b);
int lua_pcallk(lua_State *L, int nargs, int nresults, int handler, ptrdiff_t context, void *k);

static lua_Alloc real;
static long long left;
static void *failed_block;
static size_t failed_size;

static void *allocate(void *ud, void *block, size_t old, size_t size) {
  if (size <= (block ? old : 0)) return real(ud, block, old, size);
  if (--left == 0) {
    failed_block = block;
    failed_size = size;
    return NULL;
  }
  if (left == -1 && block == failed_block && size == failed_size) return NULL;
  return real(ud, block, old, size);
}

static void *allocate_within(void *ud, void *block, size_t old, size_t size) {
  long long more = (long long)size - (block ? (long long)old : 0);
  if (more > left) return NULL;
  void *new = real(ud, block, old, size);
  if (new != NULL || size == 0) left -= more;
  return new;
}

static int call(lua_State *L, lua_Alloc with) {
  void *ud;
  left = luaL_checkinteger(L, 1);
  real = lua_getallocf(L, &ud);
  lua_setallocf(L, with, ud);
  int failed = lua_pcallk(L, lua_gettop(L) - 2, -1, 0, 0, NULL);
  lua_setallocf(L, real, ud);
  lua_pushboolean(L, !failed);
  lua_rotate(L, 2, 1);
  return lua_gettop(L) - 1;
}

int starved(lua_State *L) { return call(L, allocate); }
int confined(lua_State *L) { return call(L, allocate_within); }
