/* SPDX-License-Identifier: MIT */
/* What the ways of waiting for many descriptors share. */
#ifndef PS_POLLER_H
#define PS_POLLER_H

#include "core.h"

/* The descriptor of the value at 'arg': a number, a socket, a file, an object with a method fileno; or raises. */
sys_fd ps_descriptor_check(lua_State *L, int arg);

/* What an attempt returns after its system call gave 'n'; 0 where its results are to be pushed. */
int ps_poller_unready(lua_State *L, int n, Wait *wait);

#endif
