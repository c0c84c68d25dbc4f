/* SPDX-License-Identifier: MIT */
/* Functions for the operations that wait for many descriptors (poller.c, epoll.c, kqueue.c). */
#ifndef PS_POLLER_H
#define PS_POLLER_H

#include "core.h"

/* The descriptor of the value at 'arg', which is a number, a socket, a file or an object with a method 'fileno', or
   raises an error. */
sys_fd ps_descriptor_check(lua_State *L, int arg);

/* The result of an attempt whose system call has returned 'n'; 0 if the attempt has to push its results. */
int ps_poller_unready(lua_State *L, int n, Wait *wait);

#endif
