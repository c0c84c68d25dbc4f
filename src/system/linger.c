/* SPDX-License-Identifier: MIT */
/* Closing a socket whose SO_LINGER has close(2) wait for the peer, without waiting. */
#include <pthread.h>
#include <signal.h>

#include "../system.h"

/* Would closing it wait? A listener's SO_LINGER is only for the connections that it accepts. */
static int lingers(sys_fd fd) {
  struct linger linger;
  int listening = 0;
  socklen_t len = sizeof linger;
  if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len) < 0 || !linger.l_onoff || linger.l_linger == 0) return 0;
  len = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening;
}

static void *close_in_thread(void *fd) {
  close((sys_fd)(intptr_t)fd);
  return NULL;
}

int sys_close_aside(sys_fd fd) {
  if (!lingers(fd)) return sys_close(fd);
  pthread_t thread;
  sigset_t all, old;
  sigfillset(&all); /* signals are the host's */
  sys_pin_code();
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int code = pthread_create(&thread, NULL, close_in_thread, (void *)(intptr_t)fd);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (code == 0) return pthread_detach(thread), 0;
  struct linger none = {.l_onoff = 0}; /* there is no thread to be had: the system sends the rest all the same */
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  return sys_close(fd);
}
