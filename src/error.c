/* SPDX-License-Identifier: MIT */
/*
** The error classes, the class of each errno, and the only code that makes error objects. An error object is a table
** whose metatable is its class.
*/
#include <string.h>

#include "core.h"

/***
An error of the system or of the resolver, and the root of these classes. Each errno belongs to the same class as in
Python; `socket.isinstance` tells the classes apart. `tostring` makes one line of an error, such as `client.lua:12:
ConnectionRefusedError: [Errno 111] Connection refused: connect to 127.0.0.1:80`, and `..` joins that line to other
text.
@class OSError
@tfield ?integer errno the number: an errno, for `gaierror` an `EAI_*`, for `herror` an `h_errno`; nil where Python has
  none (a timeout, text that is no address)
@tfield string strerror the text
@tfield ?string name the symbol: `"ECONNREFUSED"`, `"EAI_NONAME"`
@tfield ?integer winerror on Windows, the system's own number of the error
@tfield ?string call the call that failed: `"connect"`
@tfield ?address address the address in the call
@tfield ?string where the position of the caller, `file:line:`, as `error` adds it to strings
@tfield ?integer characters_written the number of bytes that were sent before the error
@tfield ?string traceback the traceback of a task that has failed without being joined
@operator concat(any): string
@value OSError error `OSError`, by Python's older name
@class herror : OSError a failed lookup of a host by `gethostbyaddr` or `gethostbyname_ex`
@class gaierror : OSError an error of the resolver, such as an unknown name
@class TimeoutError : OSError the end of a timeout; a timeout of the system itself has the errno ETIMEDOUT
@value TimeoutError timeout `TimeoutError`, by Python's older name
@class BlockingIOError : OSError EAGAIN, EINPROGRESS, EALREADY: the call would block, and the socket is non-blocking
@class InterruptedError : OSError EINTR: raised only if the interrupted call cannot be repeated
@class PermissionError : OSError EACCES, EPERM
@class FileNotFoundError : OSError ENOENT
@class FileExistsError : OSError EEXIST
@class IsADirectoryError : OSError EISDIR
@class NotADirectoryError : OSError ENOTDIR
@class ProcessLookupError : OSError ESRCH
@class ChildProcessError : OSError ECHILD
@class ConnectionError : OSError the base of the errors of connections
@class BrokenPipeError : ConnectionError EPIPE, ESHUTDOWN: the peer or this side has shut down the connection for sending
@class ConnectionAbortedError : ConnectionError ECONNABORTED
@class ConnectionRefusedError : ConnectionError ECONNREFUSED: no socket listens at the address
@class ConnectionResetError : ConnectionError ECONNRESET: the peer has aborted the connection
@class UnsupportedOperation : OSError an operation that the file does not support, such as reading from a file for
  writing, or seeking
@class UnicodeDecodeError : OSError received bytes that are no text in the file's `encoding`
@class LimitOverrunError : OSError a line is longer than the file's limit; its bytes stay in the buffer
@class IncompleteReadError : OSError the stream has ended before `readexactly` or `readuntil` was complete
@tfield string partial the bytes that have come
@tfield ?integer expected the number of bytes that `readexactly` was called with
@class ExceptionGroup several errors as one; as in Python, it is no OSError
@tfield string strerror the text
@tfield table exceptions a sequence of the errors
*/

/* name and base of each class; a base precedes the classes that inherit from it */
static const char *const classes[][2] = {
    {"OSError", NULL},
    {"herror", "OSError"},
    {"gaierror", "OSError"},
    {"TimeoutError", "OSError"},
    {"BlockingIOError", "OSError"},
    {"InterruptedError", "OSError"},
    {"PermissionError", "OSError"},
    {"FileNotFoundError", "OSError"},
    {"FileExistsError", "OSError"},
    {"IsADirectoryError", "OSError"},
    {"NotADirectoryError", "OSError"},
    {"ProcessLookupError", "OSError"},
    {"ChildProcessError", "OSError"},
    {"ConnectionError", "OSError"},
    {"BrokenPipeError", "ConnectionError"},
    {"ConnectionAbortedError", "ConnectionError"},
    {"ConnectionRefusedError", "ConnectionError"},
    {"ConnectionResetError", "ConnectionError"},
    {"UnsupportedOperation", "OSError"},
    {"UnicodeDecodeError", "OSError"},
    {"LimitOverrunError", "OSError"},
    {"IncompleteReadError", "OSError"},
    {"ExceptionGroup", NULL},
};

static const struct {
  int code;
  const char *class;
} errno_classes[] = {
    {EAGAIN, "BlockingIOError"},
#if EWOULDBLOCK != EAGAIN
    {EWOULDBLOCK, "BlockingIOError"},
#endif
    {EINPROGRESS, "BlockingIOError"},
    {EALREADY, "BlockingIOError"},
    {EPIPE, "BrokenPipeError"},
    {ESHUTDOWN, "BrokenPipeError"},
    {ECONNABORTED, "ConnectionAbortedError"},
    {ECONNREFUSED, "ConnectionRefusedError"},
    {ECONNRESET, "ConnectionResetError"},
    {EACCES, "PermissionError"},
    {EPERM, "PermissionError"},
    {EINTR, "InterruptedError"},
    {ETIMEDOUT, "TimeoutError"},
    {ENOENT, "FileNotFoundError"},
    {EEXIST, "FileExistsError"},
    {EISDIR, "IsADirectoryError"},
    {ENOTDIR, "NotADirectoryError"},
    {ESRCH, "ProcessLookupError"},
    {ECHILD, "ChildProcessError"},
};

/* Makes the table at the top an error object: its class is that of the name or, for NULL, that of the errno, or
   OSError; its field 'where' is the position of the caller. */
static int dress(lua_State *L, const char *name, int code) {
  ps_where_push(L);
  lua_setfield(L, -2, "where");
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  if (name != NULL) lua_getfield(L, -1, name);
  else if (lua_rawgeti(L, -1, code) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getfield(L, -1, "OSError");
  }
  lua_setmetatable(L, -3);
  lua_pop(L, 1);
  return PS_ERROR;
}

static void set_call(lua_State *L, const char *call, int address) {
  if (call != NULL) {
    lua_pushstring(L, call);
    lua_setfield(L, -2, "call");
  }
  if (address != 0) {
    lua_pushvalue(L, address);
    lua_setfield(L, -2, "address");
  }
}

int ps_error_push(lua_State *L, int code, const char *call, int address) {
  char text[256];
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "errno");
  lua_pushstring(L, sys_strerror(code, text, sizeof text));
  lua_setfield(L, -2, "strerror");
  ps_errno_name_push(L, code);
  lua_setfield(L, -2, "name");
#ifdef SYS_WINERROR
  if (sys_winerror(code) != 0) {
    lua_pushinteger(L, sys_winerror(code));
    lua_setfield(L, -2, "winerror");
  }
#endif
  set_call(L, call, address);
  return dress(L, NULL, code);
}

/* Pushes an error of a resolver, which has numbers of its own. */
static int resolver_error(lua_State *L, const char *class, void (*push_name)(lua_State *L, int code), int code,
                          const char *text) {
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "errno");
  lua_pushstring(L, text);
  lua_setfield(L, -2, "strerror");
  push_name(L, code);
  lua_setfield(L, -2, "name");
  return dress(L, class, 0);
}

int ps_error_push_gai(lua_State *L, int code, const char *call, int address) {
  resolver_error(L, "gaierror", ps_eai_name_push, code, sys_gai_strerror(code));
  set_call(L, call, address);
  return PS_ERROR;
}

int ps_error_push_herror(lua_State *L, int code, const char *call, int address) {
  resolver_error(L, "herror", ps_h_errno_name_push, code, sys_hstrerror(code));
  set_call(L, call, address);
  return PS_ERROR;
}

int ps_error_push_class(lua_State *L, const char *class, const char *call, const char *format, ...) {
  lua_createtable(L, 0, 4);
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_setfield(L, -2, "strerror");
  set_call(L, call, 0);
  return dress(L, class, 0);
}

_Noreturn int ps_error_raise(lua_State *L, int code, const char *call, int address) {
  ps_error_push(L, code, call, address);
  lua_error(L);
}

_Noreturn int ps_error_raise_text(lua_State *L, const char *call, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const char *text = lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  ps_error_push_class(L, "OSError", call, "%s", text);
  lua_error(L);
}

int ps_error_is(lua_State *L, int index) {
  static const char *const roots[] = {"OSError", "ExceptionGroup"};
  index = lua_absindex(L, index);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  int is = 0;
  for (int i = 0; i < 2 && !is; i++) {
    lua_getfield(L, -1, roots[i]);
    is = ps_class_has(L, lua_gettop(L), index);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return is;
}

int ps_error_is_cancelled(lua_State *L) {
  if (luaL_getmetafield(L, -1, "__name") == LUA_TNIL) return 0;
  int is = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "CancelledError") == 0;
  lua_pop(L, 1);
  return is;
}

/***
Raises an error object with the position of the caller outside of the library's Lua files.
@function raise
@local
@tparam string class the name of the class
@tparam table fields the fields `strerror`, `errno`, `call`, ...; the table becomes the error object
*/
static int f_raise(lua_State *L) {
  const char *class = ps_check_name(L, 1, "class");
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_getfield(L, 2, "name") == LUA_TNIL && lua_getfield(L, 2, "errno") == LUA_TNUMBER) {
    ps_errno_name_push(L, (int)lua_tointeger(L, -1));
    lua_setfield(L, 2, "name");
  }
  lua_settop(L, 2);
  dress(L, class, 0);
  return lua_error(L);
}

/***
Raises the error of an errno, in the class of that errno.
@function raise_errno
@local
@tparam integer errno the number
@tparam[opt] string call the name of the call that failed
@tparam[opt] address address the address in the call
@tparam[opt] string detail more text, which follows the system's in parentheses
*/
static int f_raise_errno(lua_State *L) {
  int code = ps_check_int(L, 1, "errno");
  lua_settop(L, 4);
  ps_error_push(L, code, lua_tostring(L, 2), lua_isnil(L, 3) ? 0 : 3);
  if (!lua_isnil(L, 4)) {
    lua_getfield(L, -1, "strerror");
    lua_pushfstring(L, "%s (%s)", lua_tostring(L, -1), lua_tostring(L, 4));
    lua_setfield(L, -3, "strerror");
    lua_pop(L, 1);
  }
  return lua_error(L);
}

/* The field of the error at 1 as text, or NULL. It stays on the stack. */
static const char *field(lua_State *L, const char *name) {
  return lua_getfield(L, 1, name) == LUA_TNIL ? NULL : luaL_tolstring(L, -1, NULL);
}

/* "client.lua:12: ConnectionRefusedError: [Errno 111] Connection refused: connect to 127.0.0.1:80" */
static int error_tostring(lua_State *L) {
  lua_settop(L, 1);
  luaL_checkstack(L, 24, NULL);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "error");
  const char *where = field(L, "where"), *class = field(L, "__name"), *code = field(L, "errno"),
             *text = field(L, "strerror"), *call = field(L, "call"), *address = field(L, "address");
  lua_pushfstring(L, "%s%s: ", where ? where : "", class ? class : "error");
  if (code) lua_pushfstring(L, "[Errno %s] ", code);
  else lua_pushliteral(L, "");
  lua_pushstring(L, text ? text : "");
  if (text && call && strstr(text, call)) call = NULL; /* the text contains the name of the call */
  lua_pushfstring(L, call && text ? ": %s" : "%s", call ? call : "");
  /* "connect to" an address, but "getpeername of" one */
  if (address && *address == '\0') address = "''";
  if (address) lua_pushfstring(L, call && strncmp(call, "get", 3) == 0 ? " of %s" : " to %s", address);
  else lua_pushliteral(L, "");
  lua_concat(L, 5);
  return 1;
}

/* The message, then a line for each error of the group. */
static int group_tostring(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "error");
  const char *where = field(L, "where"), *text = field(L, "strerror");
  lua_getfield(L, 1, "exceptions");
  int list = lua_gettop(L);
  lua_Integer count = lua_istable(L, list) ? luaL_len(L, list) : 0;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  lua_pushfstring(L, "%sExceptionGroup: %s (%I sub-exceptions)", where ? where : "", text ? text : "", count);
  luaL_addvalue(&b);
  for (lua_Integer i = 1; i <= count; i++) {
    luaL_addstring(&b, "\n  ");
    lua_geti(L, list, i);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  return 1;
}

static const luaL_Reg functions[] = {{"raise", f_raise}, {"raise_errno", f_raise_errno}, {NULL, NULL}};

void ps_error_open(lua_State *L) {
  ps_register(L, PS_OPEN_LOCAL, functions, 0);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CLASSES);
  ps_function_push(L, "concat", ps_concat, 0, 0);
  int concat = lua_gettop(L), table = concat - 1;
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    if (classes[i][1] == NULL) lua_pushnil(L);
    else lua_getfield(L, table, classes[i][1]);
    ps_class_push(L, classes[i][0]);
    ps_function_push(L, "tostring", strcmp(classes[i][0], "ExceptionGroup") == 0 ? group_tostring : error_tostring, 0,
                     0);
    lua_setfield(L, -2, "__tostring");
    lua_pushvalue(L, concat);
    lua_setfield(L, -2, "__concat");
    lua_setfield(L, PS_OPEN_CORE, classes[i][0]);
  }
  lua_getfield(L, table, "OSError");
  lua_setfield(L, PS_OPEN_CORE, "error");
  lua_getfield(L, table, "TimeoutError");
  lua_setfield(L, PS_OPEN_CORE, "timeout");
  for (size_t i = 0; i < sizeof errno_classes / sizeof *errno_classes; i++) {
    lua_getfield(L, table, errno_classes[i].class);
    lua_rawseti(L, table, errno_classes[i].code);
  }
  lua_settop(L, table);
  ps_error_push(L, EAGAIN, NULL, 0);
  lua_pushnil(L);
  lua_setfield(L, -2, "where"); /* one object serves all callers */
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_WOULD_BLOCK);
}
