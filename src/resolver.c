/* SPDX-License-Identifier: MIT */
/* A small bounded pool of threads for the system's resolver; the contract is in resolver.h. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "resolver.h"

#define THREADS_MAX 8     /* that somebody waits for */
#define THREADS_IN_ALL 64 /* with those whose lookup nobody waits for any more */

typedef struct Pool {
  pthread_mutex_t lock;
  Job *head, *tail; /* queued */
  int threads;
  int abandoned; /* of them: those whose lookup nobody waits for */
  int refs;      /* the state, and each thread */
  pid_t process; /* threads do not survive a fork */
} Pool;

Job *ps_job_new(JobKind kind, const char *host, const char *service) {
  size_t hostlen = host ? strlen(host) + 1 : 0, servicelen = service ? strlen(service) + 1 : 0;
  Job *job = calloc(1, sizeof *job + hostlen + servicelen);
  if (job == NULL) return NULL;
  char *text = (char *)(job + 1);
  job->kind = kind;
  job->signal[0] = job->signal[1] = SYS_NO_FD;
  if (host) job->host = memcpy(text, host, hostlen);
  if (service) job->service = memcpy(text + hostlen, service, servicelen);
  return job;
}

static void close_signal(Job *job) {
  if (job->signal[0] != SYS_NO_FD) sys_close(job->signal[0]);
  if (job->signal[1] != SYS_NO_FD && job->signal[1] != job->signal[0]) sys_close(job->signal[1]);
  job->signal[0] = job->signal[1] = SYS_NO_FD;
}

static void job_free(Job *job) {
  close_signal(job);
  if (job->list != NULL) freeaddrinfo(job->list);
  free(job->buffer);
  free(job);
}

static void lookup(Job *job) {
  job->code = sys_getaddrinfo(job->host, job->service, &job->hints, &job->list);
  if (job->code != 0) job->list = NULL;
}

/* a host entry, by name or by the first address that the host resolves to; the memory for it grows as needed */
static void host_entry(Job *job) {
  if (*job->host == '\0' || strcmp(job->host, "<broadcast>") == 0) { /* addresses, but of no host */
    job->herror = HOST_NOT_FOUND;
    return;
  }
  lookup(job);
  if (job->code != 0) return;
  for (size_t size = 1024; size <= 1024 * 1024; size *= 4) {
    char *buffer = realloc(job->buffer, size);
    if (buffer == NULL) break;
    job->buffer = buffer;
    int code = job->kind == PS_GETHOSTBYNAME ? sys_gethostbyname(job->host, job->list->ai_family, &job->hostent_space,
                                                                 buffer, size, &job->hostent, &job->herror)
                                             : sys_gethostbyaddr(job->list->ai_addr, &job->hostent_space, buffer, size,
                                                                 &job->hostent, &job->herror);
    if (code == ERANGE) continue;
    if (job->hostent == NULL && job->herror == 0) job->herror = HOST_NOT_FOUND;
    return;
  }
  job->code = EAI_MEMORY;
}

void ps_job_run(Job *job) {
  if (job->kind == PS_GETADDRINFO) lookup(job);
  else if (job->kind == PS_GETNAMEINFO)
    job->code = getnameinfo((struct sockaddr *)&job->addr, job->addrlen, job->name, sizeof job->name, job->port,
                            sizeof job->port, job->flags);
  else host_entry(job);
  job->error = errno;
}

static void pool_unref(Pool *pool) { /* with the lock held; gives it back */
  int last = --pool->refs == 0;
  pthread_mutex_unlock(&pool->lock);
  if (!last) return;
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

/* works until nothing is queued */
static void *work(void *argument) {
  Pool *pool = argument;
  pthread_mutex_lock(&pool->lock);
  while (pool->head != NULL) {
    Job *job = pool->head;
    pool->head = job->next;
    job->state = JOB_RUNNING;
    pthread_mutex_unlock(&pool->lock);
    ps_job_run(job);
    pthread_mutex_lock(&pool->lock);
    if (job->state == JOB_ABANDONED) {
      pool->abandoned--;
      job_free(job);
    } else {
      job->state = JOB_DONE;
      sys_signal_raise(job->signal[1]); /* under the lock: the other side closes it under the lock too */
    }
  }
  pool->threads--;
  pool_unref(pool);
  return NULL;
}

/* one more thread, with all signals blocked: they are the host's; 0, or an errno */
static int start_thread(Pool *pool) {
  pthread_t thread;
  sigset_t all, old;
  sigfillset(&all);
  sys_pin_code();
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int code = pthread_create(&thread, NULL, work, pool);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (code == 0) pthread_detach(thread);
  return code;
}

/* One more for what is queued, with the lock held, if there may be one; 0, or an errno. */
static int add_thread(Pool *pool) {
  if (pool->threads - pool->abandoned >= THREADS_MAX || pool->threads >= THREADS_IN_ALL) return 0;
  pool->threads++;
  pool->refs++;
  int code = start_thread(pool); /* it waits for the lock, then finds the job */
  if (code != 0) pool->threads--, pool->refs--;
  return code;
}

static Pool *pool_new(void) {
  Pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  pthread_mutex_init(&pool->lock, NULL);
  pool->refs = 1;
  pool->process = getpid();
  return pool;
}

int ps_job_submit(Job *job, Pool **place) {
  if (*place == NULL || (*place)->process != getpid()) *place = pool_new();
  Pool *pool = *place;
  if (pool == NULL) return ENOMEM;
  if (sys_signal_open(job->signal) < 0) return errno;
  pthread_mutex_lock(&pool->lock);
  int code = add_thread(pool);
  if (pool->threads > pool->abandoned) code = 0; /* one that works already will come to it */
  if (code == 0) {
    if (pool->head == NULL) pool->head = job;
    else pool->tail->next = job;
    pool->tail = job;
    job->pool = pool;
    job->state = JOB_QUEUED;
  }
  pthread_mutex_unlock(&pool->lock);
  return code;
}

int ps_job_done(Job *job) {
  if (job->pool == NULL) return job->state == JOB_DONE;
  if (job->pool->process != getpid()) { /* after a fork there is nobody to do it */
    job->code = EAI_AGAIN;
    return 1;
  }
  pthread_mutex_lock(&job->pool->lock);
  int done = job->state == JOB_DONE;
  pthread_mutex_unlock(&job->pool->lock);
  return done;
}

/* takes a queued job out of the queue */
static void unqueue(Pool *pool, Job *job) {
  Job *before = NULL;
  for (Job *j = pool->head; j != job; j = j->next) before = j;
  if (before == NULL) pool->head = job->next;
  else before->next = job->next;
  if (pool->tail == job) pool->tail = before;
}

void ps_job_release(Job *job) {
  Pool *pool = job->pool;
  if (pool == NULL || pool->process != getpid()) {
    if (pool == NULL) job_free(job);
    return; /* after a fork it is the memory of threads that are not here */
  }
  pthread_mutex_lock(&pool->lock);
  int running = job->state == JOB_RUNNING;
  if (job->state == JOB_QUEUED) unqueue(pool, job);
  if (running) {
    close_signal(job);
    job->state = JOB_ABANDONED;
    pool->abandoned++;
    if (pool->head != NULL) add_thread(pool); /* they need not wait for this one */
  }
  pthread_mutex_unlock(&pool->lock);
  if (!running) job_free(job);
}

void ps_pool_release(Pool *pool) {
  if (pool == NULL || pool->process != getpid()) return;
  pthread_mutex_lock(&pool->lock);
  pool_unref(pool);
}
