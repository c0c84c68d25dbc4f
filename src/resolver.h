/* SPDX-License-Identifier: MIT */
/*
** Lookups on threads. A job is shared between the Lua state that waits for it and the thread that works on it, so it is
** counted by hand, outside of Lua's memory: the one place where we do so.
*/
#ifndef PS_RESOLVER_H
#define PS_RESOLVER_H

#include "system.h"

typedef enum { PS_GETADDRINFO, PS_GETNAMEINFO, PS_GETHOSTBYNAME, PS_GETHOSTBYADDR } JobKind;

typedef struct Job {
  struct Job *next;
  struct Pool *pool; /* where it was submitted, or NULL */
  enum { JOB_NEW, JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_ABANDONED } state;
  JobKind kind;
  sys_fd signal[2]; /* becomes readable when the job is done */
  /* what is asked */
  char *host, *service; /* or NULL; in the job's own memory */
  struct addrinfo hints;
  struct sockaddr_storage addr; /* for getnameinfo */
  socklen_t addrlen;
  int flags;
  /* what came of it */
  int code;   /* EAI_*, 0: none */
  int error;  /* errno, for EAI_SYSTEM */
  int herror; /* h_errno, 0: none */
  struct addrinfo *list;
  struct hostent *hostent; /* in 'buffer' */
  struct hostent hostent_space;
  char *buffer;
  char name[NI_MAXHOST], port[NI_MAXSERV];
} Job;

/* NULL when there is no memory. 'host' and 'service' are copied and may be NULL. */
Job *ps_job_new(JobKind kind, const char *host, const char *service);
/* Does the work in this thread. */
void ps_job_run(Job *job);
/* Gives the work to a thread of the pool, which is made if there is none: 0, or an errno. */
int ps_job_submit(Job *job, struct Pool **pool);
int ps_job_done(Job *job);
/* Lets go of the job, at whatever point it is. A lookup that runs is abandoned: its thread frees it. */
void ps_job_release(Job *job);
/* The state goes: threads that work still end by themselves. */
void ps_pool_release(struct Pool *pool);

#endif
