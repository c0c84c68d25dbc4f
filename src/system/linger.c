/* SPDX-License-Identifier: MIT */
/* Closing a socket whose SO_LINGER has close(2) wait for the peer, without waiting. */
#include "../system.h"

/* Would closing it wait? A listener's SO_LINGER is only for the connections that it accepts. */
static int lingers(sys_fd fd) {
  struct linger linger;
  int listening = 0;
  socklen_t len = sizeof linger;
  if (sys_getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len) < 0 || !linger.l_onoff || linger.l_linger == 0) return 0;
  len = sizeof listening;
  return sys_getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening;
}

static void *close_in_thread(void *fd) {
  sys_close((sys_fd)(intptr_t)fd);
  return NULL;
}

int sys_close_aside(sys_fd fd) {
  if (!lingers(fd)) return sys_close(fd);
  if (sys_thread(close_in_thread, (void *)(intptr_t)fd) == 0) return 0;
  struct linger none = {.l_onoff = 0}; /* there is no thread to be had: the system sends the rest all the same */
  sys_setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  return sys_close(fd);
}
