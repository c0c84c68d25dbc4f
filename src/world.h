/* SPDX-License-Identifier: MIT */
/*
** The world of one Lua state, and how functions are registered. Every C function seen from Lua is made by ps_function_push
** (through ps_register and ps_operation_push, too), so that inside it, and inside all that it calls, the upvalues below are
** there.
*/
#ifndef PS_WORLD_H
#define PS_WORLD_H

#include <lauxlib.h>
#include <lua.h>
#include "pysocket.h"
#include "system.h"

/* Lua's headers do not say that these never return. */
LUA_API _Noreturn int lua_error(lua_State *L);
LUALIB_API _Noreturn int luaL_error(lua_State *L, const char *format, ...);
LUALIB_API _Noreturn int luaL_argerror(lua_State *L, int arg, const char *message);

struct Pool; /* the resolver's threads, in resolver.c */
struct Loop; /* of tasks, and these: in loop/ */
struct Task;

typedef struct World {
  const struct Shared *shared; /* first: the functions for other shared objects of the library, see shared.h */
  lua_State *main;             /* where the hooks of signal handlers are set */
  int64_t timeout;             /* default timeout in ns; negative: none */
  const void *bytes_type;      /* the identity of its metatable: comparing is cheaper than luaL_checkudata */
  const void *formats[2];      /* the identities of the strings "l" and "L", which the metatable of streams keeps */
  int scheduler;               /* one is set */
  lua_CFunction trace;         /* runs an operation that is traced: settrace was given a function; else NULL */
  int kinds;                   /* how many kinds of sockets have a metatable: see attribute.c */
  int turn;                    /* operations left before a task has to let the others run */
  int64_t turn_ends;           /* when it has to in any case, in ns; 0: not known yet */
  int64_t deadline;            /* and when all of them have to, for the sake of the loop's host; 0: there is none */
  struct in_addr host;         /* the address whose text is PS_HOST */
  const char *host_text;       /* that text */
  struct Loop *loops;          /* those that are open */
  struct Task *task;           /* the task of a loop that runs; NULL: none does */
  int places;                  /* how many tasks wait in place, on top of each other */
  struct Pool *pool;
  int closed;                /* the state goes: no more threads */
  struct StandIn *stand_ins; /* sets that are waited for, each in place of many descriptors */
  char *scratch;             /* memory for what is received, valid until the next call into Lua */
  size_t scratch_size;
} World;

#define PS_CODECS 24 /* room for the codecs of address.c, which checks it */

/* user values of the world */
enum {
  PS_CLASSES = 1, /* error classes by name and by errno */
  PS_WOULD_BLOCK, /* the one BlockingIOError of "would block" */
  PS_SCHEDULER,   /* what setscheduler was given */
  PS_SOCKETS,     /* metatables of sockets, by kind */
  PS_BYTES,       /* metatable of bytearrays */
  PS_BUFFER,      /* metatable of buffers of what files receive */
  PS_BUFFERS,     /* those buffers by their sockets, weak */
  PS_STREAM,      /* metatable of the C halves of files */
  PS_TUPLES,      /* metatables of tuples that are no addresses, by name */
  PS_HOST,        /* the text of 'host' */
  PS_SCRATCH,     /* keeps 'scratch' alive */
  PS_LAYER,       /* the directory of our Lua files, as their chunk names begin */
  PS_CHANNEL,     /* metatable of the channels of relays */
  PS_PIPES,       /* the pool of their pipes */
  PS_TRACE,       /* what settrace was given */
  PS_CORE,        /* the table that the core returns */
  PS_LOOPS,       /* loops by their address, weak */
  PS_LUASOCKET,   /* metatables of LuaSocket's objects, by class; "by_name": the Lua layer's function for names */
  PS_ADDRESS,     /* from here on the metatables of addresses, by the place of their codec */
  PS_WORLD_VALUES = PS_ADDRESS + PS_CODECS - 1
};

/* upvalues of every function */
enum {
  PS_UP_WORLD = 1,
  PS_UP_NAME,  /* its name, for messages */
  PS_UP_FLAGS, /* PS_METHOD, PS_PROTECTED */
  PS_UP_OWN,   /* from here on its own */
};

#define PS_METHOD 1    /* argument 1 is self and not counted in messages */
#define PS_PROTECTED 2 /* returns nil, error where it would raise */
#define PS_NO_SOCKET 4 /* an operation's self is no socket */
#define PS_TRACED 8    /* this call of an operation is being traced already */
/* An operation's first attempt has no slots of state: to make them takes 60 instructions. It makes them where it keeps something,
   and else leaves the stack as it was when it returns PS_ERRNO. */
#define PS_BARE 16
#define PS_CARRIER 32 /* an operation's self begins with a Carrier; the function that runs it has checked that */

#define ps_world(L) ((World *)lua_touserdata(L, lua_upvalueindex(PS_UP_WORLD)))

/* Pushes the world, or nil where the state has none yet: returns whether there is one. */
int ps_world_push(lua_State *L);
/* Pushes a new table that is weak as its mode says: "k", "v". */
void ps_weak_push(lua_State *L, const char *mode);
/* Makes the world, and pushes it. */
void ps_world_new(lua_State *L);
/* Adds each function to the table at 'index'. 'flags' as above. */
void ps_register(lua_State *L, int index, const luaL_Reg *functions, int flags);
/* Pushes one function; its 'own' values are taken from the top of the stack. */
void ps_function_push(lua_State *L, const char *name, lua_CFunction f, int flags, int own);
/* Pushes a new metatable of that name and keeps it as that value of the world. */
void ps_metatable_push(lua_State *L, int world_value, const char *name);
/* Is there a task of a loop, or a scheduler, for whose sake calls do not block? */
static inline int ps_is_scheduled(const World *world) { return world->task != NULL || world->scheduler; }

/* Has a signal handler set a hook in the main thread that no call has run yet? */
static inline int ps_hooks_missed(lua_State *main) { return (lua_gethookmask(main) & LUA_MASKCALL) != 0; }

/* Runs it (hooks.c). */
void ps_hooks_run(lua_State *L);

#define PS_SIZE_MAX \
  (INT_MAX - 1) /* of what is received, with room for one byte more: no system call receives as much */

/* Memory for 'size' bytes, which the next call into Lua may take back. */
char *ps_scratch(lua_State *L, size_t size);

#endif
