/* SPDX-License-Identifier: MIT */
/*
** Lookups of names. A lookup is a to-be-closed value in the progress slot of its operation, so that it ends with the
** call in every case. Numeric hosts are converted in place. All other hosts are looked up by the resolver's threads,
** and the operation waits like any other, with a deadline, the scheduler and Ctrl-C.
*/
#ifndef PS_LOOKUP_H
#define PS_LOOKUP_H

#include "core.h"
#include "resolver.h"

/* Puts a new lookup into the progress slot. 'host' and 'service' are the stack indices of strings or nil, or 0. The job
   is done, and has failed, if the strings cannot be a host and a service. */
Job *ps_lookup_new(lua_State *L, JobKind kind, int host, int service);
/* The lookup in the progress slot, or NULL. */
Job *ps_lookup_here(lua_State *L);
/* Empties the progress slot. */
void ps_lookup_end(lua_State *L);
/* Completes a new lookup without a name server, if that is possible. Returns whether the job is done. */
int ps_lookup_numeric(Job *job);
/* Starts the job of the progress slot in a thread, or waits for it again. The attempt returns the result. */
int ps_lookup_wait(lua_State *L, Wait *wait);
/* Pushes the error of the job. 'address' is the argument that was looked up. */
int ps_lookup_failure(lua_State *L, const Job *job, int address);
/* The timeout at 'arg' (0: there is no such argument), or else the default timeout, in ns. A default timeout of 0
   counts as no limit; with a 0 at 'arg', the lookup still starts. */
int64_t ps_lookup_timeout(lua_State *L, int arg);

#endif
