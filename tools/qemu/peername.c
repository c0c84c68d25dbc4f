/* SPDX-License-Identifier: MIT */
/* SO_PEERNAME tells the address that a socket connects to. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET}, peer;
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0), s = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (void *)&address, length) < 0 || listen(listener, 1) < 0) return 2;
  if (getsockname(listener, (void *)&address, &length) < 0 || connect(s, (void *)&address, length) < 0) return 2;
  return getsockopt(s, SOL_SOCKET, SO_PEERNAME, &peer, &length) < 0 || peer.sin_port != address.sin_port;
}
