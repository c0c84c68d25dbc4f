/* SPDX-License-Identifier: MIT */
/*
** A server with threads: each thread has a Lua state of its own, and all of them accept from one listening socket of
** the program.
**
**   threads echo.lua 4
**
** SIGINT and SIGTERM end it: a task of each state waits for them in a C function, through the scheduler.
*/
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <pysocket.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Worker {
  pthread_t thread;
  int number;
  const char *script;
  int listener; /* a duplicate of the program's; -1 once the state owns it */
  int end;      /* readable when the server is to end */
  int failed;
} Worker;

/* {== In each thread ==} */

static int after_end(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 0;
}

/* Returns when the server is to end; other tasks run meanwhile. */
static int f_wait_for_end(lua_State *L) {
  const Worker *worker = lua_touserdata(L, lua_upvalueindex(1));
  return pysocket_wait(L, worker->end, PYSOCKET_READ, -1, 0, after_end);
}

/* Runs the script with three arguments: the worker's number, the listening socket, and the function above. */
static int work(lua_State *L) {
  Worker *worker = lua_touserdata(L, 1);
  luaL_openlibs(L);
  luaL_requiref(L, "pysocket", luaopen_pysocket, 0);
  if (luaL_loadfilex(L, worker->script, "t") != LUA_OK) return lua_error(L);
  lua_pushinteger(L, worker->number);
  pysocket_push(L, worker->listener);
  worker->listener = -1;
  lua_pushlightuserdata(L, worker);
  lua_pushcclosure(L, f_wait_for_end, 1);
  lua_call(L, 3, 0);
  return 0;
}

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static void *run(void *data) {
  Worker *worker = data;
  lua_State *L = luaL_newstate();
  worker->failed = 1;
  if (L == NULL) return NULL;
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, work);
  lua_pushlightuserdata(L, worker);
  worker->failed = lua_pcall(L, 1, 0, 1) != LUA_OK;
  if (worker->failed) fprintf(stderr, "worker %d: %s\n", worker->number, lua_tostring(L, -1));
  lua_close(L);
  if (worker->listener >= 0) close(worker->listener);
  return NULL;
}

/* {== The program ==} */

static void check(int result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

/* a listening socket on a port of the system's choice */
static int listen_on_loopback(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd, "socket");
  check(bind(fd, (struct sockaddr *)&address, size), "bind");
  check(listen(fd, 128), "listen");
  check(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  return fd;
}

int main(int argc, char **argv) {
  int count = argc == 3 ? atoi(argv[2]) : 0, end[2], number, failed = 0;
  if (count < 1 || count > 64) return fprintf(stderr, "usage: threads SCRIPT.lua THREADS\n"), 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, NULL); /* for all threads: the main thread receives them below */
  check(pipe(end), "pipe");
  int listener = listen_on_loopback();
  Worker workers[64];
  for (int i = 0; i < count; i++) {
    workers[i] = (Worker){.number = i + 1, .script = argv[1], .end = end[0]};
    workers[i].listener = fcntl(listener, F_DUPFD_CLOEXEC, 0);
    check(workers[i].listener, "fcntl");
    errno = pthread_create(&workers[i].thread, NULL, run, &workers[i]);
    check(errno ? -1 : 0, "pthread_create");
  }
  sigwait(&signals, &number);
  close(end[1]); /* the other end becomes readable for all threads */
  for (int i = 0; i < count; i++) {
    pthread_join(workers[i].thread, NULL);
    failed |= workers[i].failed;
  }
  close(end[0]);
  close(listener);
  printf("bye\n");
  return failed;
}
