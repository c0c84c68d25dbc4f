/* SPDX-License-Identifier: MIT */
/* For package.loadlib: forked(f, ...) calls a function in a process of its own, which ends without giving anything back; was
   there no error? */
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct lua_State lua_State;
int lua_gettop(lua_State *L);
void lua_pushboolean(lua_State *L, int b);
int lua_pcallk(lua_State *L, int nargs, int nresults, int handler, ptrdiff_t context, void *k);

int forked(lua_State *L) {
  pid_t child = fork();
  if (child == 0) {
    int failed = lua_pcallk(L, lua_gettop(L) - 1, 0, 0, 0, NULL);
    /* by another program, where Valgrind does not look for what is lost */
    execl("/bin/sh", "sh", "-c", failed ? "exit 1" : "exit 0", (char *)NULL);
    _exit(1);
  }
  int status = 1;
  lua_pushboolean(L, child > 0 && waitpid(child, &status, 0) == child && status == 0);
  return 1;
}
