/* SPDX-License-Identifier: MIT */
/* Whoever makes a thread does not sleep until it runs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS 50

static void *stay(void *nothing) {
  pause();
  return nothing;
}

int main(void) {
  struct rusage before, after;
  pthread_t thread;
  if (getrusage(RUSAGE_THREAD, &before) < 0) return 2;
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&thread, NULL, stay, NULL) != 0) return 2;
  if (getrusage(RUSAGE_THREAD, &after) < 0) return 2;
  return after.ru_nvcsw - before.ru_nvcsw > THREADS / 2;
}
