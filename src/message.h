/* SPDX-License-Identifier: MIT */
/* What message.c needs of ancillary.c: the control blocks of messages. */
#ifndef PS_MESSAGE_H
#define PS_MESSAGE_H

#include "core.h"

/* Puts the flat sequence in the place of the argument 'arg', a sequence of {level, type, data} or nil; or raises. */
void ps_ancillary_check(lua_State *L, int arg);
/* Moves the data at the top to the end of the flat sequence at 'list'. */
void ps_ancillary_add(lua_State *L, int list, int level, int type);
/* Bytes of the control block for the flat sequence at 'list', or PS_ERROR. */
lua_Integer ps_ancillary_size(lua_State *L, int list);
/* Fills a block of that size, without allocating. */
void ps_ancillary_fill(lua_State *L, int list, char *block);

typedef struct Control Control;

/* The control block of the running operation, in its progress slot; NULL for a size of 0. What has been received in it
   and not been released is closed when the operation ends. */
Control *ps_control_new(lua_State *L, size_t size);
/* recvmsg(2) with that block: received descriptors are close-on-exec. */
ssize_t ps_control_receive(Control *c, sys_fd fd, struct msghdr *msg, int flags);
/* Pushes the sequence of the items in it. */
void ps_control_push(lua_State *L, const Control *c);
/* Lua has all of it: the descriptors are the caller's. */
void ps_control_release(Control *c);
/* Pushes the sequence of the items in a block, whatever its bytes are. */
void ps_ancillary_push(lua_State *L, const char *block, size_t len);

void ps_ancillary_open(lua_State *L);

#endif
