/* SPDX-License-Identifier: MIT */
/* For systems where no descriptor stands for many. */
#include "../system.h"

#if !defined SYS_EPOLL && !defined SYS_KQUEUE
sys_fd sys_set_open(void) {
  errno = ENOSYS;
  return SYS_NO_FD;
}

int sys_set_add(sys_fd set, sys_fd fd, int events) {
  (void)set, (void)fd, (void)events;
  errno = ENOSYS;
  return -1;
}

int sys_set_remove(sys_fd set, sys_fd fd) { return (void)set, (void)fd, 0; }

int sys_set_is_ours(pid_t process) { return (void)process, 0; }
#endif
