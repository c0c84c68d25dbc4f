/* SPDX-License-Identifier: MIT */
/* A connection over loopback, for the programs of this folder. Each of them succeeds on a system that behaves as Windows' manual says. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>

static SOCKET ends[2];

static int connect_ends(void) {
  WSADATA data;
  struct sockaddr_in address = {.sin_family = AF_INET};
  int len = sizeof address;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return -1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 1) != 0) return -1;
  if (getsockname(listener, (struct sockaddr *)&address, &len) != 0) return -1;
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(ends[0], (struct sockaddr *)&address, sizeof address) != 0) return -1;
  ends[1] = accept(listener, NULL, NULL);
  return ends[1] == INVALID_SOCKET ? -1 : 0;
}
