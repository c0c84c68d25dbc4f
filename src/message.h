/* SPDX-License-Identifier: MIT */
/* The ancillary data of messages (ancillary.c). */
#ifndef PS_MESSAGE_H
#define PS_MESSAGE_H

#include "core.h"

/* Replaces the argument 'arg', a sequence of {level, type, data} or nil, by a flat sequence, or raises an error. */
void ps_ancillary_check(lua_State *L, int arg);
/* Appends an item to the flat sequence at 'list'; pops its data from the top. */
void ps_ancillary_add(lua_State *L, int list, int level, int type);
/* The size of the control block for the flat sequence at 'list', or PS_ERROR. */
lua_Integer ps_ancillary_size(lua_State *L, int list);
/* Fills a block of that size, without allocating. */
void ps_ancillary_fill(lua_State *L, int list, char *block);

typedef struct Control Control;

/* Returns the control block of the running operation, made in the progress slot by the first attempt; NULL for a size
   of 0. When the operation ends, the block closes the descriptors that it has received, unless it was released. */
Control *ps_control_new(lua_State *L, size_t size);
/* recvmsg(2) with the block. The received descriptors are close-on-exec. */
ssize_t ps_control_receive(Control *c, sys_fd fd, struct msghdr *msg, int flags);
/* Pushes a sequence of the items in the block. */
void ps_control_push(lua_State *L, const Control *c);
/* Releases the block: the caller owns the descriptors from now on. */
void ps_control_release(Control *c);
/* Pushes a sequence of the items in a block of any bytes. */
void ps_ancillary_push(lua_State *L, const char *block, size_t len);

void ps_ancillary_open(lua_State *L);

#endif
