/* SPDX-License-Identifier: MIT */
/* A stream that was never connected has nobody to send to: WSAENOTCONN. */
#include "pair.h"

int main(void) {
  if (connect_ends() != 0) return 2;
  SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
  return send(s, "x", 1, 0) < 0 && WSAGetLastError() == WSAENOTCONN ? 0 : 1;
}
