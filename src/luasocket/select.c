/* SPDX-License-Identifier: MIT */
/* LuaSocket's select and sleep. */

#include "luasocket.h"

/* an object of a list; items are in the order of the lists */
typedef struct Item {
  int list; /* 1: to read, 2: to write */
  int dirty;
} Item;

typedef struct Set {
  size_t count, dirty;
  Item *items;
  sys_Poll *fds;
} Set;

enum { RECEIVERS = 1, SENDERS, TIMEOUT, SET, OBJECTS, SLOTS = OBJECTS };

/* calls a method of the object at the top, if it has the method; 1: the result is true, and stays at the top */
static int call_method(lua_State *L, const char *name) {
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 1);
    return 0;
  }
  lua_pushvalue(L, -2);
  lua_call(L, 1, 1);
  if (lua_toboolean(L, -1)) return 1;
  lua_pop(L, 1);
  return 0;
}

/* returns the descriptor of the object at the top, or SYS_NO_FD; '*dirty': the object has unread bytes */
static sys_fd descriptor(lua_State *L, int *dirty) {
  const Conn *c = lua_touserdata(L, -1);
  *dirty = 0;
  if (c != NULL && lua_rawlen(L, -1) == sizeof *c && c->carrier.world == ps_world(L)) {
    *dirty = ps_block_held(&c->buffer.block) > 0;
    return c->carrier.socket->fd;
  }
  if (!call_method(L, "getfd")) return SYS_NO_FD;
  double number = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : -1;
  lua_pop(L, 1);
  if (!(number >= 0 && number < INT_MAX)) return SYS_NO_FD;
  *dirty = call_method(L, "dirty");
  if (*dirty) lua_pop(L, 1);
  return (sys_fd)number;
}

/* Adds the objects of a list that have a descriptor. */
static void collect(lua_State *L, int list, size_t room, Set *set) {
  if (lua_isnil(L, list)) return;
  for (lua_Integer i = 1; set->count < room && lua_geti(L, list, i) != LUA_TNIL; i++) {
    int dirty;
    sys_fd fd = descriptor(L, &dirty);
    if (fd == SYS_NO_FD) {
      lua_pop(L, 1);
      continue;
    }
    dirty = dirty && list == RECEIVERS;
    set->items[set->count] = (Item){.list = list, .dirty = dirty};
    set->fds[set->count] = (sys_Poll){.fd = fd, .events = list == RECEIVERS ? POLLIN : POLLOUT};
    set->dirty += (size_t)dirty;
    lua_rawseti(L, OBJECTS, (lua_Integer)++set->count);
  }
  lua_settop(L, OBJECTS);
}

/* Whether the item is ready, as select(2) defines it. An item with a hang-up alone is ready, since no other event
   will follow. */
static int is_ready(const Item *item, const sys_Poll *p) {
  if (item->dirty) return 1;
  int heard = item->list == RECEIVERS ? POLLIN | POLLERR | POLLHUP | POLLNVAL : POLLOUT | POLLERR | POLLNVAL;
  return (p->revents & heard) != 0 || (p->revents & ~(POLLIN | POLLOUT)) != 0;
}

/* Adds the object at the top to the sequence and set at 'result', once. */
static lua_Integer add(lua_State *L, int result, lua_Integer count) {
  lua_pushvalue(L, -1);
  if (lua_rawget(L, result) != LUA_TNIL) {
    lua_pop(L, 2);
    return count;
  }
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_rawseti(L, result, ++count);
  lua_pushnumber(L, (double)count);
  lua_rawset(L, result);
  return count;
}

static int push_results(lua_State *L) {
  const Set *set = lua_touserdata(L, SET);
  lua_Integer counts[3] = {0};
  lua_settop(L, SLOTS);
  lua_newtable(L);
  lua_newtable(L);
  for (size_t i = 0; i < set->count; i++) {
    const Item *item = &set->items[i];
    if (!is_ready(item, &set->fds[i])) continue;
    lua_rawgeti(L, OBJECTS, (lua_Integer)i + 1);
    counts[item->list] = add(L, SLOTS + item->list, counts[item->list]);
  }
  if (counts[RECEIVERS] + counts[SENDERS] > 0) return 2;
  lua_pushliteral(L, "timeout");
  return 3;
}

/* poll has returned a flat list of descriptors and events, in the order of its arguments */
static int polled(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  Set *set = lua_touserdata(L, SET);
  lua_Integer place = 1;
  for (size_t i = 0; i < set->count; i++) {
    lua_rawgeti(L, -1, place);
    lua_rawgeti(L, -2, place + 1);
    int is = !lua_isnil(L, -2) && lua_tointeger(L, -2) == set->fds[i].fd;
    set->fds[i].revents = is ? (short)lua_tointeger(L, -1) : 0;
    if (is) place += 2;
    lua_pop(L, 2);
  }
  return push_results(L);
}

/* Waits with the core's poll, which tasks may call, too. */
static int wait_for_events(lua_State *L, const Set *set, double seconds) {
  lua_pushvalue(L, lua_upvalueindex(PS_UP_OWN));
  lua_createtable(L, (int)set->count * 2, 0);
  for (size_t i = 0; i < set->count; i++) {
    lua_pushinteger(L, set->fds[i].fd);
    lua_rawseti(L, -2, 2 * (lua_Integer)i + 1);
    lua_pushinteger(L, set->fds[i].events);
    lua_rawseti(L, -2, 2 * (lua_Integer)i + 2);
  }
  if (seconds >= 0 && seconds < 1e9) lua_pushnumber(L, seconds);
  else lua_pushnil(L);
  lua_callk(L, 2, 1, 0, polled);
  return polled(L, LUA_OK, 0);
}

static size_t length_of(lua_State *L, int list) {
  if (lua_isnil(L, list)) return 0;
  luaL_checktype(L, list, LUA_TTABLE);
  return (size_t)luaL_len(L, list);
}

/***
Waits until objects are readable or writable. An object with received bytes in its buffer is readable.
@function select
@async
@tparam ?table recvt a sequence of objects to read from; objects of other libraries need a method `getfd`, and may have
`dirty`
@tparam ?table sendt a sequence of objects to write to
@tparam[opt] number timeout seconds; nil or negative: no limit
@treturn table the readable objects of `recvt`, as a sequence and as keys
@treturn table the writable objects of `sendt`, likewise
@treturn ?string `"timeout"` if both are empty
*/
static int f_select(lua_State *L) {
  double seconds = luaL_optnumber(L, TIMEOUT, -1);
  lua_settop(L, TIMEOUT);
  size_t room = length_of(L, RECEIVERS) + length_of(L, SENDERS);
  Set *set = lua_newuserdatauv(L, sizeof *set + room * (sizeof *set->items + sizeof *set->fds), 0);
  *set = (Set){.items = (Item *)(set + 1)};
  set->fds = (sys_Poll *)(set->items + room);
  lua_createtable(L, (int)room, 0);
  collect(L, RECEIVERS, room, set);
  collect(L, SENDERS, room, set);
  int n = sys_poll(set->fds, set->count, 0);
  if (n > 0 || set->dirty > 0 || seconds == 0) return push_results(L);
  return wait_for_events(L, set, seconds);
}

/***
Pauses the program, or, in a task, the task while other tasks run.
@function sleep
@async
@tparam number time seconds
*/
/* the progress is the time of the end */
static int try_sleep(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  int progress = PS_PROGRESS(wait->op);
  int64_t now = sys_monotonic();
  if (lua_isnil(L, progress)) {
    double seconds = lua_tonumber(L, 1);
    lua_pushinteger(L, seconds > 0 ? ps_deadline(ps_nanoseconds(seconds)) : now);
    lua_replace(L, progress);
  }
  wait->pause = lua_tointeger(L, progress) - now;
  if (wait->pause <= 0) return 0;
  errno = EAGAIN;
  return PS_ERRNO;
}

static void check_sleep(lua_State *L, Socket *s) {
  (void)s;
  luaL_checknumber(L, 1);
}

/* clang-format off */
static const Operation operations[] = {
    {"sleep",             1,        0,        0,      try_sleep, check_sleep, NULL},
    {NULL,                0,        0,        0,      NULL,      NULL,        NULL},
};
/* clang-format on */

/* Adds the functions to the table at the top; the core's local table is at 'local'. */
void ps_conn_select_open(lua_State *L, int local) {
  ps_operations_register(L, -1, operations, PS_NO_SOCKET);
  lua_getfield(L, local, "poll");
  ps_function_push(L, "select", f_select, 0, 1);
  lua_setfield(L, -2, "select");
}
