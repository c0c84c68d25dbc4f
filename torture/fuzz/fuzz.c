/* SPDX-License-Identifier: MIT */
/*
** One program a target: torture/fuzz/TARGET.lua, with -DTARGET='"..."', returns the function that is given the bytes. It is
** either libFuzzer's, or with -DREPLAY gives the files that are named once each. With -DTLS the target finds pysocket.ssl.
*/
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "message.h"

#define REST 64 /* programs between two collections */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lua_State *L;
static int first; /* descriptors from here on are made by the programs */
static const char *target;

static int ancillary_push(lua_State *state) {
  size_t len;
  const char *block = luaL_checklstring(state, 1, &len);
  ps_ancillary_push(state, block, len);
  return 1;
}

static int begin(lua_State *state) {
  luaL_openlibs(state);
  lua_warning(state, "@off", 0);
  luaL_requiref(state, "pysocket", luaopen_pysocket, 0);
#ifdef TLS
  luaL_requiref(state, "pysocket.ssl", luaopen_pysocket_ssl, 0);
#endif
  ps_function_push(state, "ancillary_push", ancillary_push, 0, 0);
  lua_setglobal(state, "ancillary_push");
  char path[256];
  snprintf(path, sizeof path, "torture/fuzz/%s.lua", target);
  if (luaL_dofile(state, path) != LUA_OK) lua_error(state);
  return 1;
}

static void start(void) {
  L = luaL_newstate();
  lua_pushcfunction(L, begin);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(2);
  }
  lua_gc(L, LUA_GCCOLLECT);
  first = fcntl(0, F_DUPFD_CLOEXEC, 0);
  close(first);
}

static void clean(void) {
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
#ifndef REPLAY
  for (int fd = first; fd < 1024; fd++) close(fd); /* those that programs made and forgot */
#endif
}

/* The function raises only where something is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static unsigned count;
  if (L == NULL) {
    target = TARGET;
    start();
  }
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s: %s\n", target, luaL_tolstring(L, -1, NULL));
    abort();
  }
  if (++count % REST == 0) clean();
  return 0;
}

#ifdef REPLAY
int main(int argc, char **argv) {
  static uint8_t data[1 << 16];
  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "rb");
    if (f == NULL) return 2;
    size_t size = fread(data, 1, sizeof data, f);
    fclose(f);
    LLVMFuzzerTestOneInput(data, size);
  }
  if (L != NULL) {
    clean();
    lua_close(L);
  }
  printf("%d inputs\n", argc - 1);
  return 0;
}
#endif
