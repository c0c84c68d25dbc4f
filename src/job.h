/* SPDX-License-Identifier: MIT */
/*
** A job: a question to the system's resolver and its answer. The Lua state that waits for the answer and the thread
** that works on the job share it. A job is therefore outside of Lua's memory, and counts its users. In the core, only
** jobs and their pool do so.
*/
#ifndef PS_JOB_H
#define PS_JOB_H

#include "system.h"

typedef enum { PS_GETADDRINFO, PS_GETNAMEINFO, PS_GETHOSTBYNAME, PS_GETHOSTBYADDR } JobKind;

typedef struct Job {
  struct Job *next;  /* in the pool's list for 'state' */
  struct Pool *pool; /* the pool that it was submitted to, or NULL */
  pid_t process;     /* the process that has submitted it: threads do not survive a fork */
  enum { JOB_NEW, JOB_QUEUED, JOB_RUNNING, JOB_DONE } state;
  int users;     /* the number of lookups that wait for it; the thread frees a job without users */
  int64_t since; /* the time at which it was queued or, if it runs, started */
  /* the question */
  JobKind kind;
  char *host, *service; /* or NULL; in the job's own memory */
  struct addrinfo hints;
  struct sockaddr_storage addr; /* for getnameinfo */
  socklen_t addrlen;
  int flags;
  /* the answer */
  int code;   /* EAI_*, 0: none */
  int error;  /* errno, for EAI_SYSTEM */
  int herror; /* h_errno, 0: none */
  struct addrinfo *list;
  struct hostent *hostent; /* in 'buffer' */
  struct hostent hostent_space;
  char *buffer;
  char name[NI_MAXHOST], port[NI_MAXSERV];
} Job;

/* Makes a job with one user, or returns NULL if there is no memory. 'host' and 'service' are copied and may be NULL. */
Job *ps_job_new(JobKind kind, const char *host, const char *service);
void ps_job_free(Job *job);
/* Do both jobs have the same question? */
int ps_job_same(const Job *a, const Job *b);
/* Asks the system's resolver, in this thread. */
void ps_job_run(Job *job);

#endif
