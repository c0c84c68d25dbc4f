/* SPDX-License-Identifier: MIT */
/*
** For package.loadlib, on Windows: stranger(true) has somebody else connect to each address before the library does, and
** stranger(false) ends that. How many connections of others were closed to them since is returned.
*/
#include <winsock2.h>
#include <string.h>

typedef struct lua_State lua_State;
int lua_toboolean(lua_State *L, int index);
void lua_pushinteger(lua_State *L, long long n);

typedef int (*WSAAPI Connect)(SOCKET, const struct sockaddr *, int);

#define STRANGERS 16

static SOCKET strangers[STRANGERS];
static int count;

static int WSAAPI connect_later(SOCKET s, const struct sockaddr *addr, int len) {
  SOCKET stranger = socket(addr->sa_family, SOCK_STREAM, 0);
  if (count < STRANGERS && connect(stranger, addr, len) == 0) strangers[count++] = stranger;
  else closesocket(stranger);
  return connect(s, addr, len);
}

/* Where the library has the address of that function of Windows' sockets. */
static Connect *find(const char *name) {
  char *base = (char *)GetModuleHandleA("core.dll");
  const IMAGE_NT_HEADERS *head = (const IMAGE_NT_HEADERS *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
  const IMAGE_DATA_DIRECTORY *imports = &head->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  for (const IMAGE_IMPORT_DESCRIPTOR *d = (const IMAGE_IMPORT_DESCRIPTOR *)(base + imports->VirtualAddress);
       d->Name != 0; d++) {
    const IMAGE_THUNK_DATA *names = (const IMAGE_THUNK_DATA *)(base + d->OriginalFirstThunk);
    IMAGE_THUNK_DATA *calls = (IMAGE_THUNK_DATA *)(base + d->FirstThunk);
    for (; names->u1.AddressOfData != 0; names++, calls++) {
      if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
      const IMAGE_IMPORT_BY_NAME *import = (const IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData);
      if (strcmp((const char *)import->Name, name) == 0) return (Connect *)&calls->u1.Function;
    }
  }
  return NULL;
}

int stranger(lua_State *L) {
  DWORD before, patience = 5000; /* ms */
  Connect *place = find("connect");
  int closed = 0;
  VirtualProtect(place, sizeof *place, PAGE_READWRITE, &before);
  *place = lua_toboolean(L, 1) ? connect_later : connect;
  VirtualProtect(place, sizeof *place, before, &before);
  for (; count > 0; count--) {
    char byte;
    setsockopt(strangers[count - 1], SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof patience);
    closed += recv(strangers[count - 1], &byte, 1, 0) == 0;
    closesocket(strangers[count - 1]);
  }
  lua_pushinteger(L, closed);
  return 1;
}
