/* SPDX-License-Identifier: MIT */
/* The threads of this process, and its sockets, which are its descriptors, as Windows counts them. */
#include <winsock2.h>
#include <windows.h>
#include <tlhelp32.h>

#define STANDARD 0
#define HANDLES 512 /* that are looked at; their numbers are multiples of 4 */

static int threads(void) {
  int count = 0;
  THREADENTRY32 entry = {.dwSize = sizeof entry};
  HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  for (BOOL more = Thread32First(list, &entry); more; more = Thread32Next(list, &entry))
    count += entry.th32OwnerProcessID == GetCurrentProcessId();
  CloseHandle(list);
  return count;
}

static int open_descriptors(void) {
  int count = 0;
  for (SOCKET s = 4; s < 4 * HANDLES; s += 4) {
    int type, len = sizeof type;
    count += getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len) == 0;
  }
  return count;
}
