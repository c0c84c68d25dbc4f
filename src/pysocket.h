/* SPDX-License-Identifier: MIT */
/*
** pysocket for programs that embed Lua 5.4 or 5.5, and for C modules that work with its sockets.
**
** A program links libpysocket.a and opens the library in any state that has Lua's base and string libraries:
**
**   luaL_requiref(L, "pysocket", luaopen_pysocket, 0);
**   lua_pop(L, 1);
**
** The Lua part is inside the archive: no file is read, and where 'package' is, or will be opened, 'require' finds
** "pysocket", "pysocket.loop" and the others. No global is set. States share nothing: each may have a thread of its own.
**
** What stands in brackets is as in Lua's manual: what a function pops, what it pushes, and whether it may raise: 'e' any error,
** 'm' only that memory has run out. All of them may be called wherever functions of Lua's API may: in a C function, and outside
** of any, where an error that nobody catches is a panic as it is for Lua. Those with 'e' raise errors of a socket as the
** objects that Lua code gets.
**
** A C module that is loaded into a state with an open pysocket may link the archive too, for the functions below
** 'luaopen_pysocket': they find what belongs to the state, whichever copy of the library was opened there.
*/
#ifndef PYSOCKET_H
#define PYSOCKET_H

#define PYSOCKET_VERSION "1.0.0"

#define PYSOCKET_KEY "pysocket.capi" /* in the registry: how the functions below find the library; not for others */

#if defined __GNUC__
#define PYSOCKET_API __attribute__((visibility("default")))
#else
#define PYSOCKET_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#include <lua.h>

#if LUA_VERSION_RELEASE_NUM < 50403
#error "pysocket needs Lua 5.4.3 or later: earlier releases have no lua_closeslot"
#endif

/* [-0, +1, e] Pushes what 'require "pysocket"' returns in Lua. Opening again in the same state gives the same; opening another
   copy of the library there, such as 'core.so' beside the archive, raises. */
PYSOCKET_API int luaopen_pysocket(lua_State *L);

/* [-0, +1, e] Opens the core alone, for programs that bring the Lua files by themselves: "pysocket.core". The files' chunk names
   have to begin with one folder ("@pysocket/loop.lua"): errors are reported at the callers of what is in it. */
PYSOCKET_API int luaopen_pysocket_core(lua_State *L);

/* [-0, +1, e] Pushes a module of the archive, such as "pysocket.loop": for states without 'require', and for environments that
   hand out modules by name. Opens the library if need be. Raises for a name that is not one of ours. */
PYSOCKET_API void pysocket_require(lua_State *L, const char *name);

/* [-1, +0, e] Pops a function and makes it the handler of errors of tasks that nobody joined, in the loops of "pysocket.loop"
   without an 'onerror' of their own: it is called with the task, the error and its traceback, in the state that runs the loop,
   and 'step' and 'run' go on. Pop nil for none: they raise. */
PYSOCKET_API void pysocket_setonerror(lua_State *L);

/* [-0, +0, e] A descriptor by which other threads wake the loop (of "pysocket.loop") at that index. It is the caller's: close(2)
   it when no thread uses it any more. It may outlive the loop and the state. Raises EMFILE. */
PYSOCKET_API int pysocket_waker(lua_State *L, int index);

/* Wakes the loop of a waker: its descriptor (the method 'fileno') becomes readable, and 'run' or 'step' calls the loop's field
   'onwake', a function without arguments, once for all wakes since the last time. That one fetches what the other thread has for
   this state. The one function that may be called from any thread, and from a signal handler. */
PYSOCKET_API void pysocket_wake(int waker);

/* [-0, +1, e] Pushes what 'require "pysocket.ssl"' returns in Lua: TLS, in an archive of its own, libpysocket-ssl.a, which needs
   OpenSSL 3. */
PYSOCKET_API int luaopen_pysocket_ssl(lua_State *L);

/* The version of the archive, to be compared with that of the header. */
PYSOCKET_API const char *pysocket_version(void);

#define PYSOCKET_CLOSED (-1)   /* a socket that is closed or detached */
#define PYSOCKET_NOSOCKET (-2) /* some other value */

/* [-0, +0, e] The descriptor of the socket at that index, or one of the two above. It stays the socket's: duplicate it, or
   call the socket's method 'detach', before anybody else may close it. */
PYSOCKET_API int pysocket_fd(lua_State *L, int index);

/* [-0, +1, e] Pushes a new socket that owns the descriptor from now on; its family, type and protocol are asked of the system.
   The descriptor stays the caller's if this raises: EBADF, ENOTSOCK, a number below 0, out of memory. */
PYSOCKET_API void pysocket_push(lua_State *L, int fd);

#define PYSOCKET_READ 1
#define PYSOCKET_WRITE 2

/* [-0, +1, e] Waits until the descriptor (of anything that can be polled) is ready for one of the events, or that many seconds
   have passed (negative: no limit), and pushes a boolean: is it ready? To be the last call of a C function, as lua_callk is:
   'return pysocket_wait(L, fd, PYSOCKET_READ, 5, context, k);' In a task of the scheduler the others run meanwhile, and then 'k'
   goes on, with status LUA_YIELD; else the wait is here, and 'k' is called with LUA_OK. With a 'k' of NULL it is never left:
   it returns 1, also where no C function runs, and a task's wait may run others on top of it. Raises EBADF for what is not
   open. */
PYSOCKET_API int pysocket_wait(lua_State *L, int fd, int events, double seconds, lua_KContext context, lua_KFunction k);

/* What a host does for coroutines that wait: 'socket.setscheduler' with C functions. 'data' is what was given with it, 'fd' is -1
   where there is only a time to wait for, 'seconds' is negative where there is no limit. They run in the coroutine that makes
   the call, or in a finalizer, and may use its stack as any C function may. All but 'wait' may be NULL. */
typedef struct pysocket_Scheduler {
  /* Returns 0 when the descriptor is ready for the events or the time has passed: it may come back too early, at the price of a
     system call. Usually it notes 'L' and does 'return lua_yield(L, 0)'; whoever resumes that coroutine says it is time. With
     0 seconds and no descriptor: others are to have a turn. Several may wait for one descriptor, as all lookups of a state do:
     all of them are resumed. May raise: the call that waits raises it. */
  int (*wait)(lua_State *L, void *data, int fd, int events, double seconds);
  /* Is 'L' a coroutine that the host resumes by itself? Others do not wait through it: a generator of the script's would yield
     to the script. NULL: all that can yield do. Must not raise. */
  int (*is_task)(lua_State *L, void *data);
  /* The descriptor will be closed when this returns: those who wait for it have to be resumed. */
  void (*closing)(lua_State *L, void *data, int fd);
  /* As 'wait', for callers that cannot yield or are no tasks: returns 0 when it is ready, having run others meanwhile.
     NULL: poll(2). */
  int (*block)(lua_State *L, void *data, int fd, int events, double seconds);
  /* Looks up names: has the arguments of getaddrinfo at indices 1 to 6 and returns a table as getaddrinfo does, or yields until
     it has it. NULL: the system's resolver, on a thread. */
  int (*resolve)(lua_State *L, void *data);
} pysocket_Scheduler;

/* [-0, +0, e] Puts it in force, in place of what was; NULL: none. It is not copied: it has to live until the next call of this
   function, or the end of the state, since a loop that a script runs takes its place for a while only. From then on what scripts
   have kept of it calls nothing of it any more, and raises. */
PYSOCKET_API void pysocket_setscheduler(lua_State *L, const pysocket_Scheduler *scheduler, void *data);

#ifdef __cplusplus
}
#endif

#endif
