/* SPDX-License-Identifier: MIT */
/* A host that links the archive: 'embedded CASE [ARGUMENT...]' prints what embed_spec.lua expects, one case a run. */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <pysocket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char **arguments; /* of the case, ended by NULL */

/* {== States ==} */

/* a new state, silent as Lua 5.4 makes it: that of Lua 5.5 warns of sockets that nobody closed */
static lua_State *new_state(void) {
  lua_State *L = luaL_newstate();
  lua_warning(L, "@off", 0);
  return L;
}

/* a state with the least that we need */
static lua_State *bare(void) {
  lua_State *L = new_state();
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 1);
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
  lua_settop(L, 0);
  return L;
}

static void open_library(lua_State *L) {
  luaL_requiref(L, "pysocket", luaopen_pysocket, 0);
  lua_pop(L, 1);
}

/* a bare one in which we are open */
static lua_State *opened(void) {
  lua_State *L = bare();
  open_library(L);
  return L;
}

static int message(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

/* Runs Lua code with our modules as its arguments; prints the error if there is one. */
static int run(lua_State *L, const char *code) {
  lua_settop(L, 0);
  lua_pushcfunction(L, message);
  int failed = luaL_loadbufferx(L, code, strlen(code), "=code", "t");
  if (!failed) {
    pysocket_require(L, "pysocket");
    pysocket_require(L, "pysocket.loop");
    failed = lua_pcall(L, 2, LUA_MULTRET, 1);
  }
  if (failed) printf("error: %s\n", lua_tostring(L, -1));
  return !failed;
}

/* Runs Lua code that finds what it needs by itself; prints the error, or "fine". */
static void run_alone(lua_State *L, const char *code) {
  lua_settop(L, 0);
  int failed = luaL_dostring(L, code);
  printf("%s\n", failed ? lua_tostring(L, -1) : "fine");
}

static int count_globals(lua_State *L) {
  int n = 0;
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) n++;
  lua_pop(L, 1);
  return n;
}

/* {== Opening ==} */

static void case_bare(void) {
  lua_State *L = bare();
  int before = count_globals(L);
  open_library(L);
  run(L,
      "local socket, loop = ...\n"
      "local a, b = socket.socketpair()\n"
      "local f <close> = a:makefile('r', {encoding = 'utf-8'})\n"
      "loop.run(function()\n"
      "  loop.spawn(function() b:sendall('hello\\n') end)\n"
      "  print(f:read('l'))\n"
      "end)\n"
      "local task = loop.new():spawn(error, 'a failure')\n"
      "print(pcall(task.join, task))\n"
      "a:close() b:close()");
  printf("globals set: %d\n", count_globals(L) - before);
  lua_close(L);
}

static void case_version(void) {
  lua_State *L = opened();
  run(L, "print((...)._VERSION)");
  printf("%s\n%s\n", PYSOCKET_VERSION, pysocket_version());
  lua_close(L);
}

/* The names of all our modules are the case's arguments; others (luv, cqueues) are made up. */
static void case_require(void) {
  lua_State *L = new_state();
  luaL_openlibs(L);
  open_library(L);
  lua_newtable(L);
  for (int i = 0; arguments[i] != NULL; i++) {
    lua_pushstring(L, arguments[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setglobal(L, "names");
  run_alone(L,
            "package.path, package.cpath = '', ''\n"
            "local socket, loop = require 'pysocket', require 'pysocket.loop'\n"
            "assert(require 'pysocket.core'.socket == socket.socket)\n"
            "package.loaded.pysocket, package.loaded['pysocket.loop'] = nil, nil\n"
            "assert(require 'pysocket' == socket and require 'pysocket.loop' == loop)\n"
            "assert(not pcall(require, 'pysocket.nothing'))\n"
            "local anything = setmetatable({}, {__index = function() return print end})\n"
            "table.insert(package.searchers, function() return function() return anything end end)\n"
            "for _, name in ipairs(names) do assert(require(name) ~= anything, name) end");
  lua_close(L);
}

static void case_package_later(void) {
  lua_State *L = opened();
  luaL_requiref(L, LUA_LOADLIBNAME, luaopen_package, 1);
  run_alone(L,
            "package.path, package.cpath = '', ''\n"
            "assert(require 'pysocket.loop'.run(function() return 1 end) == 1)");
  lua_close(L);
}

static void case_sandboxed_later(void) {
  lua_State *L = new_state();
  luaL_openlibs(L);
  open_library(L);
  run_alone(L,
            "for _, name in ipairs {'debug', 'io', 'package', 'math', 'table', 'pcall', 'setmetatable'} do\n"
            "  _G[name] = nil\n"
            "end");
  run(L,
      "local socket, loop = ...\n"
      "local task = loop.new():spawn(error, 'a failure')\n"
      "print(select(2, socket.protect(socket.create_connection)({'127.0.0.1', 1}, {all_errors = true})))\n"
      "task:join()");
  lua_close(L);
}

static int f_require(lua_State *L) {
  pysocket_require(L, luaL_checkstring(L, 1));
  return 1;
}

/* modules that are ours alone are not given out, and what a script does to Lua's libraries does not reach them */
static void case_private(void) {
  lua_State *L = opened();
  lua_register(L, "give", f_require);
  run_alone(L,
            "for _, name in ipairs({'pysocket.core', 'pysocket.cleanup', 'pysocket.file.stream', 'other'}) do\n"
            "  local ok, err = pcall(give, name)\n"
            "  assert(not ok and err:find('is not in pysocket', 1, true), name)\n"
            "end\n"
            "local socket, loop = give 'pysocket', give 'pysocket.loop'\n"
            "assert(give 'pysocket.selectors' and give 'pysocket.select')\n"
            "for _, library in ipairs({table, coroutine}) do\n"
            "  for name in pairs(library) do library[name] = nil end\n"
            "end\n"
            "local a, b = socket.socketpair()\n"
            "assert(loop.run(function()\n"
            "  loop.spawn(function() b:makefile('w'):write('12 x\\n'):flush() end)\n"
            "  local n, rest = a:makefile():read('n', 'l')\n"
            "  return n .. rest\n"
            "end) == '12 x')");
  lua_close(L);
}

/* what a script may ask of a scheduler in C that it gets hold of */
static int wait_once(lua_State *L, void *data, int fd, int events, double seconds) {
  (void)L, (void)data, (void)fd, (void)events, (void)seconds;
  return 0;
}

static int is_yieldable(lua_State *L, void *data) {
  (void)data;
  return lua_isyieldable(L);
}

static int count_arguments(lua_State *L, void *data) {
  (void)data;
  lua_pushinteger(L, lua_gettop(L));
  return 1;
}

static void case_misused_scheduler(void) {
  static const pysocket_Scheduler scheduler = {.wait = wait_once, .is_task = is_yieldable, .resolve = count_arguments};
  lua_State *L = opened();
  pysocket_setscheduler(L, &scheduler, NULL);
  run(L,
      "local scheduler = (...).getscheduler()\n"
      "print(scheduler.resolve(), scheduler.tasks.x, scheduler.tasks[1])");
  lua_close(L);
}

/* A scheduler that counts its calls. */
static int wait_counted(lua_State *L, void *data, int fd, int events, double seconds) {
  (void)L, (void)fd, (void)events, (void)seconds;
  ++*(int *)data;
  return 0;
}

static int is_task_counted(lua_State *L, void *data) { return (void)L, ++*(int *)data; }

static void closing_counted(lua_State *L, void *data, int fd) { (void)L, (void)fd, ++*(int *)data; }

static int resolve_counted(lua_State *L, void *data) { return (void)L, ++*(int *)data, 0; }

static void case_ended_scheduler(void) {
  static const pysocket_Scheduler counting = {wait_counted, is_task_counted, closing_counted, wait_counted,
                                              resolve_counted};
  static const pysocket_Scheduler other = {.wait = wait_once};
  const char *use =
      "local socket = ...\n"
      "print(pcall(kept.wait, kept, 1, 1))\n"
      "print(pcall(kept.block, kept, 1, 1))\n"
      "print(pcall(kept.resolve, kept))\n"
      "print(kept.tasks[coroutine.create(print)], kept:closing(1))\n"
      "socket.setscheduler(kept)\n"
      "local a = socket.socketpair()\n"
      "print(pcall(a.recv, a, 1))\n"
      "socket.setscheduler(nil)";
  lua_State *L = opened();
  for (int i = 0; i < 2; i++) {
    int calls = 0;
    pysocket_setscheduler(L, &counting, &calls);
    run(L,
        "local socket = ... kept = socket.getscheduler() socket.setscheduler(nil) socket.setscheduler(kept)\n"
        "kept:wait(1, 1)");
    printf("calls %d\n", calls);
    pysocket_setscheduler(L, i == 0 ? NULL : &other, NULL);
    run(L, use);
    printf("calls %d, stack %d\n", calls, lua_gettop(L));
  }
  lua_close(L);
}

static void case_twice(void) {
  lua_State *L = bare();
  for (int i = 0; i < 2; i++) {
    lua_pushcfunction(L, luaopen_pysocket);
    lua_call(L, 0, 1);
    lua_pushcfunction(L, luaopen_pysocket_core);
    lua_call(L, 0, 1);
  }
  printf("%d %d\n", lua_rawequal(L, 1, 3), lua_rawequal(L, 2, 4));
  lua_close(L);
}

/* The module that others load is the case's argument. */
static void case_second_copy(void) {
  for (int archive_first = 0; archive_first < 2; archive_first++) {
    lua_State *L = new_state();
    luaL_openlibs(L);
    if (archive_first) open_library(L);
    lua_pushstring(L, arguments[0]);
    lua_setglobal(L, "path");
    run_alone(L,
              "core = assert(package.loadlib(path, 'luaopen_pysocket_core'))()\n"
              "a, b = (core.module or core).socketpair()");
    lua_pushcfunction(L, luaopen_pysocket);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) printf("%s\n", lua_tostring(L, -1));
    else run_alone(L, "a, b = require 'pysocket'.socketpair()");
    lua_getglobal(L, "a");
    printf("%d\n", pysocket_fd(L, -1) >= 0);
    lua_close(L);
  }
}

static void case_states(void) {
  lua_State *L[3];
  for (int i = 0; i < 3; i++) L[i] = opened();
  run(L[0], "local socket = ... socket.setdefaulttimeout(7) socket.setscheduler{wait = print}");
  lua_close(L[2]);
  run(L[1], "local socket = ... print(socket.getdefaulttimeout(), socket.getscheduler())");
  run(L[0], "local socket = ... print(socket.getdefaulttimeout())");
  lua_close(L[1]);
  run(L[0], "local socket = ... socket.setscheduler(nil) local a <close> = socket.socketpair() print(a.timeout)");
  lua_close(L[0]);
}

/* Tasks wait for a descriptor, a line, a time, each other and a connection when the state goes. */
static void case_close(void) {
  lua_State *L = opened();
  run(L,
      "local socket, loop = ...\n"
      "local l = loop.new()\n"
      "kept = {l, socket.socketpair()}\n"
      "l:spawn(kept[2].recv, kept[2], 1)\n"
      "local file = kept[2]:makefile('r')\n"
      "l:spawn(function() local mine <close> = file; return mine:read('l') end)\n"
      "local sleeper = l:spawn(l.sleep, l, 1000)\n"
      "l:spawn(sleeper.join, sleeper)\n"
      "l:spawn(function()\n"
      "  local server <close> = socket.create_server({'127.0.0.1', 0})\n"
      "  server:accept()\n"
      "end)\n"
      "for _ = 1, 10 do l:step() end\n"
      "kept[4] = coroutine.wrap(function() local a <close> = socket.socketpair(); coroutine.yield() end)\n"
      "kept[4]()");
  lua_close(L);
  printf("closed\n");
}

static void case_traceback(void) {
  lua_State *L = opened();
  run(L, "local socket = ...\nsocket.create_connection(1)");
  lua_close(L);
}

/* {== Memory ==} */

static long left; /* allocations until they begin to fail; 0: they never do */

static void *allocate(void *data, void *block, size_t old, size_t size) {
  (void)data;
  if (size == 0) {
    free(block);
    return NULL;
  }
  if (left > 0 && size > (block == NULL ? 0 : old) && left-- == 1) {
    left = 1;
    return NULL;
  }
  return realloc(block, size);
}

/* Memory runs out at the n-th allocation of opening; then there is some, and it opens in the same state. */
static int open_starving(long n) {
  left = 0;
#if LUA_VERSION_NUM >= 505
  lua_State *L = lua_newstate(allocate, NULL, 0);
#else
  lua_State *L = lua_newstate(allocate, NULL);
#endif
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  lua_settop(L, 0);
  lua_pushcfunction(L, luaopen_pysocket);
  left = n;
  int failed = lua_pcall(L, 0, 0, 0) != LUA_OK;
  left = 0;
  if (failed) {
    lua_settop(L, 0);
    open_library(L);
    run(L,
        "local socket, loop = ...\n"
        "local a, b = socket.socketpair()\n"
        "b:sendall('x')\n"
        "assert(loop.run(a.recv, a, 1) == 'x')\n"
        "assert(not pcall(socket.create_connection, {'127.0.0.1', 1}))\n"
        "a:close() b:close()");
  }
  lua_close(L);
  return failed;
}

static void case_memory(void) {
  long n = 1, failures = 0;
  for (; open_starving(n); n += n < 100 ? 1 : 7) failures++;
  printf("%s\n", failures > 100 ? "opened after many failures" : "opened");
}

/* {== The C interface ==} */

static void case_descriptors(void) {
  lua_State *L = opened();
  int fds[2];
  char text[7] = "";
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) return;
  pysocket_push(L, fds[0]);
  lua_pushinteger(L, fds[0]);
  lua_pushlightuserdata(L, L);
  printf("%d %d %d %d\n", pysocket_fd(L, 1) == fds[0], pysocket_fd(L, -2), pysocket_fd(L, 3), lua_gettop(L));
  lua_getfield(L, 1, "sendall");
  lua_pushvalue(L, 1);
  lua_pushliteral(L, "hello\n");
  lua_call(L, 2, 0);
  if (read(fds[1], text, 6) == 6) printf("%s", text);
  lua_getfield(L, 1, "detach");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  printf("%d %d\n", lua_tointeger(L, -1) == fds[0], pysocket_fd(L, 1));
  close(fds[0]);
  close(fds[1]);
  lua_close(L);
}

static int f_push(lua_State *L) {
  pysocket_push(L, (int)luaL_checkinteger(L, 1));
  return 1;
}

static void case_bad_descriptor(void) {
  lua_State *L = opened();
  lua_register(L, "push", f_push);
  run(L, "local socket = ... local ok, e = pcall(push, 999) print(e.name, socket.isinstance(e, socket.OSError))");
  lua_close(L);
}

static int f_fd(lua_State *L) {
  lua_pushinteger(L, pysocket_fd(L, 1));
  return 1;
}

static void case_not_open(void) {
  lua_State *L = bare();
  lua_pushcfunction(L, f_fd);
  lua_pushnil(L);
  if (lua_pcall(L, 1, 0, 0)) printf("%s\n", lua_tostring(L, -1));
  lua_close(L);
}

static int after_wait(lua_State *L, int status, lua_KContext context) {
  lua_pushboolean(L, status == LUA_YIELD);
  lua_pushinteger(L, context);
  return 3;
}

static int f_wait(lua_State *L) {
  return pysocket_wait(L, pysocket_fd(L, 1), (int)luaL_checkinteger(L, 2), luaL_optnumber(L, 3, -1), 42, after_wait);
}

static int f_wait_here(lua_State *L) {
  return pysocket_wait(L, pysocket_fd(L, 1), (int)luaL_checkinteger(L, 2), luaL_optnumber(L, 3, -1), 0, NULL);
}

static void case_wait(void) {
  lua_State *L = opened();
  int fds[2];
  lua_register(L, "wait", f_wait);
  lua_register(L, "wait_here", f_wait_here);
  run(L,
      "local socket, loop = ...\n"
      "local a, b = socket.socketpair()\n"
      "print('write', wait(a, 2))\n"
      "print('time', wait(a, 1, 0.01))\n"
      "print('none', wait(a, 1, 0))\n"
      "loop.run(function()\n"
      "  print('task, time', wait(a, 1, 0.01))\n"
      "  loop.spawn(function() b:sendall('x') end)\n"
      "  print('task', wait(a, 1))\n"
      "  a:recv(1)\n"
      "  loop.spawn(function() b:sendall('x') end)\n"
      "  print('in place', wait_here(a, 1))\n"
      "  a:recv(1)\n"
      "  loop.spawn(function() a:close() end)\n"
      "  print('closed', pcall(wait, a, 1))\n"
      "end)\n"
      "b:close()");
  lua_settop(L, 0);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) return;
  int n = pysocket_wait(L, fds[0], PYSOCKET_WRITE, -1, 0, NULL);
  printf("outside %d %d %d\n", n, lua_toboolean(L, -1), lua_gettop(L));
  close(fds[0]);
  close(fds[1]);
  lua_close(L);
}

/* {== A scheduler in C, for two tasks that are resumed in turn ==} */

typedef struct Host {
  lua_State *task[2];
  int closings, blocks;
} Host;

static int host_wait(lua_State *L, void *data, int fd, int events, double seconds) {
  const Host *host = data;
  const char *what = fd < 0 ? "time" : events == PYSOCKET_READ ? "reading" : "writing";
  printf("task %d waits for %s, limit %g\n", host->task[1] == L, what, seconds);
  return lua_yield(L, 0);
}

static int host_is_task(lua_State *L, void *data) {
  const Host *host = data;
  return host->task[0] == L || host->task[1] == L;
}

static void host_closing(lua_State *L, void *data, int fd) {
  (void)L, (void)fd;
  ((Host *)data)->closings++;
}

static int host_block(lua_State *L, void *data, int fd, int events, double seconds) {
  (void)fd, (void)events, (void)seconds;
  ((Host *)data)->blocks++;
  return luaL_error(L, "blocked");
}

static int host_resolve(lua_State *L, void *data) {
  (void)data;
  printf("resolves %s %s, %d arguments\n", lua_tostring(L, 1), lua_tostring(L, 2), lua_gettop(L));
  if (luaL_dostring(L, "return {{2, 1, 6, '', {'127.0.0.9', 80}}}")) return lua_error(L);
  return 1;
}

static const pysocket_Scheduler scheduler = {host_wait, host_is_task, host_closing, host_block, host_resolve};

/* Pushes two new coroutines, each of which begins with one of the functions at the top. */
static void push_tasks(lua_State *L, Host *host) {
  for (int i = 0; i < 2; i++) {
    host->task[i] = lua_newthread(L);
    lua_pushvalue(L, -3);
    lua_xmove(L, host->task[i], 1);
  }
}

static void case_scheduler(void) {
  lua_State *L = opened();
  Host host = {.closings = 0};
  int status[2] = {LUA_YIELD, LUA_YIELD}, results;
  pysocket_setscheduler(L, &scheduler, &host);
  run(L,
      "local socket = ...\n"
      "local a, b = socket.socketpair()\n"
      "return function()\n"
      "  print('got', a:recv(5))\n"
      "  print('foreign', pcall(coroutine.wrap(function() return a:recv(1) end)))\n"
      "  a:close()\n"
      "end, function()\n"
      "  b:settimeout(2)\n"
      "  b:sendall('hello')\n"
      "  print(socket.getaddrinfo('a.host', 80)[1][5][1])\n"
      "  print('end', b:recv(1) == '')\n"
      "  b:close()\n"
      "end");
  push_tasks(L, &host);
  for (int turn = 0; turn < 10; turn++) {
    int i = turn % 2;
    if (status[i] == LUA_YIELD) status[i] = lua_resume(host.task[i], L, 0, &results);
    if (status[i] > LUA_YIELD) printf("task %d: %s\n", i, luaL_tolstring(host.task[i], -1, NULL));
  }
  printf("status %d %d, closed %d, blocked %d\n", status[0], status[1], host.closings, host.blocks);
  pysocket_setscheduler(L, NULL, NULL);
  run(L, "print((...).getscheduler())");
  lua_close(L);
}

/* {== Errors of tasks ==} */

static int on_error(lua_State *L) {
  printf("%d values, %s\n%s\n", lua_gettop(L), lua_tostring(L, 2), lua_tostring(L, 3));
  return 0;
}

static void case_onerror(void) {
  lua_State *L = opened();
  lua_pushcfunction(L, on_error);
  pysocket_setonerror(L);
  printf("stack %d\n", lua_gettop(L));
  run(L,
      "local socket, loop = ...\n"
      "local l = loop.new()\n"
      "l:spawn(function() error('a failure', 0) end)\n"
      "print(l:step())\n"
      "l.onerror = function(_, err) print('own', err) end\n"
      "l:spawn(function() error('another', 0) end)\n"
      "l:step()");
  lua_pushnil(L);
  pysocket_setonerror(L);
  run(L, "local socket, loop = ... local l = loop.new() l:spawn(function() error({}) end) print(pcall(l.step, l))");
  lua_close(L);
}

/* {== Waking ==} */

static void *wake(void *waker) {
  pysocket_wake(*(int *)waker);
  return NULL;
}

static void case_wake(void) {
  lua_State *L = opened();
  pthread_t thread;
  run(L,
      "local socket, loop = ...\n"
      "l = loop.new()\n"
      "local event = loop.event()\n"
      "function l.onwake() print('woken') event:set() end\n"
      "l:spawn(function() event:wait() print('goes on') end)\n"
      "print(l:step(), l:timeout())");
  lua_settop(L, 0);
  lua_getglobal(L, "l");
  int waker = pysocket_waker(L, 1);
  printf("stack %d\n", lua_gettop(L));
  pthread_create(&thread, NULL, wake, &waker);
  run(L, "l:run() print('ended')");
  pthread_join(thread, NULL);
  lua_close(L);
  pysocket_wake(waker); /* nobody is there any more */
  printf("%s\n", close(waker) == 0 ? "closed" : "not open");
}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
    {"bare", case_bare},
    {"version", case_version},
    {"require", case_require},
    {"package_later", case_package_later},
    {"sandboxed_later", case_sandboxed_later},
    {"private", case_private},
    {"misused_scheduler", case_misused_scheduler},
    {"ended_scheduler", case_ended_scheduler},
    {"twice", case_twice},
    {"second_copy", case_second_copy},
    {"states", case_states},
    {"close", case_close},
    {"traceback", case_traceback},
    {"memory", case_memory},
    {"descriptors", case_descriptors},
    {"bad_descriptor", case_bad_descriptor},
    {"not_open", case_not_open},
    {"wait", case_wait},
    {"scheduler", case_scheduler},
    {"onerror", case_onerror},
    {"wake", case_wake},
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  arguments = argv + 2;
  for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof *cases; i++) {
    if (strcmp(cases[i].name, argv[1]) != 0) continue;
    cases[i].run();
    return 0;
  }
  return 2;
}
