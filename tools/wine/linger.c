/* SPDX-License-Identifier: MIT */
/* A close that waits for the peer by SO_LINGER, of a connection that was accepted, holds its own thread and no call of another. */
#include "pair.h"

#define LINGER 5   /* seconds */
#define SOON 2000u /* milliseconds */

static DWORD WINAPI close_end(void *unused) {
  (void)unused;
  closesocket(ends[1]);
  return 0;
}

int main(void) {
  static char data[65536];
  u_long on = 1;
  struct linger linger = {1, LINGER};
  if (connect_ends() != 0 || ioctlsocket(ends[1], FIONBIO, &on) != 0) return 2;
  while (send(ends[1], data, sizeof data, 0) > 0) continue;
  if (setsockopt(ends[1], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger) != 0) return 2;
  HANDLE thread = CreateThread(NULL, 0, close_end, NULL, 0, NULL);
  if (thread == NULL) return 2;
  Sleep(SOON / 4);
  ULONGLONG begun = GetTickCount64();
  CloseHandle(CreateEventW(NULL, TRUE, FALSE, NULL));
  return GetTickCount64() - begun < SOON ? 0 : 1;
}
