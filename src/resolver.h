/* SPDX-License-Identifier: MIT */
/*
** Lookups in threads: a pool for each Lua state. The pool has one descriptor, which is readable while a job has an
** answer that its users have not taken yet. Only the thread of the Lua state calls these functions.
*/
#ifndef PS_RESOLVER_H
#define PS_RESOLVER_H

#include "job.h"

/* The numbers of threads that a pool may have. A thread whose lookup is slow or abandoned counts for 'all' alone, so
   that a name server that does not answer delays no lookups of other names. */
typedef struct PoolLimits {
  int quick;
  int all;
} PoolLimits;

/* The wait of a lookup for its job: until 'fd' is readable (SYS_NO_FD: for the time alone), at most for 'ns'. Then the
   lookup checks again whether the job is done. All fields are 0 at first. */
typedef struct PoolWait {
  sys_fd fd;
  int64_t ns;
  unsigned answers; /* the pool's number of answers at the last check */
} PoolWait;

/* The limits of the pool at 'pool', for reading and changing; NULL if there is no memory. The pool is made if there is
   none. */
PoolLimits *ps_pool_limits(struct Pool **pool);
/* The descriptor for which lookups of the pool wait, or SYS_NO_FD. */
sys_fd ps_pool_signal(const struct Pool *pool);
/* Is this process a forked child of the pool's process? Then it has none of the threads: see ps_pool_renew. */
int ps_pool_inherited(const struct Pool *pool);
/* Empties a pool of the parent process. Returns the descriptor for which its lookups wait, or SYS_NO_FD; the caller has
   to close it. */
sys_fd ps_pool_renew(struct Pool *pool);
/* Releases the pool when the state is closed. Threads that still work end by themselves. */
void ps_pool_release(struct Pool *pool);

/* Was the job submitted in this process? If not, it has to be submitted, also if the parent process has submitted it.
   */
int ps_job_submitted(const Job *job);
/* Gives the job to a thread of the pool, which is made if there is none: 0, or an errno. If another lookup waits for
   the same answer, '*job' may become the job of that lookup. */
int ps_job_submit(Job **job, struct Pool **pool);
int ps_job_done(Job *job);
/* Sets the wait for a job that is not done. */
void ps_job_wait(Job *job, PoolWait *wait);
/* Releases the lookup's job, in any state. A running job without users is abandoned, and its thread frees it. */
void ps_job_release(Job *job);

#endif
