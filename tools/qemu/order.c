/* SPDX-License-Identifier: MIT */
/* The numbers in control messages are in this processor's order of bytes: the size that UDP_GRO tells, and an interface. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define UDP_SEGMENT 103
#define UDP_GRO 104

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  int to = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0), on = 1, size = 100, items = 0;
  char data[300] = {0};
  _Alignas(struct cmsghdr) char control[200];
  struct iovec piece = {data, sizeof data};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(to, (void *)&address, length) < 0 || getsockname(to, (void *)&address, &length) < 0) return 2;
  if (setsockopt(to, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) return 2;
  if (setsockopt(to, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) < 0) return 2;
  if (setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) < 0) return 2;
  if (sendto(from, data, sizeof data, 0, (void *)&address, length) < 0 || recvmsg(to, &message, 0) < 0) return 2;
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL; item = CMSG_NXTHDR(&message, item), items++) {
    unsigned number, expected = item->cmsg_level == IPPROTO_IP ? if_nametoindex("lo") : 100;
    memcpy(&number, CMSG_DATA(item), sizeof number); /* in_pktinfo begins with the interface */
    if (number != expected) return 1;
  }
  return items != 2;
}
