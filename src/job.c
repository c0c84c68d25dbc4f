/* SPDX-License-Identifier: MIT */
/* The calls of the system's resolver; the contract is in job.h. */
#include "job.h"

#include <stdlib.h>
#include <string.h>

Job *ps_job_new(JobKind kind, const char *host, const char *service) {
  size_t hostlen = host ? strlen(host) + 1 : 0, servicelen = service ? strlen(service) + 1 : 0;
  Job *job = calloc(1, sizeof *job + hostlen + servicelen);
  if (job == NULL) return NULL;
  char *text = (char *)(job + 1);
  job->kind = kind;
  job->users = 1;
  if (host) job->host = memcpy(text, host, hostlen);
  if (service) job->service = memcpy(text + hostlen, service, servicelen);
  return job;
}

void ps_job_free(Job *job) {
  if (job->list != NULL) sys_freeaddrinfo(job->list);
  free(job->buffer);
  free(job);
}

static int same_text(const char *a, const char *b) { return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0; }

int ps_job_same(const Job *a, const Job *b) {
  return a->kind == b->kind && a->flags == b->flags && a->addrlen == b->addrlen &&
         memcmp(&a->addr, &b->addr, a->addrlen) == 0 && a->hints.ai_family == b->hints.ai_family &&
         a->hints.ai_socktype == b->hints.ai_socktype && a->hints.ai_protocol == b->hints.ai_protocol &&
         a->hints.ai_flags == b->hints.ai_flags && same_text(a->host, b->host) && same_text(a->service, b->service);
}

static void lookup(Job *job) {
  job->code = sys_getaddrinfo(job->host, job->service, &job->hints, &job->list);
  if (job->code != 0) job->list = NULL;
}

/* Looks up a host entry, by name or by the first address of the host, in memory that grows as needed. */
static void host_entry(Job *job) {
  if (*job->host == '\0' || strcmp(job->host, "<broadcast>") == 0) { /* addresses that belong to no host */
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

/* Did the lookup fail for lack of descriptors? The C library reports an unknown host also if it cannot open the hosts
   file or a socket to a name server. errno, which was 0 before the call, usually shows the cause; after 'try again',
   which overwrites errno, an attempt to open a socket does. */
static int was_starved(const Job *job) {
  if (job->code == 0 && job->herror == 0) return 0;
  if (job->code == EAI_AGAIN || job->herror == TRY_AGAIN) {
    sys_fd fd = sys_socket(AF_UNIX, SOCK_DGRAM, 0, 0);
    if (fd != SYS_NO_FD) sys_close(fd);
  }
  return errno == EMFILE || errno == ENFILE;
}

void ps_job_run(Job *job) {
  errno = 0;
  if (job->kind == PS_GETADDRINFO) lookup(job);
  else if (job->kind == PS_GETNAMEINFO)
    job->code = sys_getnameinfo((struct sockaddr *)&job->addr, job->addrlen, job->name, sizeof job->name, job->port,
                                sizeof job->port, job->flags);
  else host_entry(job);
  if (was_starved(job)) {
    job->code = EAI_SYSTEM;
    job->herror = 0;
  }
  job->error = errno;
}
