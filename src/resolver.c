/* SPDX-License-Identifier: MIT */
/* A bounded pool of threads for the system's resolver; the contract is in resolver.h. */
#include "resolver.h"

#include <stdlib.h>

/* The limits, unless they are set. A slow lookup holds a descriptor, so of those that the process may have there are as many
   for each thread as the third says. */
#define QUICK 8
#define ALL_MAX 256
#define DESCRIPTORS_A_THREAD 4

#define SAME_MAX 4              /* threads for one question: what is asked more often waits for one of those */
#define SLOW_NS 100000000       /* a lookup that takes longer is slow: perhaps its name server never answers */
#define INHERITED_NS 1000000000 /* so often a lookup that waits finds out whether its process was forked */
#define CROWDED_NS 20000000     /* so often it asks while the descriptor is readable for the sake of others alone */

typedef struct Pool {
  sys_Lock lock;
  Job *queued; /* the oldest first */
  Job *running;
  int threads;
  int refs;         /* the state, and each thread */
  int newest;       /* the last job that had waited in the queue for long: was the newest taken? */
  int untaken;      /* jobs that are done and have users left: the signal is readable as long as there are any */
  unsigned answers; /* jobs that have been done */
  sys_fd signal[2];
  pid_t process;
  PoolLimits limits;
} Pool;

static void append(Job **place, Job *job) {
  while (*place != NULL) place = &(*place)->next;
  job->next = NULL;
  *place = job;
}

static void take_out(Job **place, const Job *job) {
  while (*place != job) place = &(*place)->next;
  *place = job->next;
}

static int is_slow(const Job *job, int64_t now) { return now - job->since > SLOW_NS; }

/* The next job of the queue, which begins. Where jobs wait for long, every other time the newest: a name that is asked for now
   need not wait for all that hung before. */
static Job *take_next(Pool *pool) {
  Job *job = pool->queued;
  int64_t now = sys_monotonic();
  if (is_slow(job, now)) {
    pool->newest = !pool->newest;
    while (pool->newest && job->next != NULL) job = job->next;
  }
  take_out(&pool->queued, job);
  append(&pool->running, job);
  job->state = JOB_RUNNING;
  job->since = now;
  return job;
}

/* A job of the pool whose answer will be that of the new one, too: it waits in the queue, has begun just now, or is the last of
   many. What hangs is not waited for: its query may be lost, and another be answered. */
static Job *find_same(const Pool *pool, const Job *job) {
  int64_t now = sys_monotonic();
  int count = 0;
  for (Job *other = pool->running; other != NULL; other = other->next)
    if (ps_job_same(other, job) && (!is_slow(other, now) || ++count == SAME_MAX)) return other;
  for (Job *other = pool->queued; other != NULL; other = other->next)
    if (ps_job_same(other, job)) return other;
  return NULL;
}

static void close_signal(Pool *pool) {
  if (pool->signal[0] != SYS_NO_FD) sys_close(pool->signal[0]);
  if (pool->signal[1] != SYS_NO_FD && pool->signal[1] != pool->signal[0]) sys_close(pool->signal[1]);
  pool->signal[0] = pool->signal[1] = SYS_NO_FD;
}

static void pool_unref(Pool *pool) { /* with the lock held; gives it back */
  int last = --pool->refs == 0;
  sys_lock_give(&pool->lock);
  if (!last) return;
  sys_lock_close(&pool->lock);
  free(pool);
}

/* with the lock held, under which the state closes the signal too */
static void finish(Pool *pool, Job *job) {
  take_out(&pool->running, job);
  if (job->users == 0) {
    ps_job_free(job);
    return;
  }
  job->state = JOB_DONE;
  pool->untaken++;
  pool->answers++;
  sys_signal_raise(pool->signal);
}

/* works until nothing is queued */
static void *work(void *argument) {
  Pool *pool = argument;
  sys_resolver_begin();
  sys_lock_take(&pool->lock);
  while (pool->queued != NULL) {
    Job *job = take_next(pool);
    sys_lock_give(&pool->lock);
    ps_job_run(job);
    sys_lock_take(&pool->lock);
    finish(pool, job);
  }
  pool->threads--;
  pool_unref(pool);
  return NULL;
}

/* Threads that will soon take the next job. */
static int count_quick(const Pool *pool) {
  int64_t now = sys_monotonic();
  int count = pool->threads;
  for (const Job *job = pool->running; job != NULL; job = job->next) count -= job->users == 0 || is_slow(job, now);
  return count;
}

/* One more for what is queued, with the lock held, if there may be one; 0, or an errno. */
static int add_thread(Pool *pool) {
  if (pool->threads >= pool->limits.all || count_quick(pool) >= pool->limits.quick) return 0;
  pool->threads++;
  pool->refs++;
  int code = sys_thread(work, pool); /* it waits for the lock, then finds the job */
  if (code != 0) pool->threads--, pool->refs--;
  return code;
}

static PoolLimits default_limits(void) {
  int64_t all = sys_descriptor_limit() / DESCRIPTORS_A_THREAD;
  return (PoolLimits){.quick = QUICK, .all = all < 1 ? 1 : all > ALL_MAX ? ALL_MAX : (int)all};
}

static Pool *pool_at(Pool **place) {
  if (*place != NULL) return *place;
  Pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  sys_lock_open(&pool->lock);
  pool->refs = 1;
  pool->process = getpid();
  pool->signal[0] = pool->signal[1] = SYS_NO_FD;
  pool->limits = default_limits();
  return *place = pool;
}

PoolLimits *ps_pool_limits(Pool **place) {
  Pool *pool = pool_at(place);
  return pool != NULL ? &pool->limits : NULL;
}

sys_fd ps_pool_signal(const Pool *pool) { return pool != NULL ? pool->signal[0] : SYS_NO_FD; }

int ps_pool_inherited(const Pool *pool) { return pool != NULL && pool->process != getpid(); }

/* Nothing that threads wrote can be trusted, the lock included: they were stopped anywhere. */
sys_fd ps_pool_renew(Pool *pool) {
  sys_fd fd = pool->signal[0];
  pool->signal[0] = SYS_NO_FD;
  if (pool->signal[1] != fd) close_signal(pool);
  sys_lock_open(&pool->lock);
  pool->queued = pool->running = NULL;
  pool->threads = pool->untaken = 0;
  pool->refs = 1;
  pool->signal[1] = SYS_NO_FD;
  pool->process = getpid();
  return fd;
}

void ps_pool_release(Pool *pool) {
  if (pool == NULL) return;
  if (ps_pool_inherited(pool)) sys_close(ps_pool_renew(pool));
  sys_lock_take(&pool->lock);
  close_signal(pool);
  pool_unref(pool);
}

/* one that was submitted in the parent, and whatever was made of it there */
static void forget_answer(Job *job) {
  job->code = job->error = job->herror = 0;
  job->list = NULL; /* not freed: perhaps a thread was about to write it */
  job->hostent = NULL;
  job->buffer = NULL;
}

int ps_job_submitted(const Job *job) { return job->pool != NULL && job->process == getpid(); }

/* with the lock held; 0, or an errno */
static int enqueue(Pool *pool, Job *job) {
  int code = add_thread(pool);
  if (code != 0 && pool->threads == 0) return code;
  append(&pool->queued, job); /* a thread that works already comes to it, if there is no new one */
  job->pool = pool;
  job->process = pool->process;
  job->state = JOB_QUEUED;
  job->since = sys_monotonic();
  return 0;
}

int ps_job_submit(Job **place, Pool **pool_place) {
  Job *job = *place, *same = NULL;
  Pool *pool = pool_at(pool_place);
  if (pool == NULL) return ENOMEM;
  if (pool->signal[0] == SYS_NO_FD && sys_signal_open(pool->signal) < 0) return errno;
  if (job->pool != NULL) forget_answer(job);
  sys_lock_take(&pool->lock);
  if (job->pool == NULL) same = find_same(pool, job); /* of the parent's job there may be other users */
  if (same != NULL) same->users++;
  int code = same == NULL ? enqueue(pool, job) : 0;
  sys_lock_give(&pool->lock);
  if (same == NULL) return code;
  ps_job_free(job);
  *place = same;
  return 0;
}

int ps_job_done(Job *job) {
  if (job->pool == NULL) return job->state == JOB_DONE;
  if (!ps_job_submitted(job)) return 0; /* of a job of the parent's no field is certain */
  sys_lock_take(&job->pool->lock);
  int done = job->state == JOB_DONE;
  sys_lock_give(&job->pool->lock);
  return done;
}

void ps_job_wait(Job *job, PoolWait *wait) {
  Pool *pool = job->pool;
  sys_lock_take(&pool->lock);
  int queued = job->state == JOB_QUEUED;
  if (queued) add_thread(pool); /* those that work may have become slow */
  /* woken for nothing, and again it would be: the others have not come for their answers, and perhaps never do */
  int crowded = pool->untaken > 0 && wait->answers == pool->answers;
  wait->answers = pool->answers;
  sys_lock_give(&pool->lock);
  wait->fd = crowded ? SYS_NO_FD : pool->signal[0];
  wait->ns = crowded ? CROWDED_NS : queued ? SLOW_NS : INHERITED_NS;
}

void ps_job_release(Job *job) {
  Pool *pool = job->pool;
  if (!ps_job_submitted(job)) {
    if (--job->users > 0) return;
    if (pool != NULL) forget_answer(job);
    ps_job_free(job);
    return;
  }
  sys_lock_take(&pool->lock);
  int last = --job->users == 0, running = job->state == JOB_RUNNING;
  if (last && job->state == JOB_QUEUED) take_out(&pool->queued, job);
  if (last && job->state == JOB_DONE && --pool->untaken == 0) sys_signal_lower(pool->signal);
  if (last && running && pool->queued != NULL) add_thread(pool); /* they need not wait for this one */
  sys_lock_give(&pool->lock);
  if (last && !running) ps_job_free(job);
}
