/* SPDX-License-Identifier: MIT */
/* AF_INET, and the families that use its addresses: {host, port} */
#include <string.h>

#include "codec.h"

static const char *const fields[] = {"host", "port", NULL};

static int is_digit(char c) { return c >= '0' && c <= '9'; }

/* Reads "127.0.0.1" as inet_pton(3) does, in half the time: 1, or 0 for any other text. */
static int dotted(const char *host, struct in_addr *addr) {
  uint32_t all = 0;
  for (int i = 0; i < 4; i++) {
    if (!is_digit(*host)) return 0;
    uint32_t value = (uint32_t)(*host++ - '0');
    for (; is_digit(*host); host++) {
      if (value == 0) return 0;
      value = value * 10 + (uint32_t)(*host - '0');
      if (value > 255) return 0;
    }
    if (*host++ != (i < 3 ? '.' : '\0')) return 0;
    all = all << 8 | value;
  }
  addr->s_addr = htonl(all);
  return 1;
}

/* Converts a host: 1, or 0 if it needs the resolver. The text of the last address that was pushed, to which answers are
   often sent, is recognized by its pointer, which saves 55 instructions. */
static int literal(lua_State *L, const char *host, struct in_addr *addr) {
  const World *world = ps_world(L);
  if (host == world->host_text) *addr = world->host;
  else if (*host == '\0') addr->s_addr = htonl(INADDR_ANY);
  else if (*host == '<' && strcmp(host, "<broadcast>") == 0) addr->s_addr = htonl(INADDR_BROADCAST);
  else return dotted(host, addr);
  return 1;
}

static int inet_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  ps_address_table(L, arg, &ps_codec_inet, 2, 2);
  const char *host = ps_address_host(L, arg, &ps_codec_inet);
  a->in.sin_family = AF_INET; /* also for the other families */
  a->in.sin_port = htons((uint16_t)ps_address_integer(L, arg, &ps_codec_inet, 2, 0, 65535));
  return literal(L, host, &a->in.sin_addr);
}

/* Pushes "127.0.0.1". inet_ntop(3) would take 1 600 instructions more, a quarter of a round trip of datagrams. */
static void push_text(lua_State *L, struct in_addr addr) {
  const unsigned char *bytes = (const unsigned char *)&addr.s_addr;
  char host[INET_ADDRSTRLEN], *end = host;
  for (int i = 0; i < 4; i++) {
    if (i > 0) *end++ = '.';
    if (bytes[i] >= 100) *end++ = (char)('0' + bytes[i] / 100);
    if (bytes[i] >= 10) *end++ = (char)('0' + bytes[i] / 10 % 10);
    *end++ = (char)('0' + bytes[i] % 10);
  }
  lua_pushlstring(L, host, (size_t)(end - host));
}

/* Pushes the text of the host. The text of the last host is kept, since the peer is often the same: that saves 200
   instructions, and the collector a string. */
static void push_host(lua_State *L, struct in_addr addr) {
  World *world = ps_world(L);
  if (world->host.s_addr != addr.s_addr) {
    push_text(L, addr);
    world->host_text = lua_tostring(L, -1); /* a short string exists once, and the user value keeps it alive */
    world->host = addr;
    lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_HOST);
  }
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_HOST);
}

static int inet_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_in in;
  ps_address_copy(a, &in, sizeof in);
  push_host(L, in.sin_addr);
  lua_pushinteger(L, ntohs(in.sin_port));
  return 2;
}

const Codec ps_codec_inet = {AF_INET, PS_ANY_PROTO, "AF_INET", sizeof(struct sockaddr_in),
                             fields,  inet_check,   inet_push};
#ifdef AF_RDS
const Codec ps_codec_rds = {AF_RDS, PS_ANY_PROTO, "AF_RDS", sizeof(struct sockaddr_in), fields, inet_check, inet_push};
#endif
#ifdef AF_DIVERT
const Codec ps_codec_divert = {AF_DIVERT, PS_ANY_PROTO, "AF_DIVERT", sizeof(struct sockaddr_in),
                               fields,    inet_check,   inet_push};
#endif
