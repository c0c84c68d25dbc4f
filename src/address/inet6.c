/* SPDX-License-Identifier: MIT */
/* AF_INET6: {host, port[, flowinfo[, scope_id]]}, with flowinfo in host byte order. The host may contain the scope:
   "fe80::1%eth0" */
#include <string.h>

#include "codec.h"

static const char *const fields[] = {"host", "port", "flowinfo", "scope_id", NULL};

/* The scope behind '%', the name or the number of an interface; 0: there is none. */
static uint32_t scope_of(const char *name) {
  uint64_t scope = 0;
  for (const char *c = name; *c != '\0'; c++) {
    if (*c < '0' || *c > '9') return sys_if_nametoindex(name);
    scope = scope * 10 + (uint64_t)(*c - '0');
    if (scope > UINT32_MAX) return 0;
  }
  return (uint32_t)scope;
}

/* Converts a host: 1, or 0 if it needs the resolver. */
static int literal(const char *host, struct sockaddr_in6 *in6) {
  char bare[INET6_ADDRSTRLEN];
  const char *percent = strchr(host, '%');
  size_t len = percent ? (size_t)(percent - host) : strlen(host);
  if (len >= sizeof bare) return 0;
  memcpy(bare, host, len);
  bare[len] = '\0';
  if (*host == '\0') in6->sin6_addr = in6addr_any;
  else if (sys_inet_pton(AF_INET6, bare, &in6->sin6_addr) != 1) return 0;
  if (percent == NULL) return 1;
  if (in6->sin6_scope_id == 0) in6->sin6_scope_id = scope_of(percent + 1);
  return in6->sin6_scope_id != 0;
}

static int inet6_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  ps_address_table(L, arg, &ps_codec_inet6, 2, 4);
  const char *host = ps_address_host(L, arg, &ps_codec_inet6);
  a->in6.sin6_port = htons((uint16_t)ps_address_integer(L, arg, &ps_codec_inet6, 2, 0, 65535));
  a->in6.sin6_flowinfo = htonl((uint32_t)ps_address_opt_integer(L, arg, &ps_codec_inet6, 3, 0, 0xFFFFF, 0));
  a->in6.sin6_scope_id = ps_address_opt_u32(L, arg, &ps_codec_inet6, 4, 0);
  if (strcmp(host, "<broadcast>") == 0 || strcmp(host, "255.255.255.255") == 0)
    ps_error_raise_text(L, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)),
                        "address family mismatched: %s is no IPv6 address", host);
  return literal(host, &a->in6);
}

static int inet6_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  char host[INET6_ADDRSTRLEN];
  struct sockaddr_in6 in6;
  ps_address_copy(a, &in6, sizeof in6);
  lua_pushstring(L, sys_inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof host));
  lua_pushinteger(L, ntohs(in6.sin6_port));
  lua_pushinteger(L, ntohl(in6.sin6_flowinfo));
  lua_pushinteger(L, in6.sin6_scope_id);
  return 4;
}

const Codec ps_codec_inet6 = {AF_INET6, PS_ANY_PROTO, "AF_INET6", sizeof(struct sockaddr_in6),
                              fields,   inet6_check,  inet6_push};
