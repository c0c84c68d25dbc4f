/* SPDX-License-Identifier: MIT */
/* A datagram to nobody in particular fails with WSAENOTCONN. */
#include "pair.h"

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (connect_ends() != 0) return 2;
  SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(s, (struct sockaddr *)&address, sizeof address) != 0) return 2;
  return send(s, "x", 1, 0) < 0 && WSAGetLastError() == WSAENOTCONN ? 0 : 1;
}
