/* SPDX-License-Identifier: MIT */
/*
** The skeleton of a game: a fixed frame rate, and a script in an environment of its own that uses sockets. Each frame
** gives the script's tasks a little time, and never waits for the network.
**
**   game chat.lua
**
** SIGHUP loads the script again: its tasks end, and the new script finds the table 'kept' as the old one left it, with
** its connections. A script that fails to load changes nothing. SIGINT and SIGTERM end the game.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <pysocket.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define FRAME_NS (1000000000 / 60)
#define BUDGET 0.004 /* seconds of a frame for the script's tasks: no task is resumed after them */

typedef struct Game {
  const char *script;
  int loop; /* references into the registry: the loop that runs the script's tasks, */
  int kept; /* and the table that outlives the script */
} Game;

static volatile sig_atomic_t quitting, reloading;

static void on_signal(int number) {
  if (number == SIGHUP) reloading = 1;
  else quitting = 1;
}

/* {== The functions for the script: these, a few of Lua's, and 'kept' ==} */

static int f_print(lua_State *L) {
  int n = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    printf("%s%s", i > 1 ? "\t" : "", luaL_tolstring(L, i, NULL));
    lua_pop(L, 1);
  }
  printf("\n");
  return 0;
}

/* Loads modules of the library only. */
static int f_require(lua_State *L) {
  pysocket_require(L, luaL_checkstring(L, 1));
  return 1;
}

/* Copies a library into the environment, so that a script's changes stay in the script. */
static void push_copy(lua_State *L, const char *name) {
  if (lua_getglobal(L, name) != LUA_TTABLE) return;
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, -3);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_settable(L, -4);
  }
  lua_remove(L, -2);
}

static void push_environment(lua_State *L, const Game *game) {
  static const char *const safe[] = {"assert", "error",     "ipairs",       "next",     "pairs",
                                     "pcall",  "select",    "setmetatable", "tonumber", "tostring",
                                     "type",   "coroutine", "string",       "table",    NULL};
  lua_newtable(L);
  for (const char *const *name = safe; *name != NULL; name++) {
    push_copy(L, *name);
    lua_setfield(L, -2, *name);
  }
  lua_pushcfunction(L, f_print);
  lua_setfield(L, -2, "print");
  lua_pushcfunction(L, f_require);
  lua_setfield(L, -2, "require");
  lua_rawgeti(L, LUA_REGISTRYINDEX, game->kept);
  lua_setfield(L, -2, "kept");
}

/* {== The game's calls of Lua: 'perform' calls each, so that no error is a panic ==} */

/* the error handler of tasks: (task, error, traceback) */
static int log_failure(lua_State *L) {
  fprintf(stderr, "%s failed: %s\n", luaL_tolstring(L, 1, NULL), luaL_tolstring(L, 3, NULL));
  return 0;
}

static int open_state(lua_State *L) {
  Game *game = lua_touserdata(L, 1);
  static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                       {LUA_COLIBNAME, luaopen_coroutine},
                                       {LUA_STRLIBNAME, luaopen_string},
                                       {LUA_TABLIBNAME, luaopen_table},
                                       {NULL, NULL}};
  for (const luaL_Reg *library = libraries; library->name != NULL; library++)
    luaL_requiref(L, library->name, library->func, 1);
  luaL_requiref(L, "pysocket", luaopen_pysocket, 0);
  lua_pushcfunction(L, log_failure);
  pysocket_setonerror(L);
  lua_newtable(L);
  game->kept = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

/* Ends the tasks of the script, which may clean up. */
static int stop_script(lua_State *L) {
  Game *game = lua_touserdata(L, 1);
  if (game->loop == LUA_NOREF) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, game->loop);
  luaL_unref(L, LUA_REGISTRYINDEX, game->loop);
  game->loop = LUA_NOREF;
  lua_getfield(L, -1, "close");
  lua_insert(L, -2);
  lua_call(L, 1, 0);
  return 0;
}

/* Runs the script as the first task of a new loop, which replaces the previous one. */
static int start_script(lua_State *L) {
  Game *game = lua_touserdata(L, 1);
  if (luaL_loadfilex(L, game->script, "t") != LUA_OK) return lua_error(L);
  push_environment(L, game);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  lua_pushcfunction(L, stop_script);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 0);
  pysocket_require(L, "pysocket.loop");
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "spawn");
  lua_pushvalue(L, -2);
  lua_pushvalue(L, 2); /* the script */
  lua_call(L, 2, 0);
  game->loop = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

static int run_frame(lua_State *L) {
  const Game *game = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, game->loop);
  lua_getfield(L, -1, "step");
  lua_insert(L, -2);
  lua_pushnumber(L, BUDGET);
  lua_call(L, 2, 0);
  return 0;
}

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

/* returns 1 for success; else the error is in the log */
static int perform(lua_State *L, lua_CFunction f, Game *game) {
  lua_settop(L, 0);
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, f);
  lua_pushlightuserdata(L, game);
  if (lua_pcall(L, 1, 0, 1) == LUA_OK) return 1;
  fprintf(stderr, "%s\n", lua_tostring(L, -1));
  return 0;
}

/* {== The game ==} */

/* Sleeps until the next frame, or until a signal. After a long frame, it does not try to catch up. */
static void next_frame(struct timespec *due) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  due->tv_nsec += FRAME_NS;
  if (due->tv_nsec >= 1000000000) {
    due->tv_nsec -= 1000000000;
    due->tv_sec++;
  }
  if (now.tv_sec > due->tv_sec) *due = now;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

static void play(lua_State *L, Game *game) {
  struct timespec due;
  clock_gettime(CLOCK_MONOTONIC, &due);
  while (!quitting) {
    if (reloading) {
      reloading = 0;
      if (perform(L, start_script, game)) printf("loaded again\n");
    }
    perform(L, run_frame, game); /* here a game would move and draw its world */
    next_frame(&due);
  }
  perform(L, stop_script, game);
}

int main(int argc, char **argv) {
  Game game = {.script = argv[1], .loop = LUA_NOREF, .kept = LUA_NOREF};
  if (argc != 2) return fprintf(stderr, "usage: game SCRIPT.lua\n"), 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGHUP, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  lua_State *L = luaL_newstate();
  if (L == NULL) return fprintf(stderr, "not enough memory\n"), 1;
  lua_warning(L, "@off", 0); /* Lua 5.5 has warnings on: sockets that are open at the end are no mistake here */
  int started = perform(L, open_state, &game) && perform(L, start_script, &game);
  if (started) play(L, &game);
  lua_close(L); /* closes the connections, too */
  printf("bye\n");
  return started ? 0 : 1;
}
