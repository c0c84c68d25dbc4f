/* SPDX-License-Identifier: MIT */
/* Names of hosts, addresses and interfaces on Windows, whose texts are UTF-16: those of the library are UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "shared.h"

#include <iphlpapi.h>
#include <netioapi.h>

void sys_resolver_begin(void) {}

void sys_freeaddrinfo(struct addrinfo *list) {
  while (list != NULL) {
    struct addrinfo *next = list->ai_next;
    free(list->ai_canonname);
    free(list);
    list = next;
  }
}

/* NULL without memory. */
static struct addrinfo *copy_info(const ADDRINFOW *from) {
  struct addrinfo *to = calloc(1, sizeof *to + from->ai_addrlen);
  if (to == NULL) return NULL;
  to->ai_flags = from->ai_flags;
  to->ai_family = from->ai_family;
  to->ai_socktype = from->ai_socktype;
  to->ai_protocol = from->ai_protocol;
  to->ai_addrlen = from->ai_addrlen;
  to->ai_addr = memcpy(to + 1, from->ai_addr, from->ai_addrlen);
  if (from->ai_canonname == NULL || (to->ai_canonname = sys_narrow(from->ai_canonname)) != NULL) return to;
  free(to);
  return NULL;
}

static int copy_list(const ADDRINFOW *from, struct addrinfo **list) {
  struct addrinfo **end = list;
  *list = NULL;
  for (; from != NULL; from = from->ai_next) {
    *end = copy_info(from);
    if (*end == NULL) {
      sys_freeaddrinfo(*list);
      return EAI_MEMORY;
    }
    end = &(*end)->ai_next;
  }
  return 0;
}

int sys_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
  ADDRINFOW asked = {.ai_flags = hints->ai_flags,
                     .ai_family = hints->ai_family,
                     .ai_socktype = hints->ai_socktype,
                     .ai_protocol = hints->ai_protocol};
  ADDRINFOW *found = NULL;
  wchar_t *wide_host = host != NULL ? sys_widen(host) : NULL;
  wchar_t *wide_service = service != NULL ? sys_widen(service) : NULL;
  int code = EAI_MEMORY;
  if ((host == NULL || wide_host != NULL) && (service == NULL || wide_service != NULL))
    code = GetAddrInfoW(wide_host, wide_service, &asked, &found);
  if (code == 0) code = copy_list(found, list);
  if (found != NULL) FreeAddrInfoW(found);
  free(wide_host);
  free(wide_service);
  return code;
}

/* 0, or EAI_OVERFLOW's kin where it does not fit. */
static int put(const wchar_t *from, char *to, socklen_t size) {
  if (size == 0 || WideCharToMultiByte(CP_UTF8, 0, from, -1, to, (int)size, NULL, NULL) > 0) return 0;
  return EAI_FAIL;
}

int sys_getnameinfo(const struct sockaddr *addr, socklen_t len, char *host, socklen_t hostlen, char *service,
                    socklen_t servicelen, int flags) {
  wchar_t wide_host[NI_MAXHOST], wide_service[NI_MAXSERV];
  int code = GetNameInfoW(addr, (int)len, hostlen > 0 ? wide_host : NULL, hostlen > 0 ? NI_MAXHOST : 0,
                          servicelen > 0 ? wide_service : NULL, servicelen > 0 ? NI_MAXSERV : 0, flags);
  if (code == 0) code = put(wide_host, host, hostlen);
  return code == 0 ? put(wide_service, service, servicelen) : code;
}

int sys_gethostbyname(const char *name, int family, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error) {
  (void)family; /* AF_INET, for which alone it is called */
  const struct hostent *found = gethostbyname(name);
  *h_error = found == NULL ? WSAGetLastError() : 0;
  return sys_hostent_copy(found, space, buffer, size, result);
}

int sys_gethostbyaddr(const struct sockaddr *addr, struct hostent *space, char *buffer, size_t size,
                      struct hostent **result, int *h_error) {
  int six = addr->sa_family == AF_INET6;
  const void *bare = six ? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr
                         : (const void *)&((const struct sockaddr_in *)addr)->sin_addr;
  int len = six ? sizeof(struct in6_addr) : sizeof(struct in_addr);
  const struct hostent *found = gethostbyaddr(bare, len, addr->sa_family);
  *h_error = found == NULL ? WSAGetLastError() : 0;
  return sys_hostent_copy(found, space, buffer, size, result);
}

/* A number in C's notation at '*at', which is moved behind it; -1 where there is none. */
static int64_t number_at(const char **at) {
  char *end;
  if (**at < '0' || **at > '9') return -1;
  errno = 0;
  unsigned long value = strtoul(*at, &end, 0);
  if (errno != 0) return -1;
  *at = end;
  return (int64_t)value;
}

/* "127.0.0.1", and as C libraries have it also "127.1", whose last number is of all the bytes that are left. */
int sys_inet_aton(const char *text, struct in_addr *addr) {
  uint32_t all = 0;
  for (int i = 0; i < 4; i++) {
    int64_t value = number_at(&text);
    int last = *text != '.';
    if (value < 0 || value > (last ? INT64_C(0xFFFFFFFF) >> (8 * i) : 255)) return 0;
    all |= (uint32_t)value << (last ? 0 : 24 - 8 * i);
    if (!last) {
      text++;
      continue;
    }
    if (*text != '\0' && *text != ' ' && *text != '\t' && *text != '\n' && *text != '\r') return 0;
    addr->s_addr = htonl(all);
    return 1;
  }
  return 0;
}

const char *sys_inet_ntop(int family, const void *addr, char *text, socklen_t size) {
  const char *result = inet_ntop(family, addr, text, size);
  if (result == NULL) sys_fail();
  return result;
}

int sys_inet_pton(int family, const char *text, void *addr) {
  if (family != AF_INET && family != AF_INET6) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  return inet_pton(family, text, addr) == 1;
}

void sys_if_freenameindex(struct if_nameindex *list) {
  for (size_t i = 0; list != NULL && list[i].if_index != 0; i++) free(list[i].if_name);
  free(list);
}

struct if_nameindex *sys_if_nameindex(void) {
  MIB_IF_TABLE2 *table;
  DWORD code = GetIfTable2Ex(MibIfTableRaw, &table);
  if (code != NO_ERROR) {
    errno = sys_errno_of(code);
    return NULL;
  }
  struct if_nameindex *list = calloc(table->NumEntries + 1, sizeof *list);
  for (ULONG i = 0, count = 0; i < table->NumEntries && list != NULL; i++) {
    wchar_t name[IF_NAMESIZE];
    const MIB_IF_ROW2 *row = &table->Table[i];
    if (row->InterfaceIndex == 0 || ConvertInterfaceLuidToNameW(&row->InterfaceLuid, name, IF_NAMESIZE) != NO_ERROR)
      continue;
    list[count].if_name = sys_narrow(name);
    if (list[count].if_name == NULL) {
      sys_if_freenameindex(list);
      list = NULL;
    } else list[count++].if_index = row->InterfaceIndex;
  }
  FreeMibTable(table);
  if (list == NULL) errno = ENOMEM;
  return list;
}

unsigned sys_if_nametoindex(const char *name) {
  NET_LUID luid;
  NET_IFINDEX index = 0;
  wchar_t *wide = sys_widen(name);
  if (wide == NULL) return 0;
  DWORD code = ConvertInterfaceNameToLuidW(wide, &luid);
  if (code == NO_ERROR) code = ConvertInterfaceLuidToIndex(&luid, &index);
  free(wide);
  if (code != NO_ERROR || index == 0) errno = ENODEV;
  return code == NO_ERROR ? (unsigned)index : 0;
}

char *sys_if_indextoname(unsigned index, char name[IF_NAMESIZE]) {
  NET_LUID luid;
  wchar_t wide[IF_NAMESIZE];
  DWORD code = ConvertInterfaceIndexToLuid(index, &luid);
  if (code == NO_ERROR) code = ConvertInterfaceLuidToNameW(&luid, wide, IF_NAMESIZE);
  if (code == NO_ERROR && WideCharToMultiByte(CP_UTF8, 0, wide, -1, name, IF_NAMESIZE, NULL, NULL) > 0) return name;
  errno = ENXIO;
  return NULL;
}

#define HOST_MAX 256

int sys_gethostname(char *name, size_t size) {
  wchar_t wide[HOST_MAX];
  DWORD len = HOST_MAX;
  if (!GetComputerNameExW(ComputerNamePhysicalDnsHostname, wide, &len)) return sys_fail();
  return WideCharToMultiByte(CP_UTF8, 0, wide, -1, name, (int)size, NULL, NULL) > 0 ? 0 : sys_fail();
}
