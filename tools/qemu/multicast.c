/* SPDX-License-Identifier: MIT */
/* IP_MULTICAST_IF takes the address of an interface. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct in_addr interface = {htonl(INADDR_LOOPBACK)};
  return s < 0 ? 2 : setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) < 0;
}
