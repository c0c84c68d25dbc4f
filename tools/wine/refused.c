/* SPDX-License-Identifier: MIT */
/* A connected socket hears that nobody listens for its datagrams: WSAECONNRESET. */
#include "pair.h"

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  int len = sizeof address;
  DWORD ms = 3000;
  char byte;
  if (connect_ends() != 0) return 2;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SOCKET gone = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
  bind(gone, (struct sockaddr *)&address, len);
  getsockname(gone, (struct sockaddr *)&address, &len);
  closesocket(gone);
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&ms, sizeof ms);
  if (connect(s, (struct sockaddr *)&address, len) != 0 || send(s, "x", 1, 0) != 1) return 2;
  return recv(s, &byte, 1, 0) < 0 && WSAGetLastError() == WSAECONNRESET ? 0 : 1;
}
