/* SPDX-License-Identifier: MIT */
/* The descriptor that another thread makes readable, of a system without eventfd(2): compiled with src/system/posix.c
   and what that needs. */
#include <stdio.h>
#include <stdlib.h>

#include "../../src/system.h"

#define CHECK(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

static void fail(int line, const char *condition) {
  printf("line %d: %s\n", line, condition);
  exit(1);
}

static int is_readable(sys_fd fd) { return sys_wait(fd, SYS_READ, 0) == 1; }

int main(void) {
  sys_fd fds[2];
  CHECK(sys_signal_open(fds) == 0 && fds[0] != fds[1] && !is_readable(fds[0]));
  for (int i = 0; i < 3; i++) sys_signal_raise(fds);
  CHECK(is_readable(fds[0]));
  sys_signal_lower(fds);
  CHECK(!is_readable(fds[0]));
  for (int i = 0; i < 100000; i++) sys_signal_raise(fds);
  CHECK(is_readable(fds[0]));
  sys_signal_lower(fds);
  CHECK(!is_readable(fds[0]));
  sys_close(fds[0]);
  CHECK(write(fds[1], "rung too late", 8) < 0);
  sys_signal_raise(fds);
  puts("all is well");
  return 0;
}
