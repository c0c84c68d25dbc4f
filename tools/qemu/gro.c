/* SPDX-License-Identifier: MIT */
/* The size that UDP_GRO tells of a message is a number of this processor. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define UDP_SEGMENT 103
#define UDP_GRO 104

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  int to = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0), on = 1, size = 100;
  char data[300] = {0}, control[CMSG_SPACE(sizeof(int))];
  struct iovec piece = {data, sizeof data};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(to, (void *)&address, length) < 0 || getsockname(to, (void *)&address, &length) < 0) return 2;
  if (setsockopt(to, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) return 2;
  if (setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) < 0) return 2;
  if (sendto(from, data, sizeof data, 0, (void *)&address, length) < 0 || recvmsg(to, &message, 0) < 0) return 2;
  struct cmsghdr *item = CMSG_FIRSTHDR(&message);
  if (item == NULL) return 2;
  memcpy(&size, CMSG_DATA(item), sizeof size);
  return size != 100;
}
