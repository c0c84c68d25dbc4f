/* SPDX-License-Identifier: MIT */
/* A bounded pool of threads for the system's resolver; the contract is in resolver.h. */
#include "resolver.h"

#include <stdlib.h>

/* The default limits. Since a slow lookup holds a descriptor, the number of threads depends on the number of
   descriptors that the process may open. */
#define QUICK 8
#define ALL_MAX 256
#define DESCRIPTORS_A_THREAD 4

#define SAME_MAX 4              /* the most threads for one question: further lookups wait for one of these */
#define SLOW_NS 100000000       /* a lookup that takes longer is slow: its name server may never answer */
#define INHERITED_NS 1000000000 /* the interval at which a waiting lookup checks whether its process was forked */
#define CROWDED_NS 20000000     /* the interval of checks while the descriptor is readable for other lookups only */

typedef struct Pool {
  sys_Lock lock;
  Job *queued; /* the oldest job first */
  Job *running;
  int threads;
  int refs;         /* the references of the state and of each thread */
  int newest;       /* whether the newest job was the last one taken from a queue with long waits */
  int untaken;      /* the number of jobs that are done and have users: the signal is readable while there are any */
  unsigned answers; /* the number of jobs that were done so far */
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

/* Takes the next job out of the queue. If jobs wait long, it takes the oldest and the newest job by turns, so that a
   new lookup need not wait for all older ones that hang. */
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

/* A job of the pool with the same question, whose answer the new lookup can share: a job that is queued, has started
   just now, or is the last of SAME_MAX. Other running jobs are slow, and not shared: their queries may be lost, while a
   new one is answered. */
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

static void pool_unref(Pool *pool) { /* called with the lock held, which it releases */
  int last = --pool->refs == 0;
  sys_lock_give(&pool->lock);
  if (!last) return;
  sys_lock_close(&pool->lock);
  free(pool);
}

/* Called with the lock held, since the state closes the signal under the lock. */
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

/* The function of a thread, which runs jobs until the queue is empty. */
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

/* The number of threads whose lookups are neither slow nor abandoned. */
static int count_quick(const Pool *pool) {
  int64_t now = sys_monotonic();
  int count = pool->threads;
  for (const Job *job = pool->running; job != NULL; job = job->next) count -= job->users == 0 || is_slow(job, now);
  return count;
}

/* Starts one more thread if the limits allow it, with the lock held: 0, or an errno. */
static int add_thread(Pool *pool) {
  if (pool->threads >= pool->limits.all || count_quick(pool) >= pool->limits.quick) return 0;
  pool->threads++;
  pool->refs++;
  int code = sys_thread(work, pool); /* the thread waits for the lock, and then finds the job */
  if (code != 0) pool->threads--, pool->refs--;
  return code;
}

/* Returns whether there is a thread for each queued job, although the threads may not have run yet. */
static int has_threads(const Pool *pool) {
  int left = pool->threads;
  for (const Job *job = pool->running; job != NULL; job = job->next) left--;
  for (const Job *job = pool->queued; job != NULL; job = job->next) left--;
  return left >= 0;
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

/* No field that threads write is valid, not even the lock: the fork may have stopped them at any point. */
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

/* Clears the answer of a job that was submitted in the parent process. */
static void forget_answer(Job *job) {
  job->code = job->error = job->herror = 0;
  job->list = NULL; /* not freed: a thread may have been writing it */
  job->hostent = NULL;
  job->buffer = NULL;
}

int ps_job_submitted(const Job *job) { return job->pool != NULL && job->process == getpid(); }

/* Puts the job into the queue, with the lock held: 0, or an errno. */
static int enqueue(Pool *pool, Job *job) {
  int code = add_thread(pool);
  if (code != 0 && pool->threads == 0) return code;
  append(&pool->queued, job); /* without a new thread, an existing one takes it later */
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
  if (job->pool == NULL) same = find_same(pool, job); /* a job of the parent may have other users: it is not replaced */
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
  if (!ps_job_submitted(job)) return 0; /* the answer of a job of the parent is not valid */
  sys_lock_take(&job->pool->lock);
  int done = job->state == JOB_DONE;
  sys_lock_give(&job->pool->lock);
  return done;
}

void ps_job_wait(Job *job, PoolWait *wait) {
  Pool *pool = job->pool;
  sys_lock_take(&pool->lock);
  int queued = job->state == JOB_QUEUED;
  if (queued && !has_threads(pool)) add_thread(pool); /* lookups of other threads may have become slow */
  /* the descriptor is readable for answers of other lookups, which may never take them: it must not wake this one again
     */
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
  if (last && running && pool->queued != NULL) add_thread(pool); /* queued jobs need not wait for this one */
  sys_lock_give(&pool->lock);
  if (last && !running) ps_job_free(job);
}
