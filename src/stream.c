/* SPDX-License-Identifier: MIT */
/* The userdata of a file: its life, who may use it, and what the Lua layer asks of it. */
#include "stream.h"

/* They are told apart by their size: see ps_socket_to. */
_Static_assert(sizeof(Stream) != sizeof(Socket) && sizeof(Stream) != PS_BUFFER_SIZE, "sizes have to differ");

const char ps_stream_type[] = "pysocket.stream";

Stream *ps_stream_check(lua_State *L, int arg) {
  int top = lua_gettop(L);
  Stream *f = ps_stream_push(L, arg);
  lua_settop(L, top);
  if (f == NULL) ps_type_error(L, 1, "file");
  else if (f->socket == NULL) ps_arg_error(L, 1, "I/O operation on closed file");
  return f;
}

int ps_stream_unsupported(lua_State *L, const char *reason) {
  ps_error_push_class(L, "UnsupportedOperation", lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), "%s", reason);
  return lua_error(L);
}

Stream *ps_stream_readable(lua_State *L, int arg) {
  Stream *f = ps_stream_check(L, arg);
  if (f->in == NULL) ps_stream_unsupported(L, "not readable");
  return f;
}

Stream *ps_stream_writable(lua_State *L, int arg) {
  Stream *f = ps_stream_check(L, arg);
  if (!f->writable) ps_stream_unsupported(L, "not writable");
  return f;
}

Stream *ps_stream_self(lua_State *L) {
  Stream *f = ps_stream_at(L, 1);
  if (f == NULL) ps_type_error(L, 1, "stream");
  return f;
}

void ps_stream_method(lua_State *L, const Operation *row, const char *name, lua_CFunction method) {
  ps_operation_push(L, row, PS_METHOD);
  lua_getupvalue(L, -1, PS_UP_OWN);
  lua_getupvalue(L, -2, PS_UP_OWN + 1);
  lua_pushliteral(L, "");
  ps_function_push(L, name, method, PS_METHOD, 3);
  lua_setfield(L, -3, name);
  lua_pop(L, 1);
}

/* the number that is a field of the table at 'index'; 'absent' where it is nil */
static lua_Integer option(lua_State *L, int index, const char *name, lua_Integer absent) {
  lua_getfield(L, index, name);
  lua_Integer value = luaL_optinteger(L, -1, absent);
  lua_pop(L, 1);
  return value < 0 ? 0 : value;
}

static int option_is(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  int is = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is;
}

/* The place of the newline that is a field of the table at 'index' among all of them; nil is the last. */
static Newline newline_option(lua_State *L, int index, const char *name) {
  static const char *const newlines[] = {"\n", "\r", "\r\n", "", NULL};
  lua_getfield(L, index, name);
  Newline newline = lua_isnil(L, -1) ? NEWLINE_UNIVERSAL : (Newline)luaL_checkoption(L, -1, NULL, newlines);
  lua_pop(L, 1);
  return newline;
}

/***
The C half of a file.
@function stream.open
@local
@tparam socket socket
@tparam table options `reads`, `writes`; `size`: bytes to receive at once, 0 for never more than are wanted, and that may wait to
  be written; `most`: bytes to receive at once where more came; `limit`: the longest line; `newline`: what ends a line, and what
  "\n" is written as, nil for any, which becomes "\n"; `encoding` and `errors`, as `makefile` has them; `by_line`: lines go out
  when they are complete
@treturn ?userdata
@treturn ?string after nil: which of `encoding` and `errors` is unknown
*/
static int f_open(lua_State *L) {
  static const char *const endings[] = {NULL, "\r", "\r\n", NULL, NULL};
  Socket *s = ps_socket_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  Stream *f = lua_newuserdatauv(L, sizeof *f, PS_STREAM_VALUES);
  *f = (Stream){.type = ps_stream_type, .world = ps_world(L), .left = PS_READS, .head = 1};
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_STREAM);
  lua_setmetatable(L, 3);
  f->room = f->size = (size_t)option(L, 2, "size", 0);
  f->most = (size_t)option(L, 2, "most", 0);
  f->limit = (size_t)option(L, 2, "limit", LUA_MAXINTEGER);
  f->newline = newline_option(L, 2, "newline");
  f->ending = endings[f->newline];
  f->by_line = option_is(L, 2, "by_line");
  f->writable = option_is(L, 2, "writes");
  lua_getfield(L, 2, "encoding");
  lua_getfield(L, 2, "errors");
  const char *unknown = ps_text_configure(L, &f->text, 4, 5);
  if (unknown != NULL) {
    lua_pushnil(L);
    lua_pushstring(L, unknown);
    return 2;
  }
  if (option_is(L, 2, "reads")) {
    f->in = ps_buffer_push(L, 1);
    f->text.checked = f->marks[PS_MARK_TRANSLATED] = ps_place(f->in, f->in->block.first);
    lua_setiuservalue(L, 3, PS_STREAM_BUFFER);
  }
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 3, PS_STREAM_SOCKET);
  lua_settop(L, 3);
  f->socket = s;
  return 1;
}

/* Lets go of what is not sent. What was received stays with the socket. */
static int m_gc(lua_State *L) {
  Stream *f = ps_stream_self(L);
  ps_block_free(L, &f->out);
  f->queued = 0;
  return 0;
}

/***
Ends a stream: every call on it raises from now on.
@function stream.close
@local
@tparam userdata stream
*/
static int f_close(lua_State *L) {
  Stream *f = ps_stream_self(L);
  if (f->in != NULL) f->in->changes++; /* who is giving something out stops */
  f->socket = NULL;
  f->in = NULL;
  return m_gc(L);
}

/***
What a stream is and holds.
@function stream.state
@local
@tparam userdata stream
@treturn ?integer bytes that can be read without waiting; nil: not readable
@treturn ?integer bytes that wait to be sent; nil: not writable
*/
static int f_state(lua_State *L) {
  const Stream *f = ps_stream_self(L);
  if (f->in == NULL) lua_pushnil(L);
  else lua_pushinteger(L, (lua_Integer)ps_block_held(&f->in->block));
  if (f->writable) lua_pushinteger(L, (lua_Integer)ps_stream_unsent(f));
  else lua_pushnil(L);
  return 2;
}

/***
Changes what may wait to be written.
@function stream.configure
@local
@tparam userdata stream
@tparam integer size bytes
@tparam boolean by_line
@treturn boolean does more wait already?
*/
static int f_configure(lua_State *L) {
  Stream *f = ps_stream_self(L);
  lua_Integer size = luaL_checkinteger(L, 2);
  f->room = size < 0 ? 0 : (size_t)size;
  f->by_line = lua_toboolean(L, 3);
  lua_pushboolean(L, ps_stream_unsent(f) > f->room);
  return 1;
}

static const luaL_Reg functions[] = {
    {"open", f_open}, {"close", f_close}, {"state", f_state}, {"configure", f_configure}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", m_gc}, {NULL, NULL}};

void ps_stream_open(lua_State *L) {
  ps_metatable_push(L, PS_STREAM, ps_stream_type);
  ps_register(L, -1, metamethods, PS_METHOD);
  lua_createtable(L, 0, 16);
  ps_register(L, -1, functions, 0);
  lua_newtable(L);
  lua_setfield(L, -2, "methods");
  lua_setfield(L, PS_OPEN_LOCAL, "stream");
}
