/* SPDX-License-Identifier: MIT */
/* A connect to an address of zeros takes the peer of a datagram socket away: it has none then. */
#include "pair.h"

int main(void) {
  WSADATA data;
  struct sockaddr_in address = {.sin_family = AF_INET}, nobody = address;
  int len = sizeof address;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return 2;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(s, (struct sockaddr *)&address, len) != 0 || getsockname(s, (struct sockaddr *)&address, &len) != 0)
    return 2;
  if (connect(s, (struct sockaddr *)&address, len) != 0 || connect(s, (struct sockaddr *)&nobody, len) != 0) return 2;
  return getpeername(s, (struct sockaddr *)&address, &len) != 0 && WSAGetLastError() == WSAENOTCONN ? 0 : 1;
}
