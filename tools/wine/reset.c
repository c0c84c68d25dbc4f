/* SPDX-License-Identifier: MIT */
/* A peer that closes with bytes unread resets the connection: a receive then fails with WSAECONNRESET. */
#include "pair.h"

int main(void) {
  char byte;
  if (connect_ends() != 0) return 2;
  send(ends[0], "x", 1, 0);
  if (recv(ends[1], &byte, 1, MSG_PEEK) != 1) return 2;
  closesocket(ends[1]);
  Sleep(500); /* the reset comes before the receive begins: one that waits for it would fail as it should */
  return recv(ends[0], &byte, 1, 0) < 0 && WSAGetLastError() == WSAECONNRESET ? 0 : 1;
}
