/* SPDX-License-Identifier: MIT */
/*
** Lookups on threads: a pool for each Lua state, with one descriptor that is readable as long as some job of the pool is done
** and has an answer that nobody has taken yet. All functions are for the thread of the state.
*/
#ifndef PS_RESOLVER_H
#define PS_RESOLVER_H

#include "job.h"

/* How many threads a pool may have. A thread whose lookup is slow, or abandoned, counts for 'all' alone: a name server that
   never answers does not keep others from being asked. */
typedef struct PoolLimits {
  int quick;
  int all;
} PoolLimits;

/* How one lookup waits for its job: until 'fd' is readable (SYS_NO_FD: for the time alone), for 'ns' at most. Then it asks again
   whether the job is done. All zero at first. */
typedef struct PoolWait {
  sys_fd fd;
  int64_t ns;
  unsigned answers; /* of the pool, when the lookup asked last */
} PoolWait;

/* The limits of the pool at 'pool', which is made if there is none, to read and to change; NULL when there is no memory. */
PoolLimits *ps_pool_limits(struct Pool **pool);
/* The descriptor that lookups of the pool wait for, or SYS_NO_FD. */
sys_fd ps_pool_signal(const struct Pool *pool);
/* Was the pool's process forked, and is this the child? Then its threads are not here: ps_pool_renew. */
int ps_pool_inherited(const struct Pool *pool);
/* Empties a pool of the parent's. The descriptor that its lookups wait for is to be closed: SYS_NO_FD where there is none. */
sys_fd ps_pool_renew(struct Pool *pool);
/* The state goes: threads that work still end by themselves. */
void ps_pool_release(struct Pool *pool);

/* Is it for a thread of this process? If not, submit it: also one that was the parent's. */
int ps_job_submitted(const Job *job);
/* Gives the work to a thread of the pool, which is made if there is none: 0, or an errno. Another lookup that waits for the same
   answer may share its job: then '*job' becomes that one. */
int ps_job_submit(Job **job, struct Pool **pool);
int ps_job_done(Job *job);
/* Of a job that is not done: fills in how to go on waiting for it. */
void ps_job_wait(Job *job, PoolWait *wait);
/* The lookup lets go of its job, whatever the state of it. A job that runs and has no user left is abandoned: its thread frees
   it. */
void ps_job_release(Job *job);

#endif
