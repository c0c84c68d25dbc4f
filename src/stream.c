/* SPDX-License-Identifier: MIT */
/* The userdata of a file: creation, checks, closing, and the functions for the Lua layer. */
#include "stream.h"

/* Userdata of these types is recognized by its size: see ps_socket_to. */
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

/* The number in a field of the table at 'index', or 'absent' where the field is nil. */
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

/* The newline in a field of the table at 'index'; nil is the universal one. */
static Newline newline_option(lua_State *L, int index, const char *name) {
  static const char *const newlines[] = {"\n", "\r", "\r\n", "", NULL};
  lua_getfield(L, index, name);
  Newline newline = lua_isnil(L, -1) ? NEWLINE_UNIVERSAL : (Newline)luaL_checkoption(L, -1, NULL, newlines);
  lua_pop(L, 1);
  return newline;
}

/***
Creates the C half of a file.
@function stream.open
@local
@tparam socket socket the socket of the file
@tparam table options `reads` and `writes`: the directions of the file; `size`: the number of bytes to receive at once
  (0: never more than a read needs), and the number of bytes that may wait in the buffer for writing; `most`: the number
  of bytes to receive at once after a receive that was filled; `limit`: the maximum length of a line; `newline`: the end
  of a line, also written in place of `"\n"` (nil: every line end is read as `"\n"`); `encoding` and `errors`, as for
  `makefile`; `by_line`: whether a complete line is sent at once
@treturn ?userdata the C half
@treturn ?string after nil, the name of the option that is unknown: `encoding` or `errors`
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

/* Frees the data that is not sent. Received data stays with the socket. */
static int m_gc(lua_State *L) {
  Stream *f = ps_stream_self(L);
  ps_block_free(L, &f->out);
  f->queued = 0;
  return 0;
}

/***
Closes a stream: every later call on it raises an error.
@function stream.close
@local
@tparam userdata stream the C half of the file
*/
static int f_close(lua_State *L) {
  Stream *f = ps_stream_self(L);
  if (f->in != NULL) f->in->changes++; /* a read that is pushing its results stops */
  f->socket = NULL;
  f->in = NULL;
  return m_gc(L);
}

/***
Returns the sizes of a stream's buffers.
@function stream.state
@local
@tparam userdata stream the C half of the file
@treturn ?integer the number of bytes that can be read without waiting; nil if the file is not readable
@treturn ?integer the number of bytes that wait to be sent; nil if the file is not writable
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
Changes the size of the buffer for writing.
@function stream.configure
@local
@tparam userdata stream the C half of the file
@tparam integer size the number of bytes that may wait to be sent
@tparam boolean by_line whether a complete line is sent at once
@treturn boolean whether more bytes wait already
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
