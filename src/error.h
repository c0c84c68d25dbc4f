/* SPDX-License-Identifier: MIT */
/* Classes and errors (class.c, error.c, errno.c). */
#ifndef PS_ERROR_H
#define PS_ERROR_H

#include "world.h"

/* Puts the class of that name, made if it is not there, in the place of its base class (or nil) at the top. */
void ps_class_push(lua_State *L, const char *name);
/* Is the value at 'index' of the class at 'class', or of one that inherits from it? */
int ps_class_has(lua_State *L, int class, int index);
/* The __concat of errors, addresses and tuples: they join as their text. */
int ps_concat(lua_State *L);

/* Push an error object and return PS_ERROR. 'call' names the system call; 'address' is the stack index of an address, or 0. */
int ps_error_push(lua_State *L, int code, const char *call, int address);
int ps_error_push_gai(lua_State *L, int code, const char *call, int address);
int ps_error_push_herror(lua_State *L, int code, const char *call, int address);
int ps_error_push_class(lua_State *L, const char *class, const char *call, const char *format, ...);

_Noreturn int ps_error_raise(lua_State *L, int code, const char *call, int address);
/* An OSError without an errno. */
_Noreturn int ps_error_raise_text(lua_State *L, const char *call, const char *format, ...);
/* "ECONNREFUSED", "EAI_NONAME", "HOST_NOT_FOUND", or nil */
void ps_errno_name_push(lua_State *L, int code);
void ps_eai_name_push(lua_State *L, int code);
void ps_h_errno_name_push(lua_State *L, int code);
int ps_error_is(lua_State *L, int index); /* is it an object of one of our error classes? */
/* Is the error at the top a cancelled task's? Its class is the Lua layer's, and known by its name here. */
int ps_error_is_cancelled(lua_State *L);

#endif
