/* SPDX-License-Identifier: MIT */
/*
** A host that makes life hard. Its allocator can fail; its states run the scenes of everything.lua, or of the module that SCENES
** names in the environment. With -DTLS the allocator of OpenSSL fails, too.
**
**   host starve STEP [SCENE...]        each allocation of each scene fails in turn: every STEP-th, once, and again for the try
**                                      that follows Lua's emergency collection; then all from it on until the scene ends
**   host open STEP                     the same for opening the library in a new state
**   host states COUNT ROUNDS           so many states in so many threads, all scenes, at once
**   host close ROUNDS                  lua_close in the midst of waits and lookups
**
** Ends with a line of figures, and 0 when nothing was lost: no memory, descriptor or thread.
*/
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#ifdef TLS
#include <openssl/crypto.h>
#endif

/* {== The allocator ==} */

typedef struct Memory {
  size_t used;    /* bytes that the state has */
  long long left; /* requests until one fails; 0: none does */
  int onward;     /* all that follow fail too */
  int starving;   /* one has failed */
  void *block;    /* what was asked for when it failed: that is asked for again */
  size_t size;
  long long failed; /* in all */
} Memory;

static int must_fail(Memory *m, void *block, size_t size) {
  if (m->starving && m->onward) return 1;
  if (m->left > 0 && --m->left == 0) {
    m->starving = 1;
    m->block = block;
    m->size = size;
    return 1;
  }
  int again = m->starving && m->block == block && m->size == size;
  if (m->starving) m->size = 0; /* only the very next request is the second try */
  return again;
}

static void *allocate(void *data, void *block, size_t old, size_t size) {
  Memory *m = data;
  if (block == NULL) old = 0;
  if (size == 0) {
    free(block);
    m->used -= old;
    return NULL;
  }
  if (size > old && must_fail(m, block, size)) {
    m->failed++;
    return NULL;
  }
  void *now = realloc(block, size);
  if (now != NULL) m->used += size - old;
  return now;
}

#ifdef TLS
/* OpenSSL's memory, which fails while a state's does: as one of its requests, in the same count. */
static Memory *starving_too;

static int crypto_fails(size_t size) {
  Memory *m = starving_too;
  if (m == NULL || size == 0 || !must_fail(m, NULL, size)) return 0;
  m->failed++;
  return 1;
}

static void *crypto_malloc(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return size == 0 || crypto_fails(size) ? NULL : malloc(size);
}

static void *crypto_realloc(void *block, size_t size, const char *file, int line) {
  if (block == NULL) return crypto_malloc(size, file, line);
  if (size == 0) {
    free(block);
    return NULL;
  }
  return crypto_fails(size) ? NULL : realloc(block, size);
}

static void crypto_free(void *block, const char *file, int line) {
  (void)file, (void)line;
  free(block);
}
#endif

static void starve(Memory *m, long long n, int onward) {
  m->left = n;
  m->onward = onward;
  m->starving = 0;
  m->size = 0;
#ifdef TLS
  starving_too = m;
#endif
}

static int feed(Memory *m) { /* had it failed? */
#ifdef TLS
  starving_too = NULL;
#endif
  int starved = m->starving;
  m->left = 0;
  m->starving = 0;
  return starved;
}

/* {== What there is ==} */

#ifdef _WIN32
#include "handles.h"
#else
#include <dirent.h>

static int count_entries(const char *path) {
  DIR *d = opendir(path);
  int n = -3; /* ".", "..", and the folder itself where it holds descriptors */
  if (d == NULL) return -1;
  while (readdir(d) != NULL) n++;
  closedir(d);
  return n;
}

static int threads(void) { return count_entries("/proc/self/task") + 1; }

static int open_descriptors(void) { return count_entries("/proc/self/fd"); }

#define STANDARD 3 /* descriptors that each process has from the start */
#endif

static int threads_before; /* a sanitizer has one of its own */

/* How many more there are than at first. The resolver's end when nothing is queued: soon. */
static int threads_more(void) {
  struct timespec nap = {0, 1000000};
  for (int i = 0; i < 10000 && threads() > threads_before; i++) nanosleep(&nap, NULL);
  return threads() - threads_before;
}

/* of this thread alone: a lookup that nobody waits for has files open */
static int descriptors(void) {
  threads_more();
  return open_descriptors();
}

static void die(const char *what, const char *why) {
  printf("%s: %s\n", what, why);
  exit(1);
}

/* {== States ==} */

static void quiet(void *data, const char *message, int more) { (void)data, (void)message, (void)more; }

static lua_State *open_state(Memory *m) {
#if LUA_VERSION_NUM >= 505
  lua_State *L = lua_newstate(allocate, m, 0);
#else
  lua_State *L = lua_newstate(allocate, m);
#endif
  if (L == NULL) return NULL;
  lua_setwarnf(L, quiet, NULL);
  return L;
}

static int load_scenes(lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "require");
  const char *scenes = getenv("SCENES"); /* a module like torture.everything */
  lua_pushstring(L, scenes != NULL ? scenes : "torture.everything");
  lua_call(L, 1, 1);
  return 1;
}

static lua_State *scenes_state(Memory *m) {
  lua_State *L = open_state(m);
  lua_pushcfunction(L, load_scenes);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK) die("cannot load", lua_tostring(L, -1));
  return L;
}

static void finish_scenes(lua_State *L) {
  lua_getfield(L, 1, "finish");
  lua_call(L, 0, 0);
}

static int run_scene(lua_State *L, const char *name) {
  lua_settop(L, 1);
  lua_getfield(L, 1, "scenes");
  lua_getfield(L, -1, name);
  return lua_pcall(L, 0, 0, 0);
}

static void must_run(lua_State *L, const char *name) {
  if (run_scene(L, name) != LUA_OK) die(name, lua_tostring(L, -1));
}

static const char *error_text(lua_State *L) {
  const char *text = lua_tostring(L, -1);
  return text != NULL ? text : luaL_tolstring(L, -1, NULL);
}

/* {== starve ==} */

typedef struct Figures {
  long long failed, runs;
} Figures;

static void collect(lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
}

static void starve_scene(lua_State *L, Memory *m, const char *name, int step, Figures *figures) {
  must_run(L, name); /* warm: what is made once is made */
  must_run(L, name);
  collect(L);
  int open = descriptors();
  for (int onward = 0; onward <= 1; onward++) {
    for (long long n = 1;; n += step) {
      lua_settop(L, 1);
      lua_getfield(L, 1, "scenes");
      lua_getfield(L, -1, name);
      starve(m, n, onward);
      int status = lua_pcall(L, 0, 0, 0);
      int starved = feed(m);
      figures->runs++;
      if (status != LUA_OK && (!starved || (!onward && strstr(error_text(L), "is lost") != NULL)))
        die(name, error_text(L));
      lua_settop(L, 1);
      collect(L);
      if (descriptors() != open) {
        printf("%s: allocation %lld (%s): %d descriptors were open, now %d\n", name, n, onward ? "and on" : "once",
               open, descriptors());
        exit(1);
      }
      if (!starved) break;
      must_run(L, name);
      lua_settop(L, 1);
    }
  }
  collect(L);
}

static int command_starve(int argc, char **argv) {
  Memory m = {0};
  Figures figures = {0, 0};
  int step = atoi(argv[0]);
  lua_State *L = scenes_state(&m);
  lua_getfield(L, 1, "names");
  int count = (int)lua_rawlen(L, -1);
  char names[64][32];
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, -1, i + 1);
    snprintf(names[i], sizeof names[i], "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  for (int i = 0; i < count; i++) {
    int wanted = argc == 1;
    for (int k = 1; k < argc; k++) wanted |= strcmp(argv[k], names[i]) == 0;
    if (!wanted) continue;
    starve_scene(L, &m, names[i], step, &figures);
    size_t used = m.used;
    for (int k = 0; k < 3; k++) must_run(L, names[i]);
    collect(L);
    if (m.used > used + 4096) die(names[i], "Lua's memory grows");
  }
  finish_scenes(L);
  lua_close(L);
  printf("%lld allocations failed in %lld runs, %zu bytes left, %d descriptors, %d threads more\n", m.failed,
         figures.runs, m.used, descriptors() - STANDARD, threads_more());
  return m.used != 0 || threads_more() > 0;
}

/* {== open ==} */

static int open_library(lua_State *L) {
  luaL_openlibs(L);
  static const char *const modules[] = {"pysocket", "pysocket.select", "pysocket.selectors", "pysocket.loop",
#ifdef TLS
                                        "pysocket.ssl"
#endif
  };
  for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
    lua_getglobal(L, "require");
    lua_pushstring(L, modules[i]);
    lua_call(L, 1, 1);
  }
  return 0;
}

static int command_open(int argc, char **argv) {
  (void)argc;
  int step = atoi(argv[0]), open = descriptors();
  long long failed = 0, runs = 0;
  for (long long n = 1, starved = 1; starved; n += step) {
    Memory m = {0};
    lua_State *L = open_state(&m);
    starve(&m, n, 0);
    lua_pushcfunction(L, open_library);
    int status = lua_pcall(L, 0, 0, 0);
    starved = feed(&m);
    if (status != LUA_OK && !starved) die("open", error_text(L));
    lua_settop(L, 0);
    if (starved && n % 10 == 1) { /* the next try, in the same state, works */
      lua_pushcfunction(L, open_library);
      if (lua_pcall(L, 0, 0, 0) != LUA_OK) die("open again", error_text(L));
    }
    lua_close(L);
    if (m.used != 0) die("open", "memory is left");
    failed += m.failed;
    runs++;
  }
  printf("%lld allocations failed in %lld openings, %d descriptors more\n", failed, runs, descriptors() - open);
  return descriptors() != open;
}

/* {== states ==} */

static int rounds;

static void *live(void *argument) {
  Memory m = {0};
  lua_State *L = scenes_state(&m);
  int shift = *(int *)argument;
  for (int round = 0; round < rounds; round++) {
    lua_settop(L, 1);
    lua_getfield(L, 1, "names");
    int count = (int)lua_rawlen(L, -1);
    for (int i = 0; i < count; i++) {
      lua_settop(L, 1);
      lua_getfield(L, 1, "names");
      lua_rawgeti(L, -1, (i + shift) % count + 1);
      char name[32];
      snprintf(name, sizeof name, "%s", lua_tostring(L, -1));
      must_run(L, name);
    }
  }
  finish_scenes(L);
  lua_close(L);
  return (void *)(m.used != 0 ? "memory is left" : NULL);
}

static int command_states(int argc, char **argv) {
  (void)argc;
  enum { MOST = 64 };
  pthread_t thread[MOST];
  int shift[MOST], count = atoi(argv[0]), open = descriptors();
  rounds = atoi(argv[1]);
  if (count > MOST) count = MOST;
  for (int i = 0; i < count; i++) {
    shift[i] = i * 3;
    if (pthread_create(&thread[i], NULL, live, &shift[i]) != 0) die("states", "no thread");
  }
  for (int i = 0; i < count; i++) {
    void *trouble;
    pthread_join(thread[i], &trouble);
    if (trouble != NULL) die("states", trouble);
  }
  printf("%d states in threads, %d rounds, %d descriptors more, %d threads more\n", count, rounds, descriptors() - open,
         threads_more());
  return descriptors() != open || threads_more() > 0;
}

/* {== close ==} */

/* leaves everything in the midst: tasks that wait, a lookup under way, open files and sockets */
static const char midst[] =
    "local socket, loop = require 'pysocket', require 'pysocket.loop'\n"
    "local l = loop.new()\n"
    "local a, b = socket.socketpair()\n"
    "for i = 1, 3 do l:spawn(function() b:recvmsg(10, 100) end) end\n"
    "l:spawn(function() local f <close> = b:makefile('rwb') f:write('x') f:read('l') end)\n"
    "for i = 1, 9 do l:spawn(function() socket.gethostbyaddr('127.0.0.1') end) end\n"
    "l:spawn(function() require 'pysocket.select'.select({b}, {}, {}) end)\n"
    "l:spawn(function() l:timeout_after(100, function() loop.sleep(100) end) end)\n"
    "local e = require 'pysocket.selectors'.DefaultSelector() e:register(a, 1)\n"
    "keep = {l, a, b, e, socket.bytearray(10):view(2), b:makefile('rwb')}\n"
    "setmetatable(keep, {__gc = function() local s = socket.socket() s:close() a:sendall('x') end})\n"
    "for i = 1, ... do l:step() end\n";

static int command_close(int argc, char **argv) {
  (void)argc;
  int count = atoi(argv[0]), open = descriptors();
  for (int i = 0; i < count; i++) {
    Memory m = {0};
    lua_State *L = open_state(&m);
    luaL_openlibs(L);
    if (i % 2) lua_gc(L, LUA_GCGEN, 0, 0);
    if (luaL_loadstring(L, midst) != LUA_OK) die("close", lua_tostring(L, -1));
    lua_pushinteger(L, i % 4);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) die("close", error_text(L));
    lua_close(L);
    if (m.used != 0) die("close", "memory is left");
  }
  int left = threads_more();
  printf("%d states closed in the midst, %d descriptors more, %d threads more\n", count, descriptors() - open, left);
  return descriptors() != open || left > 0;
}

static void *nothing(void *argument) { return argument; }

/* after the first thread, with which a sanitizer may start its own */
static void count_threads(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
  threads_before = 1;
  struct timespec nap = {0, 20000000};
  nanosleep(&nap, NULL);
  threads_before = threads();
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int least;
    int (*run)(int argc, char **argv);
  } commands[] = {{"starve", 1, command_starve},
                  {"open", 1, command_open},
                  {"states", 2, command_states},
                  {"close", 1, command_close}};
  setvbuf(stdout, NULL, _IONBF, 0);
#ifdef TLS
  if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free)) die("OpenSSL", "it has allocated before");
#endif
  count_threads();
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].least)
      return commands[i].run(argc - 2, argv + 2);
  fprintf(stderr, "usage: host starve STEP [SCENE...] | open STEP | states COUNT ROUNDS | close ROUNDS\n");
  return 2;
}
