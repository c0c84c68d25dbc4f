/* SPDX-License-Identifier: MIT */
/*
** A lookup in flight stands in its operation's progress slot as a to-be-closed value: whichever way the call ends, it is let
** go at once. What is numeric is answered in place; everything else goes to the resolver's threads and is waited for like any
** other operation, so that a deadline, the scheduler and Ctrl-C count.
*/
#ifndef PS_LOOKUP_H
#define PS_LOOKUP_H

#include "core.h"
#include "resolver.h"

/* Puts a new lookup into the progress slot. 'host' and 'service' are stack indices of strings or nil, or 0. The job is done, and
   has failed, where such a text can be no host or no service. */
Job *ps_lookup_new(lua_State *L, JobKind kind, int host, int service);
/* The lookup in the progress slot, or NULL. */
Job *ps_lookup_here(lua_State *L);
/* Empties the progress slot. */
void ps_lookup_end(lua_State *L);
/* Answers a new lookup without the resolver's help, if that is possible: 1 when the job is done. */
int ps_lookup_numeric(Job *job);
/* Starts the job in the progress slot on a thread, or goes on waiting for it: what the attempt returns. */
int ps_lookup_wait(lua_State *L, Wait *wait);
/* Pushes the error that the job ended in; 'address' is the argument that was looked up. */
int ps_lookup_failure(lua_State *L, const Job *job, int address);
/* The timeout at 'arg' (0: there is no such argument), or else the default one. One of 0 ends the wait, but is no reason
   not to begin. */
int64_t ps_lookup_timeout(lua_State *L, int arg);

#endif
