/* SPDX-License-Identifier: MIT */
/*
** A job: one question to the system's resolver and its answer. The Lua state that waits for it and the thread that works on it
** share it, so it is counted by hand, outside of Lua's memory: the one place of the core where this is so.
*/
#ifndef PS_JOB_H
#define PS_JOB_H

#include "system.h"

typedef enum { PS_GETADDRINFO, PS_GETNAMEINFO, PS_GETHOSTBYNAME, PS_GETHOSTBYADDR } JobKind;

typedef struct Job {
  struct Job *next;  /* in the list of the pool that 'state' names */
  struct Pool *pool; /* where it was submitted, or NULL */
  pid_t process;     /* in which it was submitted: threads do not survive a fork */
  enum { JOB_NEW, JOB_QUEUED, JOB_RUNNING, JOB_DONE } state;
  int users;     /* lookups that wait for it; a thread frees the job that has none left */
  int64_t since; /* when it was queued or, running, begun */
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

/* A job with one user; NULL when there is no memory. 'host' and 'service' are copied and may be NULL. */
Job *ps_job_new(JobKind kind, const char *host, const char *service);
void ps_job_free(Job *job);
/* Do both ask the same question? */
int ps_job_same(const Job *a, const Job *b);
/* Asks the system's resolver, in this thread. */
void ps_job_run(Job *job);

#endif
