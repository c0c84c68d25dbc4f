/* SPDX-License-Identifier: MIT */
/*
** Ancillary data: converts Lua's items {level, type, data} to a control block, and back. The block owns the descriptors
** that came with a message until the results of the call contain them: it is a to-be-closed value, made before the
** system call, and closes the descriptors that it still owns.
*/
#include <limits.h>
#include <string.h>

#include "message.h"

#define HEADER ((size_t)CMSG_LEN(0)) /* where the data of an item begins */
#define CONTROL_MAX ((size_t)INT_MAX)

struct Control {
  size_t len; /* bytes received whose descriptors the block owns */
  size_t size;
  int released; /* the block gives its descriptors up when the operation ends */
  _Alignas(struct cmsghdr) char block[];
};

static const char control_key = 0; /* the key of its metatable in the registry */

/***
An item of ancillary data: a sequence of three elements, which also have names.
@class cmsg
@tfield integer cmsg_level such as `SOL_SOCKET`
@tfield integer cmsg_type such as `SCM_RIGHTS`
@tfield string cmsg_data the bytes of the data: see `string.unpack`
*/
static const char *const fields[] = {"cmsg_level", "cmsg_type", "cmsg_data", NULL};

void ps_ancillary_add(lua_State *L, int list, int level, int type) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, list);
  lua_rawseti(L, list, count + 3);
  lua_pushinteger(L, level);
  lua_rawseti(L, list, count + 1);
  lua_pushinteger(L, type);
  lua_rawseti(L, list, count + 2);
}

/* Pushes field 'field' (from 0) of the item at 'item', found by position or by name. Returns its type. */
static int push_field(lua_State *L, int item, int field) {
  int type = lua_geti(L, item, field + 1);
  if (type != LUA_TNIL) return type;
  lua_pop(L, 1);
  return lua_getfield(L, item, fields[field]);
}

static int check_field(lua_State *L, int arg, lua_Integer i, int item, int field) {
  int isnum;
  push_field(L, item, field);
  lua_Integer value = ps_to_integer(L, -1, &isnum);
  if (!isnum || value < INT_MIN || value > INT_MAX)
    ps_arg_error(L, arg, "ancdata[%I]: %s must be a C int, got %s", i, fields[field], ps_describe(L, -1));
  lua_pop(L, 1);
  return (int)value;
}

/* Adds the item at the top, ancdata[i], to the flat sequence below it, and pops the item. */
static void check_item(lua_State *L, int arg, lua_Integer i) {
  int item = lua_gettop(L);
  if (lua_type(L, item) != LUA_TTABLE || lua_rawlen(L, item) > 3)
    ps_arg_error(L, arg, "ancdata[%I] must be {level, type, data}, got %s", i,
                 lua_istable(L, item) ? "more elements" : ps_type_name(L, item));
  int level = check_field(L, arg, i, item, 0), type = check_field(L, arg, i, item, 1);
  if (push_field(L, item, 2) != LUA_TSTRING && !ps_bytes_is(L, -1))
    ps_arg_error(L, arg, "ancdata[%I]: cmsg_data must be a string or bytearray, got %s", i, ps_type_name(L, item + 1));
  ps_ancillary_add(L, item - 1, level, type);
  lua_settop(L, item - 1);
}

void ps_ancillary_check(lua_State *L, int arg) {
  if (lua_isnil(L, arg)) return;
  if (lua_type(L, arg) != LUA_TTABLE) ps_arg_error(L, arg, "ancdata must be a table, got %s", ps_type_name(L, arg));
  lua_Integer count = (lua_Integer)lua_rawlen(L, arg);
  lua_newtable(L);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, arg, i);
    check_item(L, arg, i);
  }
  lua_replace(L, arg);
}

/* The data of item 'i' (from 0) of the flat sequence, which keeps it alive. */
static const char *data_of(lua_State *L, int list, lua_Integer i, size_t *len) {
  lua_rawgeti(L, list, 3 * i + 3);
  const char *data = ps_check_buffer(L, lua_gettop(L), "cmsg_data", len);
  lua_pop(L, 1);
  return data;
}

lua_Integer ps_ancillary_size(lua_State *L, int list) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, list) / 3; /* 0 for nil */
  const char *name = ps_operation(L)->name;
  size_t size = 0, len;
  for (lua_Integer i = 0; i < count; i++) {
    data_of(L, list, i, &len);
    if (len > CONTROL_MAX - CMSG_SPACE(1))
      return ps_error_push_class(L, "OSError", name, "ancillary data item too large");
    size += CMSG_SPACE(len);
    if (size > CONTROL_MAX) return ps_error_push_class(L, "OSError", name, "too much ancillary data");
  }
  return (lua_Integer)size;
}

void ps_ancillary_fill(lua_State *L, int list, char *block) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, list) / 3;
  for (lua_Integer i = 0; i < count; i++) {
    size_t len;
    struct cmsghdr header;
    const char *data = data_of(L, list, i, &len);
    lua_rawgeti(L, list, 3 * i + 1);
    lua_rawgeti(L, list, 3 * i + 2);
    memset(&header, 0, sizeof header);
    header.cmsg_len = CMSG_LEN(len);
    header.cmsg_level = (int)lua_tointeger(L, -2);
    header.cmsg_type = (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
    memset(block, 0, CMSG_SPACE(len));
    memcpy(block, &header, sizeof header);
    memcpy(block + HEADER, data, len);
    block += CMSG_SPACE(len);
  }
}

typedef struct Item {
  int level, type;
  const char *data;
  size_t len;
} Item;

enum { ITEM_END, ITEM_WHOLE, ITEM_CUT, ITEM_BAD };

/* Reads the item at '*at', and moves '*at' to the next one. The bytes may be anything. */
static int next_item(const char *block, size_t size, size_t *at, Item *item) {
  struct cmsghdr header;
  if (size - *at < HEADER) return ITEM_END;
  const char *start = block + *at;
  size_t rest = size - *at;
  *at = size; /* unless another item follows */
  memcpy(&header, start, sizeof header);
  if (header.cmsg_len < HEADER) return ITEM_BAD;
  item->level = header.cmsg_level;
  item->type = header.cmsg_type;
  item->data = start + HEADER;
  item->len = header.cmsg_len - HEADER;
  if (item->len > rest - HEADER) {
    item->len = rest - HEADER;
    return ITEM_CUT;
  }
  if (CMSG_SPACE(item->len) < rest) *at = size - rest + CMSG_SPACE(item->len);
  return ITEM_WHOLE;
}

/* Pushes {level, type, data}. */
static void push_item(lua_State *L, const Item *item) {
  lua_createtable(L, 3, 0);
  lua_pushinteger(L, item->level);
  lua_rawseti(L, -2, 1);
  lua_pushinteger(L, item->type);
  lua_rawseti(L, -2, 2);
  lua_pushlstring(L, item->data, item->len);
  lua_rawseti(L, -2, 3);
  ps_tuple_dress(L, "cmsg");
}

void ps_ancillary_push(lua_State *L, const char *block, size_t len) {
  Item item;
  size_t at = 0;
  lua_Integer count = 0;
  int found;
  lua_newtable(L);
  while ((found = next_item(block, len, &at, &item)) != ITEM_END) {
    if (found != ITEM_WHOLE) lua_warning(L, "received malformed or improperly truncated ancillary data", 0);
    if (found == ITEM_BAD) return;
    push_item(L, &item);
    lua_rawseti(L, -2, ++count);
  }
}

static int holds_descriptors(int level, int type) {
  (void)type;
  if (level != SOL_SOCKET) return 0;
#ifdef SCM_PIDFD
  if (type == SCM_PIDFD) return 1;
#endif
#ifdef SCM_RIGHTS
  if (type == SCM_RIGHTS) return 1;
#endif
  return 0;
}

/* The descriptors in item 'i' of the sequence at 'items', which keeps their bytes alive, or NULL. '*sent' is set if the
   peer has sent them, and not if the system has added them (SO_PASSPIDFD). An incomplete descriptor at the end is not
   counted. Needs no memory. */
static const char *descriptors_of(lua_State *L, int items, lua_Integer i, size_t *count, int *sent) {
  int top = lua_gettop(L);
  const char *data = NULL;
  size_t len = 0;
  if (lua_rawgeti(L, items, i) == LUA_TTABLE) {
    lua_rawgeti(L, top + 1, 1);
    lua_rawgeti(L, top + 1, 2);
    int level = (int)lua_tointeger(L, -2), type = (int)lua_tointeger(L, -1);
    if (holds_descriptors(level, type) && lua_rawgeti(L, top + 1, 3) == LUA_TSTRING) data = lua_tolstring(L, -1, &len);
#ifdef SCM_RIGHTS
    *sent = type == SCM_RIGHTS;
#else
    *sent = 0;
#endif
  }
  lua_settop(L, top);
  *count = len / sizeof(int);
  return data;
}

static int descriptor_at(const char *data, size_t i) {
  int fd;
  memcpy(&fd, data + i * sizeof fd, sizeof fd);
  return fd;
}

static void close_items(lua_State *L, int items, int all) {
  size_t count;
  int sent = 0;
  lua_Integer last = (lua_Integer)lua_rawlen(L, items);
  for (lua_Integer i = 1; i <= last; i++) {
    const char *data = descriptors_of(L, items, i, &count, &sent);
    for (size_t k = 0; k < count && (all || !sent); k++)
      if (descriptor_at(data, k) >= 0) sys_close_aside(descriptor_at(data, k));
  }
}

/***
Closes the descriptors in ancillary data. It allocates no memory, so it also works when memory has run out.
@function close_descriptors
@local
@tparam table received a table whose element 1 is the ancillary data, or false
*/
static int f_close_descriptors(lua_State *L) {
  if (lua_rawgeti(L, 1, 1) == LUA_TTABLE) close_items(L, lua_gettop(L), 1);
  return 0;
}

/***
Takes the descriptors that the peer has sent out of ancillary data, and closes the others.
@function take_descriptors
@local
@tparam table received a table whose element 1 is the ancillary data, and becomes false
@treturn integer[] the descriptors
*/
static int f_take_descriptors(lua_State *L) {
  size_t count;
  int sent = 0;
  lua_settop(L, 1);
  lua_rawgeti(L, 1, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer last = (lua_Integer)lua_rawlen(L, 2), taken = 0;
  lua_newtable(L);
  for (lua_Integer i = 1; i <= last; i++) {
    const char *data = descriptors_of(L, 2, i, &count, &sent);
    for (size_t k = 0; k < count && sent; k++) {
      lua_pushinteger(L, descriptor_at(data, k));
      lua_rawseti(L, 3, ++taken);
    }
  }
  close_items(L, 2, 0);
  lua_pushboolean(L, 0);
  lua_rawseti(L, 1, 1);
  return 1;
}

static void for_each_descriptor(const Control *c, void (*act)(sys_fd fd)) {
  Item item;
  size_t at = 0;
  for (int found; (found = next_item(c->block, c->len, &at, &item)) != ITEM_END && found != ITEM_BAD;) {
    if (!holds_descriptors(item.level, item.type)) continue;
    for (size_t i = 0; i < item.len / sizeof(int); i++)
      if (descriptor_at(item.data, i) >= 0) act(descriptor_at(item.data, i));
  }
}

static void close_descriptor(sys_fd fd) { sys_close_aside(fd); }

static int control_gc(lua_State *L) {
  Control *c = lua_touserdata(L, 1);
  for_each_descriptor(c, close_descriptor);
  c->len = 0;
  return 0;
}

/* Called at the end of the operation. If a hook raises an error at this call (Ctrl-C), the collector closes the
   descriptors. */
static int control_close(lua_State *L) {
  Control *c = lua_touserdata(L, 1);
  if (c->released) c->len = 0;
  return control_gc(L);
}

Control *ps_control_new(lua_State *L, size_t size) {
  int progress = PS_PROGRESS(ps_operation(L));
  Control *c = lua_touserdata(L, progress);
  if (c != NULL || size == 0) return c;
  c = lua_newuserdatauv(L, sizeof *c + size, 0);
  *c = (Control){.size = size};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &control_key);
  lua_setmetatable(L, -2);
  lua_replace(L, progress);
  lua_toclose(L, progress);
  return c;
}

#ifdef MSG_CMSG_CLOEXEC
#define CLOEXEC MSG_CMSG_CLOEXEC
static void shield(const Control *c) { (void)c; }
#else
#define CLOEXEC 0
static void shield_descriptor(sys_fd fd) { sys_set_inheritable(fd, 0); }
static void shield(const Control *c) { for_each_descriptor(c, shield_descriptor); }
#endif

ssize_t ps_control_receive(Control *c, sys_fd fd, struct msghdr *msg, int flags) {
  msg->msg_control = c != NULL ? c->block : NULL;
  msg->msg_controllen = c != NULL ? c->size : 0;
  ssize_t n = sys_recvmsg(fd, msg, flags | CLOEXEC);
  if (n < 0) return n;
  msg->msg_flags &= ~(CLOEXEC & ~flags); /* the system returns this flag, too */
  if (c == NULL) return n;
  c->len = msg->msg_controllen < c->size ? msg->msg_controllen : c->size;
  shield(c);
  return n;
}

void ps_control_push(lua_State *L, const Control *c) {
  if (c != NULL) ps_ancillary_push(L, c->block, c->len);
  else lua_newtable(L);
}

void ps_control_release(Control *c) {
  if (c != NULL) c->released = 1;
}

static const luaL_Reg functions[] = {
    {"close_descriptors", f_close_descriptors}, {"take_descriptors", f_take_descriptors}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", control_gc}, {"__close", control_close}, {NULL, NULL}};

void ps_ancillary_open(lua_State *L) {
  ps_tuple_define(L, "cmsg", fields);
  ps_register(L, PS_OPEN_LOCAL, functions, 0);
  lua_createtable(L, 0, 2);
  ps_register(L, -1, metamethods, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &control_key);
}
