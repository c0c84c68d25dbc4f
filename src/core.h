/* SPDX-License-Identifier: MIT */
/*
** What the files of the core share. Every C function seen from Lua is made by ps_function_push (through ps_register and
** ps_operation_push, too), so that inside it, and inside all that it calls, the upvalues below are there.
*/
#ifndef PS_CORE_H
#define PS_CORE_H

#include <lauxlib.h>
#include <lua.h>

#include "pysocket.h"
#include "system.h"

/* {== The world of one Lua state ==} */

struct Pool; /* the resolver's threads, in resolver.c */

typedef struct World {
  lua_State *main;        /* where the hooks of signal handlers are set */
  int64_t timeout;        /* default timeout in ns; negative: none */
  const void *bytes_type; /* the identity of its metatable: comparing is cheaper than luaL_checkudata */
  int scheduler;          /* one is set */
  int tracing;            /* settrace was given a function */
  int kinds;              /* how many kinds of sockets have a metatable: see attribute.c */
  int turn;               /* operations left before a task has to let the others run */
  int64_t deadline;       /* when it has to in any case, in ns; 0: there is none */
  struct in_addr host;    /* the address whose text is PS_HOST */
  const char *host_text;  /* that text */
  const lua_State *task;  /* the task that turn.c runs: it waits by setting what follows, and yields nothing */
  int waits;              /* it waits: for what the next three fields say */
  int wait_events;
  sys_fd wait_fd; /* SYS_NO_FD: for the time alone */
  int64_t wait_ns;
  struct Pool *pool;
  int closed;              /* the state goes: no more threads */
  unsigned unheard;        /* how often telling a scheduler of a closing failed: no memory, or it raised */
  struct Epoll *stand_ins; /* sets that are waited for, each in place of many descriptors */
  char *scratch;           /* memory for what is received, valid until the next call into Lua */
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
  PS_TUPLES,      /* metatables of tuples that are no addresses, by name */
  PS_HOST,        /* the text of 'host' */
  PS_SCRATCH,     /* keeps 'scratch' alive */
  PS_LAYER,       /* the directory of our Lua files, as their chunk names begin */
  PS_TRACE,       /* what settrace was given */
  PS_CORE,        /* the table that the core returns */
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

#define ps_world(L) ((World *)lua_touserdata(L, lua_upvalueindex(PS_UP_WORLD)))

/* Adds each function to the table at 'index'. 'flags' as above. */
void ps_register(lua_State *L, int index, const luaL_Reg *functions, int flags);
/* Pushes one function; its 'own' values are taken from the top of the stack. */
void ps_function_push(lua_State *L, const char *name, lua_CFunction f, int flags, int own);
/* Pushes a new metatable of that name and keeps it as that value of the world. */
void ps_metatable_push(lua_State *L, int world_value, const char *name);
/* Puts the class of that name, made if it is not there, in the place of its base class (or nil) at the top. */
void ps_class_push(lua_State *L, const char *name);
/* The __concat of errors, addresses and tuples: they join as their text. */
int ps_concat(lua_State *L);
#define PS_SIZE_MAX (PTRDIFF_MAX - 1) /* of what is received, with room for one byte more */

/* Memory for 'size' bytes, which the next call into Lua may take back. */
char *ps_scratch(lua_State *L, size_t size);

/* {== Arguments: each raises Lua's argument error, with the function's name and the offending value ==} */

int ps_arg_error(lua_State *L, int arg, const char *format, ...);
int ps_type_error(lua_State *L, int arg, const char *expected);
const char *ps_type_name(lua_State *L, int arg); /* what a message calls the value; may push */
/* The rest of ps_check_integer: takes a float with an integral value, raises for anything else. */
lua_Integer ps_odd_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max);

/* As lua_tointegerx, but a string is no number. */
static inline lua_Integer ps_to_integer(lua_State *L, int index, int *isnum) {
  *isnum = 0;
  return lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, isnum) : 0;
}

static inline lua_Integer ps_check_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max) {
  if (lua_isinteger(L, arg)) {
    lua_Integer value = lua_tointeger(L, arg);
    if (value >= min && value <= max) return value;
  }
  return ps_odd_integer(L, arg, what, min, max);
}

lua_Integer ps_opt_integer(lua_State *L, int arg, const char *what, lua_Integer min, lua_Integer max,
                           lua_Integer absent);
int ps_check_int(lua_State *L, int arg, const char *what); /* any C int */
int ps_opt_int(lua_State *L, int arg, const char *what, int absent);
const char *ps_check_string(lua_State *L, int arg, const char *what, size_t *len);
const char *ps_check_name(lua_State *L, int arg, const char *what);                /* no zeros inside */
const char *ps_check_buffer(lua_State *L, int arg, const char *what, size_t *len); /* string or bytearray */
char *ps_check_writable(lua_State *L, int arg, const char *what, size_t *len);     /* bytearray or view */
/* seconds to ns: nil is -1 (no limit) */
int64_t ps_check_timeout(lua_State *L, int arg, const char *what);
void ps_timeout_push(lua_State *L, int64_t ns);

/* Where the last argument, at 'first' or later, is a table, spreads its fields over the arguments 'first', 'first'+1, ...
   in the order of 'names' (ended by NULL; "" for one without a name). Leaves exactly that many arguments. */
void ps_options_spread(lua_State *L, int first, const char *const names[]);

/* {== Errors (error.c, errno.c, protect.c) ==} */

/* Push an error object and return PS_ERROR. 'call' names the system call; 'address' is the stack index of an address, or 0. */
int ps_error_push(lua_State *L, int code, const char *call, int address);
int ps_error_push_gai(lua_State *L, int code, const char *call, int address);
int ps_error_push_herror(lua_State *L, int code, const char *call, int address);
int ps_error_push_class(lua_State *L, const char *class, const char *call, const char *format, ...);

int ps_error_raise(lua_State *L, int code, const char *call, int address);
/* An OSError without an errno. */
int ps_error_raise_text(lua_State *L, const char *call, const char *format, ...);
void ps_where_push(lua_State *L); /* "file:line: " of the caller, outside our own Lua files */
/* "ECONNREFUSED", "EAI_NONAME", "HOST_NOT_FOUND", or nil */
void ps_errno_name_push(lua_State *L, int code);
void ps_eai_name_push(lua_State *L, int code);
void ps_h_errno_name_push(lua_State *L, int code);
int ps_error_is(lua_State *L, int index); /* is it an object of one of our error classes? */
/* Is the error at the top a cancelled task's? Its class is the Lua layer's, and known by its name here. */
int ps_error_is_cancelled(lua_State *L);
void ps_error_open(lua_State *L);
void ps_protect_open(lua_State *L);

/* {== Sockets (socket.c, attribute.c, create.c, mode.c) ==} */

/* What we made of the descriptor's O_NONBLOCK. */
enum { PS_FD_UNTOUCHED, PS_FD_BLOCKING, PS_FD_NONBLOCKING };

typedef struct Socket {
  const World *world;          /* by which it is known: ps_socket_to */
  const struct Source *source; /* what its files receive and send through; NULL: the descriptor. See source.h */
  sys_fd fd;                   /* SYS_NO_FD: closed or detached */
  int family, type, proto;
  int64_t timeout;      /* ns; negative: none */
  int files;            /* makefile objects that keep the descriptor open */
  unsigned char mode;   /* PS_FD_* */
  unsigned char closed; /* close was called, or detach */
} Socket;

/* user values of a socket */
enum {
  PS_SOCKET_BUFFER = 1, /* the bytes that its files have received and not given out */
  PS_SOCKET_SOURCE,     /* keeps 'source' alive */
  PS_SOCKET_VALUES = PS_SOCKET_SOURCE
};

/* The socket at 'arg', or NULL. Nothing else of that size begins with a pointer to the world; to get the metatable and compare
   it would take 70 instructions more, of the 1 000 of a small call. */
static inline Socket *ps_socket_to(lua_State *L, const World *world, int arg) {
  Socket *s = lua_touserdata(L, arg);
  return s != NULL && lua_rawlen(L, arg) == sizeof *s && s->world == world ? s : NULL;
}

Socket *ps_socket_check(lua_State *L, int arg); /* open or closed */
/* Pushes a closed one with the default timeout. What is changed of it afterwards asks for ps_socket_dress. */
Socket *ps_socket_new(lua_State *L, int family, int type, int proto);
/* Gives the socket at 'index' the metatable that suits its attributes. */
void ps_socket_dress(lua_State *L, int index);
/* Switches the descriptor to what the timeout asks for; 0, or -1 and errno. */
int ps_socket_apply_timeout(Socket *s);
/* Whether a descriptor born for this socket is to be non-blocking. */
int ps_socket_nonblocking(lua_State *L, const Socket *s);
void ps_socket_open(lua_State *L);
void ps_attribute_open(lua_State *L); /* pushes the metatable that fits every socket */
void ps_create_open(lua_State *L);
void ps_mode_open(lua_State *L);

/* {== Tuples (tuple.c) ==} */

/* Pushes a new metatable for sequences whose elements have names too (ended by NULL): they answer to them, print, and
   compare by value. */
void ps_tuple_metatable_push(lua_State *L, const char *name, const char *const fields[]);
/* Makes such a metatable, and keeps it by its name. */
void ps_tuple_define(lua_State *L, const char *name, const char *const fields[]);
/* Gives the table at the top the metatable that is kept by that name. */
void ps_tuple_dress(lua_State *L, const char *name);

/* {== Addresses (address.c, address/FAMILY.c) ==} */

typedef struct Address {
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
    char bytes[sizeof(struct sockaddr_storage) + 1];
  };
  socklen_t len;
} Address;

/* 1, or 0 where the host has to be resolved first; raises for a bad address. */
int ps_address_check(lua_State *L, int arg, const Socket *s, Address *a);
/* Pushes the address at 'arg', whose host is a name, as {host, port} that prints; its index. */
int ps_address_named(lua_State *L, int arg);
/* Pushes one value: nil for no address. */
void ps_address_push(lua_State *L, const Address *a, int proto);
void ps_address_open(lua_State *L);

/* {== Operations (operation.c) ==} */

/* what an attempt wants to wait for; filled in from the row and the socket before each attempt */
typedef struct Wait {
  const struct Operation *op; /* whose attempt it is */
  sys_fd fd;
  int events;
  int64_t timeout; /* of the whole call, ns; negative: none */
  int64_t pause;   /* try again after so long even when nothing happened; negative: no such limit */
  int policy;      /* PS_WAIT_* */
} Wait;

enum {
  PS_WAIT_MODE,   /* the socket's mode decides */
  PS_WAIT_ALWAYS, /* wait even where the socket's mode is non-blocking */
  PS_WAIT_NEVER   /* MSG_DONTWAIT on a blocking socket */
};

/* what an attempt returns instead of a count of results */
enum {
  PS_ERRNO = -1, /* errno is set; EAGAIN and its kin mean: wait, then try again */
  PS_AGAIN = -2, /* try again at once */
  PS_ERROR = -3, /* an error object is at the top */
  /* a function and its arguments are at the top: call it, keep its first result as the progress, try again */
  PS_CALL = -4
};

typedef struct Operation {
  const char *name;
  int nargs;   /* its arguments are stack slots 1..nargs, self included; then come its two slots of state */
  int events;  /* SYS_READ, SYS_WRITE */
  int address; /* the argument that is an address, or 0: for messages */
  int (*attempt)(lua_State *L, Socket *s, Wait *wait);
  void (*check)(lua_State *L, Socket *s); /* once, before the first attempt, with the arguments as they were given */
  /* where a failure is a result: pushes it and returns the count, or PS_ERROR (connect_ex); else NULL */
  int (*failed)(lua_State *L, int code);
} Operation;

#define PS_PROGRESS(op) ((op)->nargs + 1) /* what the attempts keep between them: nil at first */
#define PS_DEADLINE(op) ((op)->nargs + 2)

/* What the function of an operation knows, in one upvalue: to read one takes 25 instructions. */
typedef struct Bound {
  const Operation *op;
  World *world;
  int flags; /* as PS_UP_FLAGS */
} Bound;

#define ps_bound(L) ((const Bound *)lua_touserdata(L, lua_upvalueindex(PS_UP_OWN)))
/* the operation that is running; for attempts that serve several rows */
#define ps_operation(L) (ps_bound(L)->op)

/* Pushes an operation's function. */
void ps_operation_push(lua_State *L, const Operation *op, int flags);
/* Adds each operation (ended by a NULL name) to the table at 'index'. */
void ps_operations_register(lua_State *L, int index, const Operation *operations, int flags);
/* Runs it with the arguments on the stack; what every operation's C function does. */
int ps_operation_run(lua_State *L);
/* For attempts whose system call can wait by itself: how long it may (0 in a task), once wait->timeout is set. */
int64_t ps_may_block(lua_State *L, const Wait *wait);
/* Checks and gives the flags at 'arg'; MSG_DONTWAIT on a blocking socket means what it says. */
int ps_given_flags(lua_State *L, int arg, Wait *wait);

static inline int ps_flags_at(lua_State *L, int arg, Wait *wait) {
  return lua_isnoneornil(L, arg) ? 0 : ps_given_flags(L, arg, wait);
}

/* ns left of the call's timeout, which begins now if it has not yet; negative: no limit */
int64_t ps_time_left(lua_State *L, const Wait *wait);
int ps_trace_run(lua_State *L); /* the operation that is running, traced (trace.c) */
void ps_trace_open(lua_State *L);

/* {== Schedulers (scheduler.c, turn.c) ==} */

#define PS_TURN 100 /* operations that a task may do without waiting before the others get their turn */

/* Is this coroutine the scheduler's, so that it may yield to it? */
int ps_in_task(lua_State *L, const World *world);
/* Will the scheduler be asked to wait, here? Then no system call may block. */
int ps_scheduled(lua_State *L);
/* Pushes the scheduler's method of that name and the scheduler, or nothing and returns 0. */
int ps_scheduler_method(lua_State *L, const char *name);
/* Wakes those who wait on the descriptor, alone or among others. Leaves what the scheduler raises; how many errors that are. */
int ps_scheduler_closing(lua_State *L, sys_fd fd);
/* Closes a descriptor of which the scheduler is told: 0, or errno. What the scheduler raises is raised once it is closed. */
int ps_close(lua_State *L, const World *world, sys_fd fd);
void ps_scheduler_open(lua_State *L);
void ps_turn_open(lua_State *L);

/* {== Resolution (lookup.c, resolve.c, host.c) ==} */

/* One step of resolving the host of the address at 'arg', the rest of which is in 'a'; an attempt returns its result. When
   done, a numeric address stands at 'arg' and PS_AGAIN is returned. */
int ps_resolve_address(lua_State *L, const Socket *s, int arg, Address *a, Wait *wait);
void ps_lookup_open(lua_State *L);
void ps_resolve_open(lua_State *L);
void ps_host_open(lua_State *L);

/* {== Buffers (bytes.c) ==} */

/* Is it a bytearray or a view? */
int ps_bytes_is(lua_State *L, int index);
void ps_bytes_open(lua_State *L);

/* {== Opening: each file adds its names to the tables that stand on the stack meanwhile ==} */

enum {
  PS_OPEN_CORE = 1, /* the module's functions and constants */
  PS_OPEN_METHODS,  /* the class of sockets: its methods */
  PS_OPEN_LOCAL     /* what the Lua layer alone sees */
};

void ps_transfer_open(lua_State *L);
void ps_line_open(lua_State *L);
void ps_connect_open(lua_State *L);
void ps_message_open(lua_State *L);
void ps_sendfile_open(lua_State *L);
void ps_option_open(lua_State *L);
void ps_netdb_open(lua_State *L);
void ps_interface_open(lua_State *L);
void ps_convert_open(lua_State *L);
void ps_constants_open(lua_State *L);
void ps_descriptor_open(lua_State *L);
void ps_epoll_open(lua_State *L);
void ps_poller_open(lua_State *L);
/* Takes the descriptor out of a set that stands for it and others: that set's descriptor, or SYS_NO_FD for none. */
sys_fd ps_stand_in_lose(const World *world, sys_fd fd);
void ps_capi_open(lua_State *L);

#endif
