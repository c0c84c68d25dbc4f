/* SPDX-License-Identifier: MIT */
/* The option SO_DONTROUTE is off unless somebody sets it. */
#include "pair.h"

int main(void) {
  BOOL on = TRUE;
  int len = sizeof on;
  if (connect_ends() != 0) return 2;
  SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
  return getsockopt(s, SOL_SOCKET, SO_DONTROUTE, (char *)&on, &len) == 0 && !on ? 0 : 1;
}
