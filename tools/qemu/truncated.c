/* SPDX-License-Identifier: MIT */
/* Descriptors for which a message has no room are closed, and MSG_CTRUNC tells of them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static int open_descriptors(void) {
  int count = 0;
  for (int fd = 0; fd < 64; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

int main(void) {
  int ends[2];
  char byte = 'x';
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))] = {0};
  struct iovec piece = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *item = CMSG_FIRSTHDR(&message);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return 2;
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(4 * sizeof(int));
  for (int i = 0; i < 4; i++) memcpy(CMSG_DATA(item) + sizeof(int) * (size_t)i, ends, sizeof(int));
  if (sendmsg(ends[0], &message, 0) < 0) return 2;
  int before = open_descriptors();
  message.msg_controllen = CMSG_SPACE(2 * sizeof(int));
  if (recvmsg(ends[1], &message, 0) < 0) return 2;
  return !(message.msg_flags & MSG_CTRUNC) || open_descriptors() != before + 2;
}
