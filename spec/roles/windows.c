/* SPDX-License-Identifier: MIT */
/* For package.loadlib, on Windows: sockets() gives the sockets of this process, in order; end_children() ends the programs that it has
   started, and those that they have; interrupt(ms) presses Ctrl-C after so many milliseconds, in the console of this process; process()
   gives the number of this process. */
#include <winsock2.h>
#include <windows.h>
#include <tlhelp32.h>

typedef struct lua_State lua_State;
void lua_createtable(lua_State *L, int narr, int nrec);
void lua_pushinteger(lua_State *L, long long n);
long long luaL_checkinteger(lua_State *L, int arg);
void lua_rawseti(lua_State *L, int index, long long n);

#define HANDLES 4096 /* that are looked at; their numbers are multiples of 4 */

int sockets(lua_State *L) {
  long long count = 0;
  lua_createtable(L, 0, 0);
  for (SOCKET s = 4; s < 4 * HANDLES; s += 4) {
    int type, len = sizeof type;
    if (getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len) != 0) continue;
    lua_pushinteger(L, (long long)s);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

#define PROCESSES 1024

typedef struct Process {
  DWORD id, parent;
} Process;

static void end_those_of(const Process *all, int count, DWORD parent, int depth) {
  for (int i = 0; i < count; i++) {
    if (all[i].parent != parent || all[i].id == parent) continue;
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, all[i].id);
    if (depth > 0) end_those_of(all, count, all[i].id, depth - 1);
    if (process == NULL) continue;
    TerminateProcess(process, 143);
    CloseHandle(process);
  }
}

int end_children(lua_State *L) {
  Process all[PROCESSES];
  int count = 0;
  PROCESSENTRY32 entry = {.dwSize = sizeof entry};
  HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  (void)L;
  for (BOOL more = Process32First(list, &entry); more && count < PROCESSES; more = Process32Next(list, &entry))
    all[count++] = (Process){entry.th32ProcessID, entry.th32ParentProcessID};
  CloseHandle(list);
  end_those_of(all, count, GetCurrentProcessId(), 3);
  return 0;
}

int process(lua_State *L) {
  lua_pushinteger(L, (long long)GetCurrentProcessId());
  return 1;
}

static DWORD WINAPI press(void *ms) {
  Sleep((DWORD)(UINT_PTR)ms);
  GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
  return 0;
}

int interrupt(lua_State *L) {
  HANDLE thread = CreateThread(NULL, 0, press, (void *)(UINT_PTR)luaL_checkinteger(L, 1), 0, NULL);
  if (thread != NULL) CloseHandle(thread);
  return 0;
}
