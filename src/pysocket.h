/* SPDX-License-Identifier: MIT */
/*
** pysocket for programs that embed Lua 5.4 or 5.5, and for C modules that work with its sockets.
**
** A program links libpysocket.a and opens the library in any state that has Lua's base and string libraries:
**
**   luaL_requiref(L, "pysocket", luaopen_pysocket, 0);
**   lua_pop(L, 1);
**
** The archive contains the Lua part, so the library reads no file. If the state has the library 'package', opened
** before or after, 'require' finds "pysocket", "pysocket.loop" and the other modules. The library sets no global
** variable. States share nothing, so each may run in a thread of its own.
**
** The brackets before each function are those of Lua's manual: the number of values that the function pops, the number
** of values that it pushes, and 'e' if it may raise any error. The functions may be called wherever functions of Lua's
** API may: in a C function and outside of one, where an error that nothing catches is a panic, as it is for Lua. Errors
** of sockets are the objects that Lua code gets.
**
** A C module that is loaded into a state with an open pysocket may link the archive, too. The functions for sockets,
** wakers and schedulers then use the library that the state has opened, even if that is another copy.
*/
#ifndef PYSOCKET_H
#define PYSOCKET_H

#define PYSOCKET_VERSION "1.0.0"

#define PYSOCKET_KEY "pysocket.capi" /* internal: the registry key by which the functions below find the library */

#if defined __GNUC__
#define PYSOCKET_API __attribute__((visibility("default")))
#else
#define PYSOCKET_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#include <lua.h>

/* 5.4.3 has the number of 5.4.0, as 5.4.1 and 5.4.2 have, but brings this macro */
#if LUA_VERSION_RELEASE_NUM < 50400 || (LUA_VERSION_RELEASE_NUM == 50400 && !defined luai_likely)
#error "pysocket needs Lua 5.4.3 or later: earlier releases have no lua_closeslot"
#endif

/* [-0, +1, e] Pushes the module "pysocket", as 'require' returns it in Lua. A second call in the same state pushes the
   same table. Raises an error if another copy of the library, such as 'core.so' beside the archive, is open in the
   state. */
PYSOCKET_API int luaopen_pysocket(lua_State *L);

/* [-0, +1, e] Opens the core alone, the module "pysocket.core", for programs that load the Lua files themselves. The
   chunk names of the files have to begin with one common folder ("@pysocket/loop.lua"): errors are reported at the
   callers of functions in that folder. */
PYSOCKET_API int luaopen_pysocket_core(lua_State *L);

/* [-0, +1, e] Pushes a module of the archive, such as "pysocket.loop", for states without 'require' and for
   environments that load modules by name. Opens the library if it is not open. Raises an error if the library has no
   module of that name. */
PYSOCKET_API void pysocket_require(lua_State *L, const char *name);

/* [-1, +0, e] Pops a function and makes it the error handler of all loops of "pysocket.loop" that have no 'onerror' of
   their own. When a task fails without being joined, the handler is called with the task, the error and its traceback,
   in the state that runs the loop; 'step' and 'run' then go on. Without a handler (nil), 'step' and 'run' raise the
   error. */
PYSOCKET_API void pysocket_setonerror(lua_State *L);

/* [-0, +0, e] Returns a waker: a descriptor through which other threads wake the loop (of "pysocket.loop") at 'index'.
   The caller owns the descriptor and closes it with close(2) when no thread uses it any more; it may outlive the loop
   and the state. Raises EMFILE. */
PYSOCKET_API int pysocket_waker(lua_State *L, int index);

/* Wakes the loop of a waker: the loop's descriptor (method 'fileno') becomes readable, and 'run' or 'step' calls the
   loop's field 'onwake', a function without arguments, once for all wakes since its last call. 'onwake' fetches the
   data that the other thread has for this state. This function, and no other, may be called from any thread and from a
   signal handler. */
PYSOCKET_API void pysocket_wake(int waker);

/* [-0, +1, e] Pushes the module "pysocket.ssl" (TLS), as 'require' returns it in Lua. The function is in an archive of
   its own, libpysocket-ssl.a, which needs OpenSSL 3. */
PYSOCKET_API int luaopen_pysocket_ssl(lua_State *L);

/* Returns the version of the archive, for comparison with PYSOCKET_VERSION, the version of this header. */
PYSOCKET_API const char *pysocket_version(void);

#define PYSOCKET_CLOSED (-1)   /* the socket is closed or detached */
#define PYSOCKET_NOSOCKET (-2) /* the value is no socket */

/* [-0, +0, e] Returns the descriptor of the socket at 'index', or one of the two constants above. The socket owns the
   descriptor: duplicate it, or call the socket's method 'detach', before other code closes it. */
PYSOCKET_API int pysocket_fd(lua_State *L, int index);

/* [-0, +1, e] Pushes a new socket that owns the descriptor; the family, the type and the protocol are those that the
   system reports. If the function raises an error (EBADF, ENOTSOCK, a negative number, out of memory), the caller still
   owns the descriptor. */
PYSOCKET_API void pysocket_push(lua_State *L, int fd);

#define PYSOCKET_READ 1
#define PYSOCKET_WRITE 2

/* [-0, +1, e] Waits until the descriptor is ready for one of the events or until 'seconds' have passed (negative: no
   limit), and pushes a boolean: whether the descriptor is ready. Every descriptor that poll(2) takes is allowed. Raises
   EBADF if the descriptor is not open.
   The call has to be the last one of a C function, like a call of lua_callk: 'return pysocket_wait(L, fd,
   PYSOCKET_READ, 5, context, k);' In a task, the other tasks run during the wait, and the function continues in 'k'
   with the status LUA_YIELD. Elsewhere the call waits in place and then calls 'k' with LUA_OK.
   If 'k' is NULL, the call always waits in place and returns 1, also where no C function runs. In a task, other tasks
   may then run on top of the wait. */
PYSOCKET_API int pysocket_wait(lua_State *L, int fd, int events, double seconds, lua_KContext context, lua_KFunction k);

/* A scheduler in C, through which coroutines wait: the counterpart of an object for 'socket.setscheduler'. 'data' is
   the pointer that was passed to pysocket_setscheduler, 'fd' is -1 if the call waits for a time only, and 'seconds' is
   negative if the time has no limit. The functions run in the coroutine that makes the call, or in a finalizer, and may
   use its stack as any C function may. All of them except 'wait' may be NULL. */
typedef struct pysocket_Scheduler {
  /* Returns 0 when the descriptor is ready for one of the events or the time has passed; a return too early costs a
     system call. Usually the function stores 'L' and ends with 'return lua_yield(L, 0)', and the host resumes the
     coroutine when it is time. Without a descriptor and with 0 seconds, the function gives the other tasks a turn.
     Several coroutines may wait for one descriptor, as all lookups of a state do: the host resumes all of them. An
     error that the function raises is raised by the call that waits. */
  int (*wait)(lua_State *L, void *data, int fd, int events, double seconds);
  /* Returns whether the host resumes the coroutine 'L'. Other coroutines do not wait through the scheduler, because a
     generator of a script would yield to the script. NULL: all coroutines that can yield wait through the scheduler.
     Must not raise an error. */
  int (*is_task)(lua_State *L, void *data);
  /* Is called before the descriptor is closed. The host has to resume the coroutines that wait for it. */
  void (*closing)(lua_State *L, void *data, int fd);
  /* Does the same as 'wait' for callers that cannot yield or are no tasks: runs other tasks until the descriptor is
     ready or the time has passed, and returns 0. NULL: the library waits with poll(2). */
  int (*block)(lua_State *L, void *data, int fd, int events, double seconds);
  /* Looks up a name: finds the arguments of getaddrinfo at the indices 1 to 6, and returns a table like that of
     getaddrinfo, or yields until it has one. NULL: the system's resolver, in a thread. */
  int (*resolve)(lua_State *L, void *data);
} pysocket_Scheduler;

/* [-0, +0, e] Makes the library wait through the scheduler, in place of the previous one; NULL removes it. The
   structure is not copied: it has to exist until the next call of this function or the end of the state, because a loop
   that a script runs takes its place only for a while. After the next call, methods of the old scheduler that a script
   has kept raise an error and call none of the structure's functions. */
PYSOCKET_API void pysocket_setscheduler(lua_State *L, const pysocket_Scheduler *scheduler, void *data);

#ifdef __cplusplus
}
#endif

#endif
