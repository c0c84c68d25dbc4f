/* SPDX-License-Identifier: MIT */
/*
** The world, which contains the library's values of one Lua state, and the registration of functions. Every C function
** for Lua is made by ps_function_push (also through ps_register and ps_operation_push). It therefore has the upvalues
** below, on which all functions that it calls rely.
*/
#ifndef PS_WORLD_H
#define PS_WORLD_H

#include <lauxlib.h>
#include <lua.h>
#include "pysocket.h"
#include "system.h"

/* Lua's headers do not declare these functions _Noreturn. */
LUA_API _Noreturn int lua_error(lua_State *L);
LUALIB_API _Noreturn int luaL_error(lua_State *L, const char *format, ...);
LUALIB_API _Noreturn int luaL_argerror(lua_State *L, int arg, const char *message);

struct Pool; /* the resolver's threads, in resolver.c */
struct Loop; /* loops and tasks, in loop/ */
struct Task;

typedef struct World {
  const struct Shared *shared; /* first: the functions for other shared objects of the library, see shared.h */
  lua_State *main;             /* the main thread, whose hooks signal handlers set */
  int64_t timeout;             /* the default timeout in ns; negative: none */
  const void *bytes_type;      /* the address of the metatable of bytearrays: cheaper than luaL_checkudata */
  const void *formats[2];      /* the addresses of the strings "l" and "L", which the metatable of streams keeps */
  int scheduler;               /* whether a scheduler is set */
  lua_CFunction trace;         /* runs a traced operation; NULL: there is no trace function */
  int kinds;                   /* the number of kinds of sockets with a metatable: see attribute.c */
  int turn;                    /* the number of operations left in the turn of the running task */
  int64_t turn_ends;           /* the end of the turn in any case, in ns; 0: not known yet */
  int64_t deadline;            /* the end of the loop's step, in ns; 0: there is none */
  struct in_addr host;         /* the address whose text is PS_HOST */
  const char *host_text;       /* that text */
  struct Loop *loops;          /* the open loops */
  struct Task *task;           /* the running task of a loop; NULL: none */
  int places;                  /* the number of tasks that wait in place, on top of each other */
  struct Pool *pool;
  int closed;                /* the state is being closed: no more threads may start */
  struct StandIn *stand_ins; /* the sets for which calls wait */
  char *scratch;             /* memory to receive into, valid until the next call into Lua */
  size_t scratch_size;
} World;

#define PS_CODECS 24 /* the most codecs of address.c, which checks the number */

/* user values of the world */
enum {
  PS_CLASSES = 1, /* error classes by name and by errno */
  PS_WOULD_BLOCK, /* the BlockingIOError of calls that would block, an object made once */
  PS_SCHEDULER,   /* the scheduler that is set */
  PS_SOCKETS,     /* metatables of sockets, by kind */
  PS_BYTES,       /* metatable of bytearrays */
  PS_BUFFER,      /* metatable of the buffers in which files receive */
  PS_BUFFERS,     /* these buffers by their sockets, weak */
  PS_STREAM,      /* metatable of the C halves of files */
  PS_TUPLES,      /* metatables of tuples that are no addresses, by name */
  PS_HOST,        /* the text of 'host' */
  PS_SCRATCH,     /* keeps 'scratch' alive */
  PS_LAYER,       /* the folder of the library's Lua files, with which their chunk names begin */
  PS_CHANNEL,     /* metatable of the channels of relays */
  PS_PIPES,       /* the pool of the channels' pipes */
  PS_TRACE,       /* the trace function */
  PS_CORE,        /* the table that the core returns */
  PS_LOOPS,       /* loops by their address, weak */
  PS_LUASOCKET,   /* metatables of LuaSocket's objects, by class; "by_name": the Lua layer's function for names */
  PS_ADDRESS,     /* the first of the metatables of addresses, by the place of their codec */
  PS_WORLD_VALUES = PS_ADDRESS + PS_CODECS - 1
};

/* upvalues of every function */
enum {
  PS_UP_WORLD = 1,
  PS_UP_NAME,  /* the name of the function, for messages */
  PS_UP_FLAGS, /* PS_METHOD, PS_PROTECTED, ... */
  PS_UP_OWN,   /* the first of the function's own upvalues */
};

#define PS_METHOD 1    /* argument 1 is self, and messages do not count it */
#define PS_PROTECTED 2 /* returns nil and an error instead of raising the error */
#define PS_NO_SOCKET 4 /* an operation's self is no socket */
#define PS_TRACED 8    /* the trace of this call has begun, or there is none */
/* The first attempt of the operation has no slots of state, whose creation takes 60 instructions. The attempt creates
   the slots if it keeps a value; otherwise it leaves the stack unchanged when it returns PS_ERRNO. */
#define PS_BARE 16
#define PS_CARRIER 32 /* an operation's self begins with a Carrier, as the caller of the operation has checked */
#define PS_COUNTED 64 /* each error of the operation has the number of bytes sent before it, even if that is 0 */

#define ps_world(L) ((World *)lua_touserdata(L, lua_upvalueindex(PS_UP_WORLD)))

/* Pushes the world, or nil if the state has none yet. Returns whether it has one. */
int ps_world_push(lua_State *L);
/* Pushes a new weak table with that mode: "k" or "v". */
void ps_weak_push(lua_State *L, const char *mode);
/* Makes the world, and pushes it. */
void ps_world_new(lua_State *L);
/* Adds the functions to the table at 'index'. 'flags' are those above. */
void ps_register(lua_State *L, int index, const luaL_Reg *functions, int flags);
/* Pushes a function. Pops that number of own upvalues from the top of the stack. */
void ps_function_push(lua_State *L, const char *name, lua_CFunction f, int flags, int own);
/* Pushes a new metatable of that name, and makes it that user value of the world. */
void ps_metatable_push(lua_State *L, int world_value, const char *name);
/* Does a task of a loop run, or is a scheduler set, so that calls must not block? */
static inline int ps_is_scheduled(const World *world) { return world->task != NULL || world->scheduler; }

/* Has a signal handler set a hook in the main thread that no call has run yet? */
static inline int ps_hooks_missed(lua_State *main) { return (lua_gethookmask(main) & LUA_MASKCALL) != 0; }

/* Runs that hook (hooks.c). */
void ps_hooks_run(lua_State *L, lua_State *main);

#define PS_SIZE_MAX \
  (INT_MAX - 1) /* the most bytes of a receive, with room for one more: no system call receives as many */

/* Memory for 'size' bytes, valid until the next call into Lua. */
char *ps_scratch(lua_State *L, size_t size);

#endif
