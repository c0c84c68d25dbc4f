/* SPDX-License-Identifier: MIT */
/*
** The waiting engine, and the only code that waits. A call that may block is a row: an attempt, and what to wait for. All of
** its state is on the Lua stack, since a wait may yield: the arguments, then what the attempts keep, then the deadline.
*/
#include "core.h"

#define TURN 100 /* operations that a task may do without waiting before the others get their turn */

/* {== Waiting ==} */

static int noop(lua_State *L) {
  (void)L;
  return 0;
}

/* A signal handler of the host (the stock interpreter's, at Ctrl-C) sets a hook in the main thread, which runs when a function
   is called. A coroutine has hooks of its own, so it borrows the one of the main thread. */
void ps_run_hooks(lua_State *L) {
  lua_State *main = ps_world(L)->main;
  int borrow = main != L && lua_gethook(L) == NULL && (lua_gethookmask(main) & LUA_MASKCALL);
  if (borrow) lua_sethook(L, lua_gethook(main), lua_gethookmask(main), lua_gethookcount(main));
  lua_pushcfunction(L, noop);
  lua_call(L, 0, 0);
  if (borrow) lua_sethook(L, NULL, 0, 0);
}

/* A signal that cut a call short without EINTR (a partial send) left its hook in the main thread: a coroutine would not see it. */
static void run_missed_hooks(lua_State *L, lua_State *main) {
  if (lua_gethookmask(main) & LUA_MASKCALL) ps_run_hooks(L);
}

/* Only coroutines that the scheduler started may yield into its hands: its field 'tasks', where it has one, holds them. */
static int in_task(lua_State *L, const World *world) {
  if (!world->scheduler || !lua_isyieldable(L)) return 0;
  if (L == world->task) return 1;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  int in = 1;
  if (lua_getfield(L, -1, "tasks") == LUA_TTABLE) {
    lua_pushthread(L);
    lua_gettable(L, -2); /* a host's scheduler answers by a function: see pysocket.c */
    in = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return in;
}

int ps_in_task(lua_State *L) { return in_task(L, ps_world(L)); }

/* pushes the scheduler's method of that name and the scheduler, or nothing and returns 0 */
static int push_method(lua_State *L, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 2);
    return 0;
  }
  lua_insert(L, -2);
  return 1;
}

int ps_scheduled(lua_State *L) {
  const World *world = ps_world(L);
  if (!world->scheduler) return 0;
  if (in_task(L, world)) return 1;
  if (!push_method(L, "block")) return 0;
  lua_pop(L, 2);
  return 1;
}

/* (scheduler, fd): in a call of its own, since without memory even looking for the method raises */
static int call_closing(lua_State *L) {
  if (lua_getfield(L, 1, "closing") == LUA_TNIL) return 0;
  lua_insert(L, 1);
  lua_call(L, 2, 0);
  return 0;
}

static void tell_closing(lua_State *L, sys_fd fd) {
  lua_pushcfunction(L, call_closing);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  lua_pushinteger(L, fd);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1); /* the descriptor has to be closed whatever the scheduler says */
}

void ps_scheduler_closing(lua_State *L, sys_fd fd) {
  const World *world = ps_world(L);
  if (!world->scheduler) return;
  tell_closing(L, fd);
  for (sys_fd set; (set = ps_stand_in_lose(world, fd)) != SYS_NO_FD;) tell_closing(L, set);
}

int64_t ps_time_left(lua_State *L, const Wait *wait) {
  if (wait->timeout < 0) return -1;
  int place = PS_DEADLINE(ps_operation(L));
  int64_t now = sys_monotonic();
  if (lua_isnil(L, place)) {
    lua_pushinteger(L, wait->timeout > INT64_MAX - now ? INT64_MAX : now + wait->timeout);
    lua_replace(L, place);
  }
  int64_t left = lua_tointeger(L, place) - now;
  return left > 0 ? left : 0;
}

int64_t ps_may_block(lua_State *L, const Wait *wait) {
  if (wait->timeout == 0 || ps_scheduled(L)) return 0;
  return ps_time_left(L, wait);
}

static int resume(lua_State *L, int status, lua_KContext context);
static int take_result(lua_State *L, int status, lua_KContext context);

static void push_wait(lua_State *L, sys_fd fd, int events, int64_t ns) {
  if (fd == SYS_NO_FD) lua_pushnil(L);
  else lua_pushinteger(L, fd);
  lua_pushinteger(L, fd == SYS_NO_FD ? 0 : events);
  ps_timeout_push(L, ns);
}

static int is_protected(lua_State *L) { return (ps_bound(L)->flags & PS_PROTECTED) != 0; }

/* Calls the function of the scheduler that is on the stack; what it raises is the operation's failure, which 'protect' returns.
   LUA_OK, or an error is at the top. */
static int call_scheduler(lua_State *L, int nargs, int nresults, lua_KFunction k) {
  if (is_protected(L)) return lua_pcallk(L, nargs, nresults, 0, 0, k);
  lua_callk(L, nargs, nresults, 0, k);
  return LUA_OK;
}

/* scheduler:wait(fd, events, seconds), or a yield of the same, which needs less stack: comes back through 'resume' */
static int wait_in_scheduler(lua_State *L, const Bound *bound, sys_fd fd, int events, int64_t ns) {
  World *world = bound->world;
  world->turn = TURN;
  lua_settop(L, PS_DEADLINE(bound->op)); /* what it is resumed with comes there */
  if (L == world->task) {
    world->wait_fd = fd;
    world->wait_events = events;
    world->wait_ns = ns;
    world->waits = 1;
    return lua_yieldk(L, 0, 0, resume);
  }
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  lua_getfield(L, -1, "yields");
  int yields = lua_toboolean(L, -1);
  lua_pop(L, yields ? 1 : 2);
  if (!yields) push_method(L, "wait");
  push_wait(L, fd, events, ns);
  if (yields) return lua_yieldk(L, 4, 0, resume);
  return call_scheduler(L, 4, 0, resume);
}

/* where no yield is possible: the scheduler may run others meanwhile, else everything waits */
static int wait_here(lua_State *L, const Bound *bound, sys_fd fd, int events, int64_t ns) {
  if (bound->world->scheduler && push_method(L, "block")) {
    push_wait(L, fd, events, ns);
    return call_scheduler(L, 4, 0, NULL);
  }
  if (sys_wait(fd, events, ns) >= 0) return LUA_OK;
  if (errno != EINTR) {
    ps_error_push(L, errno, "poll", 0);
    return bound->flags & PS_PROTECTED ? LUA_ERRRUN : lua_error(L);
  }
  ps_run_hooks(L);
  return LUA_OK;
}

/* {== Failing: raises, or returns what stands for the failure ==} */

/* the error object is at the top */
static int fail(lua_State *L) {
  if (!is_protected(L)) return lua_error(L);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* an error of whoever was asked to wait is at the top: 'protect' returns those of our classes */
static int fail_scheduler(lua_State *L) { return ps_error_is(L, -1) ? fail(L) : lua_error(L); }

/* how much of it had been done, where that is counted */
static void set_characters_written(lua_State *L, const Operation *op) {
  if (!lua_isinteger(L, PS_PROGRESS(op))) return;
  lua_pushvalue(L, PS_PROGRESS(op));
  lua_setfield(L, -2, "characters_written");
}

/* the address as the system has it; what the caller gave may be a name or a plain table */
static int error_address(lua_State *L, const Operation *op, const Socket *s) {
  Address a;
  if (op->address == 0 || lua_isnil(L, op->address)) return 0;
  if (!ps_address_check(L, op->address, s, &a)) return ps_address_named(L, op->address);
  ps_address_push(L, &a, s->proto);
  return lua_gettop(L);
}

static int fail_errno(lua_State *L, const Operation *op, const Socket *s, int code) {
  if (op->failed != NULL) {
    int n = op->failed(L, code);
    return n == PS_ERROR ? fail(L) : n;
  }
  int progress = lua_isinteger(L, PS_PROGRESS(op));
  if (!progress && (code == EAGAIN || code == EWOULDBLOCK)) {
    lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_WOULD_BLOCK);
    return fail(L);
  }
  ps_error_push(L, code, op->name, error_address(L, op, s));
  if (progress) set_characters_written(L, op);
  return fail(L);
}

static int fail_timeout(lua_State *L, const Operation *op, const Socket *s) {
  if (op->failed != NULL) return op->failed(L, EAGAIN);
  int address = error_address(L, op, s);
  ps_error_push_class(L, "TimeoutError", op->name, "timed out");
  if (address != 0) {
    lua_pushvalue(L, address);
    lua_setfield(L, -2, "address");
  }
  set_characters_written(L, op);
  return fail(L);
}

/* {== The one loop ==} */

int ps_flags_at(lua_State *L, int arg, Wait *wait) {
  if (lua_isnoneornil(L, arg)) return 0;
  int flags = ps_check_int(L, arg, "flags");
  if (flags & MSG_DONTWAIT) wait->policy = PS_WAIT_NEVER;
  return flags;
}

static int would_block(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINPROGRESS || code == EALREADY;
}

/* Does the socket's mode, or the attempt's wish, allow it to wait? */
static int may_wait(lua_State *L, const Socket *s, const Wait *wait) {
  if (wait->policy == PS_WAIT_ALWAYS) return 1;
  if (wait->timeout >= 0) return wait->timeout > 0;
  /* a blocking socket: its descriptor would block only if it was made non-blocking for the scheduler's sake */
  return wait->policy != PS_WAIT_NEVER && (s->mode == PS_FD_NONBLOCKING || ps_scheduled(L));
}

/* A task must not block in the kernel, and must not keep the others from their turn. */
static int prepare_task(lua_State *L, const Bound *bound, Socket *s) {
  World *world = bound->world;
  if (s != NULL && s->fd != SYS_NO_FD && s->mode != PS_FD_NONBLOCKING && ps_scheduled(L)) {
    if (sys_set_nonblocking(s->fd, 1) == 0) s->mode = PS_FD_NONBLOCKING;
  }
  if (--world->turn < 0) {
    world->turn = TURN;
    if (in_task(L, world)) return wait_in_scheduler(L, bound, SYS_NO_FD, 0, 0);
  }
  return LUA_OK;
}

/* The scheduler's resolver has answered: the result at the top becomes the progress. */
static void keep_result(lua_State *L, const Operation *op) {
  if (!lua_istable(L, -1)) luaL_error(L, "the scheduler's resolver gave a %s, not a table", luaL_typename(L, -1));
  lua_replace(L, PS_PROGRESS(op));
}

/* An attempt wants to wait, or has failed: PS_AGAIN, or what the operation returns. */
static int wait_or_fail(lua_State *L, const Bound *bound, Socket *s, Wait *wait, int code) {
  const Operation *op = bound->op;
  if (code == EINTR) {
    ps_run_hooks(L);
    return PS_AGAIN;
  }
  if (!would_block(code) || !may_wait(L, s, wait)) return fail_errno(L, op, s, code);
  if (wait->timeout == 0) wait->timeout = -1; /* it waits all the same: for as long as it takes */
  int64_t left = ps_time_left(L, wait);
  if (left == 0) return fail_timeout(L, op, s);
  if (wait->pause >= 0 && (left < 0 || wait->pause < left)) left = wait->pause;
  int status = (in_task(L, bound->world) ? wait_in_scheduler : wait_here)(L, bound, wait->fd, wait->events, left);
  return status == LUA_OK ? PS_AGAIN : fail_scheduler(L);
}

/* calls what the attempt has put on the stack, and keeps its result */
static int ask_scheduler(lua_State *L, const Operation *op) {
  if (call_scheduler(L, lua_gettop(L) - PS_DEADLINE(op) - 1, 1, take_result) != LUA_OK) return fail_scheduler(L);
  keep_result(L, op);
  return PS_AGAIN;
}

static int done_without_results(lua_State *L, const Bound *bound) {
  if (!(bound->flags & PS_PROTECTED)) return 0;
  lua_pushboolean(L, 1);
  return 1;
}

/* Runs until the attempt succeeds, fails or times out. May leave through lua_callk: all state is on the Lua stack. */
static int perform(lua_State *L, const Bound *bound, Socket *s) {
  const Operation *op = bound->op;
  for (;; lua_settop(L, PS_DEADLINE(op))) {
    Wait wait = {
        .op = op, .fd = s ? s->fd : SYS_NO_FD, .events = op->events, .timeout = s ? s->timeout : -1, .pause = -1};
    int n = op->attempt(L, s, &wait);
    if (n > 0) return n;
    if (n == 0) return done_without_results(L, bound);
    if (n == PS_ERRNO) n = wait_or_fail(L, bound, s, &wait, errno);
    else if (n == PS_CALL) n = ask_scheduler(L, op);
    else if (n == PS_ERROR) n = fail(L);
    if (n != PS_AGAIN) return n;
  }
}

static int resume(lua_State *L, int status, lua_KContext context) {
  const Bound *bound = ps_bound(L);
  int top = PS_DEADLINE(bound->op);
  (void)context;
  int raised = status != LUA_OK && status != LUA_YIELD;
  int given = lua_gettop(L) > top && lua_toboolean(L, -1); /* it was resumed with an error */
  if (raised || given) return fail_scheduler(L);
  lua_settop(L, top);
  return perform(L, bound, ps_socket_to(L, bound->world, 1));
}

/* what PS_CALL asked for has come back after a yield */
static int take_result(lua_State *L, int status, lua_KContext context) {
  if (status != LUA_OK && status != LUA_YIELD) return fail_scheduler(L);
  keep_result(L, ps_operation(L));
  return resume(L, status, context);
}

int ps_operation_run(lua_State *L) {
  const Bound *bound = ps_bound(L);
  const Operation *op = bound->op;
  const World *world = bound->world;
  if (world->tracing && !(bound->flags & PS_TRACED)) return ps_trace_run(L);
  Socket *s = NULL;
  if ((bound->flags & (PS_METHOD | PS_OTHER)) == PS_METHOD) {
    s = ps_socket_to(L, world, 1);
    if (s == NULL) ps_type_error(L, 1, "socket");
  }
  if (op->check != NULL) op->check(L, s);
  if (lua_gettop(L) > op->nargs) lua_settop(L, op->nargs);
  lua_settop(L, PS_DEADLINE(op));
  if (L != world->main) run_missed_hooks(L, world->main);
  if (world->scheduler && prepare_task(L, bound, s) != LUA_OK) return fail_scheduler(L);
  return perform(L, bound, s);
}

void ps_operation_push(lua_State *L, const Operation *op, int flags) {
  Bound *bound = lua_newuserdatauv(L, sizeof *bound, 0);
  *bound = (Bound){.op = op, .flags = flags};
  ps_function_push(L, op->name, ps_operation_run, flags, 1);
  lua_getupvalue(L, -1, PS_UP_WORLD);
  bound->world = lua_touserdata(L, -1);
  lua_pop(L, 1);
}

void ps_operations_register(lua_State *L, int index, const Operation *operations, int flags) {
  index = lua_absindex(L, index);
  for (; operations->name != NULL; operations++) {
    ps_operation_push(L, operations, flags);
    lua_setfield(L, index, operations->name);
  }
}

/* {== The seam for schedulers ==} */

/***
Gives waiting into the hands of a scheduler, in the coroutines that it started; everywhere else calls wait as before.
@function setscheduler
@param s nil for none, or an object with `s:wait(fd, events, timeout)`: returns when `fd` is ready for `events`
  (1 read, 2 write, 3 either) or when `timeout` seconds have passed (nil: no limit), and may yield; without `fd` (nil) it waits
  for the time alone, and with a time of 0 lets others run. It may have: `s.tasks`, a table whose keys are the coroutines it
  started: no others wait through it (without, all that can yield do); `s:closing(fd)`, called before a descriptor is closed:
  who waits on it has to be woken; `s:block(fd, events, timeout)`, called instead of `wait` in a coroutine that is no task of
  its, or cannot yield: it returns when the descriptor is ready, having run others meanwhile; `s.yields`: if true, `wait` is
  not called, but the coroutine yields `s, fd, events, timeout`, to be resumed with nothing, or with an error for it to raise;
  `s:resolve(host, port, family, type, proto, flags)`, which gives what `getaddrinfo` gives.
@return the scheduler there was before
*/
static int f_setscheduler(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_isnil(L, 1) && (lua_isboolean(L, 1) || lua_isnumber(L, 1) || lua_isstring(L, 1) || lua_isfunction(L, 1)))
    ps_type_error(L, 1, "object with a method 'wait'");
  if (!lua_isnil(L, 1) && lua_getfield(L, 1, "wait") == LUA_TNIL)
    ps_arg_error(L, 1, "the scheduler has no method 'wait'");
  lua_settop(L, 1);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  ps_world(L)->scheduler = !lua_isnil(L, 1);
  ps_world(L)->task = NULL;
  ps_world(L)->turn = TURN;
  return 1;
}

/***
The scheduler in whose hands waiting is.
@function getscheduler
@return what `setscheduler` was given, or nil
*/
static int f_getscheduler(lua_State *L) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  return 1;
}

static const luaL_Reg functions[] = {{"setscheduler", f_setscheduler}, {"getscheduler", f_getscheduler}, {NULL, NULL}};

void ps_operation_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
