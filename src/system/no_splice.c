/* SPDX-License-Identifier: MIT */
/* For systems where no pipe takes bytes of sockets. */
#include "../system.h"

#ifndef SYS_SPLICE
ssize_t sys_splice_in(sys_fd in, sys_fd pipe, size_t count) {
  return (void)in, (void)pipe, (void)count, errno = ENOSYS, -1;
}

ssize_t sys_splice_out(sys_fd pipe, sys_fd out, size_t count) {
  return (void)pipe, (void)out, (void)count, errno = ENOSYS, -1;
}

ssize_t sys_pipe_read(sys_fd pipe, void *data, size_t size) {
  return (void)pipe, (void)data, (void)size, errno = ENOSYS, -1;
}

int sys_pipe(sys_fd fds[2]) { return (void)fds, errno = ENOSYS, -1; }
#endif
