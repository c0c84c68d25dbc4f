/* SPDX-License-Identifier: MIT */
/*
** The waiting engine, and the only code that decides whether a call waits, and how long. Each such call is a row: an attempt, and
** what to wait for. All of its state is on the Lua stack, since a wait may yield: the arguments, then what the attempts keep,
** then the deadline.
*/
#include "loop/loop.h"

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
  if (wait->timeout == 0 || ps_scheduled(L, ps_bound(L)->world)) return 0;
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

/* Is it known how much of it has been done? Only what is sent is counted. */
static int is_counted(lua_State *L, const Operation *op) {
  return op->events == SYS_WRITE && lua_isinteger(L, PS_PROGRESS(op));
}

/* Calls the function of the scheduler that is on the stack; what it raises is the operation's failure, which 'protect' returns,
   and which tells what has been sent. LUA_OK, or an error is at the top. */
static int call_scheduler(lua_State *L, const Bound *bound, int nargs, int nresults, lua_KFunction k) {
  if ((bound->flags & (PS_PROTECTED | PS_COUNTED)) || is_counted(L, bound->op))
    return lua_pcallk(L, nargs, nresults, 0, (lua_KContext)bound, k);
  lua_callk(L, nargs, nresults, (lua_KContext)bound, k);
  return LUA_OK;
}

/* The socket of the operation whose self is at 1, or NULL. */
static Socket *socket_of(lua_State *L, const Bound *bound) {
  if (bound->flags & PS_CARRIER) return ((const Carrier *)lua_touserdata(L, 1))->socket;
  return ps_socket_to(L, bound->world, 1);
}

/* What the operation waits for, as a loop has it: only of its own socket's descriptor is anything believed. */
static Waiting waiting_of(const Socket *s, const Wait *wait, int64_t ns, int again) {
  return (Waiting){
      .fd = wait->fd, .events = wait->events, .ns = ns, .again = again, .foreign = s == NULL || wait->fd != s->fd};
}

/* scheduler:wait(fd, events, seconds), or a yield of the same, which needs less stack: comes back through 'resume'. The slots
   of state are at the top: what it is resumed with comes behind them. In a task of a loop that yield has no values. */
static int wait_in_scheduler(lua_State *L, const Bound *bound, const Waiting *what) {
  World *world = bound->world;
  if (world->task != NULL) {
    int status = ps_task_wait(L, what);
    return status == LUA_OK ? lua_yieldk(L, 0, (lua_KContext)bound, resume) : status;
  }
  ps_turn_begin(world);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  lua_getfield(L, -1, "yields");
  int yields = lua_toboolean(L, -1);
  lua_pop(L, yields ? 1 : 2);
  if (!yields && !ps_scheduler_method(L, "wait")) luaL_error(L, "the scheduler has no method 'wait' any more");
  push_wait(L, what->fd, what->events, what->ns);
  if (yields) return lua_yieldk(L, 4, (lua_KContext)bound, resume);
  return call_scheduler(L, bound, 4, 0, resume);
}

#define AT_ONCE_NS 5000 /* a poll(2) that took so long, or less, found the event there */

/* A wait for input took that long: the next receive had better wait first, or not. See ps_waits_again. */
static void note_wait(Socket *s, int64_t ns) {
  s->waited = ns > AT_ONCE_NS && !s->listens && (s->family == AF_INET || s->family == AF_INET6 || s->family == AF_UNIX);
}

/* where no yield is possible: others may run meanwhile, else everything waits */
static int wait_here(lua_State *L, const Bound *bound, const Waiting *what) {
  if (bound->world->task != NULL) return ps_task_wait_here(L, what);
  if (bound->world->scheduler && ps_scheduler_method(L, "block")) {
    push_wait(L, what->fd, what->events, what->ns);
    return call_scheduler(L, bound, 4, 0, NULL);
  }
  int64_t began = sys_monotonic();
  int found = sys_wait(what->fd, what->events, what->ns);
  if (!what->foreign && what->events == SYS_READ) note_wait(socket_of(L, bound), sys_monotonic() - began);
  if (found >= 0) return LUA_OK;
  if (errno != EINTR) {
    ps_error_push(L, errno, "poll", 0);
    return bound->flags & PS_PROTECTED ? LUA_ERRRUN : lua_error(L);
  }
  ps_hooks_run(L, bound->world->main);
  return LUA_OK;
}

/* the error object is at the top */
static int fail(lua_State *L) {
  if (!is_protected(L)) return lua_error(L);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* how much of it had been done, where that is counted */
static void set_characters_written(lua_State *L, const Operation *op) {
  if (!lua_isinteger(L, PS_PROGRESS(op))) return;
  lua_pushvalue(L, PS_PROGRESS(op));
  lua_setfield(L, -2, "characters_written");
}

#define WOULD_BLOCK (PS_UP_OWN + 1) /* an upvalue: to ask the world for it takes 15 instructions more */

/* An error of whoever was asked to wait is at the top: 'protect' returns those of our classes. It may have been raised before,
   as that of a deadline, and then tells what another had sent. */
static int fail_scheduler(lua_State *L) {
  const Operation *op = ps_operation(L);
  int ours = ps_error_is(L, -1);
  if (op->events == SYS_WRITE && (ours || ps_error_is_cancelled(L)) &&
      !lua_rawequal(L, -1, lua_upvalueindex(WOULD_BLOCK))) {
    if (is_counted(L, op)) lua_pushvalue(L, PS_PROGRESS(op));
    else if (ps_bound(L)->flags & PS_COUNTED) lua_pushinteger(L, 0);
    else lua_pushnil(L);
    lua_setfield(L, -2, "characters_written");
  }
  return ours ? fail(L) : lua_error(L);
}

/* (address, socket): the address as the system has it; what the caller gave may be a name or a plain table. A lookup has no
   socket, and a host in place of the address, perhaps. */
static int system_address(lua_State *L) {
  Address a;
  const Socket *s = lua_touserdata(L, 2);
  if (!lua_istable(L, 1) && s == NULL) lua_settop(L, 1);
  else if (s == NULL || !ps_address_check(L, 1, s, &a)) ps_address_named(L, 1);
  else ps_address_push(L, &a, s->proto);
  return 1;
}

/* Pushes that of the operation; its index, or 0. The caller's table may have changed meanwhile: then there is none. */
static int error_address(lua_State *L, const Operation *op, const Socket *s) {
  if (op->address == 0 || lua_isnil(L, op->address)) return 0;
  ps_function_push(L, op->name, system_address, 0, 0);
  lua_pushvalue(L, op->address);
  lua_pushlightuserdata(L, (void *)(uintptr_t)s);
  if (lua_pcall(L, 2, 1, 0) != LUA_OK) return 0;
  return lua_gettop(L);
}

/* with the error that is made once and for all */
static int fail_would_block(lua_State *L, const Bound *bound) {
  int protected = bound->flags & PS_PROTECTED;
  if (protected) lua_pushnil(L);
  lua_pushvalue(L, lua_upvalueindex(WOULD_BLOCK));
  return protected ? 2 : lua_error(L);
}

static int fail_errno(lua_State *L, const Bound *bound, const Socket *s, int code) {
  const Operation *op = bound->op;
  if (op->failed != NULL) {
    int n = op->failed(L, code);
    if (n != 0) return n == PS_ERROR ? fail(L) : n;
  }
  int progress = is_counted(L, op);
  if (!progress && (code == EAGAIN || code == EWOULDBLOCK)) return fail_would_block(L, bound);
  ps_socket_error_push(L, s, code, op->name, error_address(L, op, s));
  if (progress) set_characters_written(L, op);
  return fail(L);
}

static int fail_timeout(lua_State *L, const Operation *op, const Socket *s) {
  int n = op->failed != NULL ? op->failed(L, EAGAIN) : 0;
  if (n != 0) return n;
  int address = error_address(L, op, s);
  ps_error_push_class(L, "TimeoutError", op->name, "timed out");
  if (address != 0) {
    lua_pushvalue(L, address);
    lua_setfield(L, -2, "address");
  }
  set_characters_written(L, op);
  return fail(L);
}

/* Is it a receive of something else than the data for which the socket becomes readable? The kernel never waits for those. */
static int is_aside(const Operation *op, int flags) {
#ifdef MSG_ERRQUEUE
  if (flags & MSG_ERRQUEUE) return 1;
#endif
  return op->events == SYS_READ && (flags & MSG_OOB) != 0;
}

int ps_given_flags(lua_State *L, int arg, Wait *wait) {
  int flags = ps_check_int(L, arg, "flags");
  Socket *s = flags & MSG_OOB ? socket_of(L, ps_bound(L)) : NULL;
  if (s != NULL && wait->op->events == SYS_READ) s->hurries = 1;
  if (is_aside(wait->op, flags)) wait->policy = PS_WAIT_NEVER;
  else if (flags & MSG_DONTWAIT) wait->policy = PS_WAIT_TIMEOUT;
  return flags | wait->flags;
}

size_t ps_piece_of(const Socket *s, struct iovec *buffers, size_t count) {
  size_t left = ps_piece(s, SIZE_MAX);
  for (size_t i = 0; i < count; left -= buffers[i++].iov_len) {
    if (buffers[i].iov_len < left) continue;
    buffers[i].iov_len = left;
    return i + 1;
  }
  return count;
}

int ps_may_block_in_kernel(lua_State *L, const Socket *s, Wait *wait) {
  if (wait->flags != 0 && s->timeout < 0 && !ps_scheduled(L, s->world)) wait->flags = 0;
  return wait->flags == 0;
}

static int would_block(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINPROGRESS || code == EALREADY;
}

/* Does the socket's timeout, or the attempt's wish, allow it to wait? */
static int may_wait(const Socket *s, const Wait *wait) {
  if (wait->policy == PS_WAIT_ALWAYS) return 1;
  if (wait->policy == PS_WAIT_NEVER) return 0;
  if (wait->timeout >= 0) return wait->timeout > 0;
  if (wait->policy == PS_WAIT_TIMEOUT) return 0;
  /* Where it may block in the kernel, EAGAIN is the answer (of SO_RCVTIMEO) unless O_NONBLOCK has been set since by a task or by
     whoever shares the open file. */
  return wait->flags != 0 || (s->mode != PS_FD_UNTOUCHED && sys_is_nonblocking(s->fd) > 0);
}

/* A task does not keep the others from their turn. */
static int take_turn(lua_State *L, const Bound *bound) {
  World *world = bound->world;
  if (!ps_turn_is_over(world)) return LUA_OK;
  ps_turn_begin(world);
  lua_settop(L, PS_DEADLINE(bound->op));
  return ps_in_task(L, world) ? wait_in_scheduler(L, bound, &(Waiting){.fd = SYS_NO_FD}) : LUA_OK;
}

/* Did the attempt not block only because there is a scheduler, which does not wait for it? */
static int may_block_after_all(lua_State *L, const Socket *s, Wait *wait) {
  return wait->timeout < 0 && wait->flags != 0 && wait->policy == PS_WAIT_MODE && ps_may_block_in_kernel(L, s, wait);
}

#define RETRY_NS 2000000 /* how soon an attempt is repeated when no event tells that it can go on */

/* what came before an attempt: nothing, a wait for its event, or an attempt that would block though its event was there */
enum { FIRST, WOKEN, REPEATED };

/* A call would block though the event that it would wait for is there: the queue of an AF_UNIX or AF_NETLINK peer is full, data lie
   before the offset of SO_PEEK_OFF, the error queue has something. No event tells of the end of that. Looks where the system has
   woken the call in vain, and before the first wait for such a peer, which might never end. */
static int waits_in_vain(const Socket *s, const Wait *wait) {
  if (wait->policy == PS_WAIT_ALWAYS || wait->fd == SYS_NO_FD) return 0;
  int peer = wait->events == SYS_WRITE && s->family != AF_INET && s->family != AF_INET6;
  return (peer || wait->tries != FIRST) && sys_wait(wait->fd, wait->events, 0) > 0;
}

/* The scheduler's resolver has answered: the result at the top becomes the progress. */
static void keep_result(lua_State *L, const Operation *op) {
  if (!lua_istable(L, -1)) luaL_error(L, "the scheduler's resolver gave a %s, not a table", luaL_typename(L, -1));
  lua_replace(L, PS_PROGRESS(op));
}

/* An attempt has got on, or was interrupted: PS_AGAIN, once the others have had their turn, or what the operation returns. */
static int go_on(lua_State *L, const Bound *bound, Wait *wait) {
  wait->tries = FIRST;
  return ps_is_scheduled(bound->world) && take_turn(L, bound) != LUA_OK ? fail_scheduler(L) : PS_AGAIN;
}

/* An attempt wants to wait, or has failed: PS_AGAIN, or what the operation returns. */
static int wait_or_fail(lua_State *L, const Bound *bound, Socket *s, Wait *wait, int code) {
  const Operation *op = bound->op;
  if (s == NULL) wait->policy = PS_WAIT_ALWAYS; /* what is no socket has no mode */
  if (code == EINTR) {
    ps_hooks_run(L, bound->world->main);
    return go_on(L, bound, wait);
  }
  int blocks = would_block(code);
  if (blocks && may_block_after_all(L, s, wait)) return PS_AGAIN;
  if (!blocks || !may_wait(s, wait)) return fail_errno(L, bound, s, code);
  if (waits_in_vain(s, wait)) {
    if (wait->tries != REPEATED) { /* the event may have come since the attempt */
      wait->tries = REPEATED;
      return PS_AGAIN;
    }
    wait->fd = SYS_NO_FD;
    wait->pause = RETRY_NS;
  }
  int again = wait->tries != FIRST;
  wait->tries = WOKEN;
  lua_settop(L, PS_DEADLINE(op));
  if (wait->timeout == 0) wait->timeout = -1; /* it waits all the same: for as long as it takes */
  int64_t left = ps_time_left(L, wait);
  if (left == 0) return fail_timeout(L, op, s);
  if (wait->pause >= 0 && (left < 0 || wait->pause < left)) left = wait->pause;
  Waiting what = waiting_of(s, wait, left, again);
  int status = (ps_in_task(L, bound->world) ? wait_in_scheduler : wait_here)(L, bound, &what);
  return status == LUA_OK ? PS_AGAIN : fail_scheduler(L);
}

/* calls what the attempt has put on the stack, and keeps its result */
static int ask_scheduler(lua_State *L, const Bound *bound) {
  int nargs = lua_gettop(L) - PS_DEADLINE(bound->op) - 1;
  if (call_scheduler(L, bound, nargs, 1, take_result) != LUA_OK) return fail_scheduler(L);
  keep_result(L, bound->op);
  return PS_AGAIN;
}

static int done_without_results(lua_State *L, const Bound *bound) {
  if (!(bound->flags & PS_PROTECTED)) return 0;
  lua_pushboolean(L, 1);
  return 1;
}

/* An attempt gave no results: PS_AGAIN, or what the operation returns. */
static int settle(lua_State *L, const Bound *bound, Socket *s, Wait *wait, int n) {
  if (n == PS_ERRNO) return wait_or_fail(L, bound, s, wait, errno);
  if (n == PS_CALL) return ask_scheduler(L, bound);
  if (n == PS_ERROR) return fail(L);
  return go_on(L, bound, wait); /* PS_AGAIN */
}

static inline Wait begin(const Operation *op, const Socket *s, int flags, int tries) {
  return (Wait){.op = op,
                .fd = s ? s->fd : SYS_NO_FD,
                .events = op->events,
                .timeout = s ? s->timeout : -1,
                .pause = -1,
                .flags = flags,
                .tries = tries};
}

/* Runs until the attempt succeeds, fails or times out. May leave through lua_callk: all state is on the Lua stack. To be inline saves
   20 instructions. */
static inline int perform(lua_State *L, const Bound *bound, Socket *s, int tries) {
  const Operation *op = bound->op;
  int n, flags = s != NULL && (s->timeout >= 0 || ps_is_scheduled(bound->world)) ? MSG_DONTWAIT : 0;
  Wait wait = begin(op, s, flags, tries);
  while ((n = op->attempt(L, s, &wait)) <= 0) {
    if (n == 0) return done_without_results(L, bound);
    n = settle(L, bound, s, &wait, n);
    if (n != PS_AGAIN) return n;
    lua_settop(L, PS_DEADLINE(op));
    wait = begin(op, s, wait.flags, wait.tries);
  }
  return n;
}

/* 'context' is the Bound of the operation */
static int resume(lua_State *L, int status, lua_KContext context) {
  const Bound *bound = (const Bound *)context;
  int top = PS_DEADLINE(bound->op);
  int raised = status != LUA_OK && status != LUA_YIELD;
  if (bound->world->task != NULL && ps_task_awake(L) != LUA_OK) return fail_scheduler(L);
  if (raised || lua_gettop(L) > top) {
    if (raised || lua_toboolean(L, -1)) return fail_scheduler(L); /* it was resumed with an error */
    lua_settop(L, top);
  }
  return perform(L, bound, socket_of(L, bound), WOKEN);
}

/* what PS_CALL asked for has come back after a yield */
static int take_result(lua_State *L, int status, lua_KContext context) {
  if (status != LUA_OK && status != LUA_YIELD) return fail_scheduler(L);
  keep_result(L, ((const Bound *)context)->op);
  return resume(L, status, context);
}

int ps_operation_run(lua_State *L) {
  const Bound *bound = ps_bound(L);
  const Operation *op = bound->op;
  const World *world = bound->world;
  if (world->trace != NULL && !(bound->flags & PS_TRACED)) return world->trace(L);
  Socket *s = NULL;
  if ((bound->flags & (PS_METHOD | PS_NO_SOCKET)) == PS_METHOD) {
    s = socket_of(L, bound);
    if (s == NULL) ps_type_error(L, 1, "socket");
  }
  if (op->check != NULL) op->check(L, s);
  if (lua_gettop(L) > op->nargs) lua_settop(L, op->nargs);
  if (!(bound->flags & PS_BARE)) lua_settop(L, PS_DEADLINE(op));
  /* one of a signal that cut a call short without EINTR (a partial send): no coroutine sees it by itself */
  if (L != world->main && ps_hooks_missed(world->main)) ps_hooks_run(L, world->main);
  if (ps_is_scheduled(world) && take_turn(L, bound) != LUA_OK) return fail_scheduler(L);
  return perform(L, bound, s, FIRST);
}

void ps_operation_push(lua_State *L, const Operation *op, int flags) {
  Bound *bound = lua_newuserdatauv(L, sizeof *bound, 0);
  *bound = (Bound){.op = op, .flags = flags};
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_WOULD_BLOCK);
  ps_function_push(L, op->name, ps_operation_run, flags, 2);
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
