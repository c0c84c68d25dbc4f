/* SPDX-License-Identifier: MIT */
/*
** A storm of signals, with the interface of faults.c: package.loadlib(PATH, "rain") begins it, one every millisecond, with
** SA_RESTART where the environment has STORM=restart; "injected" tells how many there were. It begins when all is loaded: Lua's
** own reading of files does not bear it.
*/
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

typedef struct lua_State lua_State;
void lua_pushinteger(lua_State *L, long long n);

static volatile sig_atomic_t count;

static void note(int number) {
  (void)number;
  count = count + 1;
}

int rain(lua_State *L) {
  (void)L;
  const char *how = getenv("STORM");
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = how != NULL && strcmp(how, "restart") == 0 ? SA_RESTART : 0;
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &every, NULL);
  return 0;
}

/* Lua unloads libraries at its end: no signal may come to a handler that is gone. */
__attribute__((destructor)) static void clear_up(void) {
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  signal(SIGALRM, SIG_IGN);
}

int injected(lua_State *L) {
  lua_pushinteger(L, count);
  return 1;
}
