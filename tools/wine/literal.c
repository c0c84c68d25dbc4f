/* SPDX-License-Identifier: MIT */
/* An address of IPv6 is no host of IPv4: the lookup fails with an error of Windows. */
#include "pair.h"

int main(void) {
  WSADATA data;
  ADDRINFOA hints = {.ai_family = AF_INET}, *found;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return 2;
  return getaddrinfo("::1", NULL, &hints, &found) == WSAHOST_NOT_FOUND ? 0 : 1;
}
