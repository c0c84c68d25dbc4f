/* SPDX-License-Identifier: MIT */
/* Classes and errors (class.c, error.c, errno.c). */
#ifndef PS_ERROR_H
#define PS_ERROR_H

#include "world.h"

/* Replaces the base class (or nil) at the top by the class of that name, which is made if there is none. */
void ps_class_push(lua_State *L, const char *name);
/* Is the value at 'index' an object of the class at 'class', or of one that inherits from it? */
int ps_class_has(lua_State *L, int class, int index);
/* The __concat of errors, addresses and tuples, which joins their texts. */
int ps_concat(lua_State *L);

/* Push an error object and return PS_ERROR. 'call' is the name of the system call, 'address' the stack index of an
   address, or 0. */
int ps_error_push(lua_State *L, int code, const char *call, int address);
int ps_error_push_gai(lua_State *L, int code, const char *call, int address);
int ps_error_push_herror(lua_State *L, int code, const char *call, int address);
int ps_error_push_class(lua_State *L, const char *class, const char *call, const char *format, ...);

_Noreturn int ps_error_raise(lua_State *L, int code, const char *call, int address);
/* Raises an OSError without an errno. */
_Noreturn int ps_error_raise_text(lua_State *L, const char *call, const char *format, ...);
/* Push the name of a number, such as "ECONNREFUSED", "EAI_NONAME", "HOST_NOT_FOUND", or nil. */
void ps_errno_name_push(lua_State *L, int code);
void ps_eai_name_push(lua_State *L, int code);
void ps_h_errno_name_push(lua_State *L, int code);
int ps_error_is(lua_State *L, int index); /* is the value an object of the library's error classes? */
/* Is the error at the top a CancelledError? Its class belongs to the Lua layer, so the name identifies it. */
int ps_error_is_cancelled(lua_State *L);

#endif
