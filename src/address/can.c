/* SPDX-License-Identifier: MIT */
/* AF_CAN, by protocol: {ifname} (raw, broadcast manager), {ifname, rx_id, tx_id} (ISO-TP), {ifname, name, pgn, addr}
   (J1939). An empty name of an interface means all interfaces. */
#include <string.h>

#include "codec.h"

#ifdef PS_CAN

static struct sockaddr_can *check_interface(lua_State *L, int arg, const Codec *codec, int elements, Address *a) {
  struct sockaddr_can *can = (struct sockaddr_can *)&a->any;
  ps_address_table(L, arg, codec, elements, elements);
  const char *name = ps_address_text(L, arg, codec, 1);
  if (strlen(name) >= IF_NAMESIZE) ps_address_error(L, "AF_CAN interface name too long");
  if (*name != '\0') can->can_ifindex = ps_address_interface(L, name);
  return can;
}

static struct sockaddr_can push_interface(lua_State *L, const Address *a) {
  char name[IF_NAMESIZE];
  struct sockaddr_can can;
  ps_address_copy(a, &can, sizeof can);
  int known = can.can_ifindex != 0 && sys_if_indextoname((unsigned)can.can_ifindex, name) != NULL;
  lua_pushstring(L, known ? name : "");
  return can;
}

static const char *const fields[] = {"ifname", NULL};

static int can_check(lua_State *L, int arg, int proto, Address *a) {
  if (proto != CAN_RAW && proto != CAN_BCM) ps_address_error(L, "unsupported CAN protocol");
  check_interface(L, arg, &ps_codec_can, 1, a);
  return 1;
}

static int can_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  push_interface(L, a);
  return 1;
}

const Codec ps_codec_can = {AF_CAN, PS_ANY_PROTO, "AF_CAN", sizeof(struct sockaddr_can), fields, can_check, can_push};

#ifdef CAN_ISOTP

static const char *const isotp_fields[] = {"ifname", "rx_id", "tx_id", NULL};

static int isotp_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_can *can = check_interface(L, arg, &ps_codec_can_isotp, 3, a);
  can->can_addr.tp.rx_id = ps_address_u32(L, arg, &ps_codec_can_isotp, 2);
  can->can_addr.tp.tx_id = ps_address_u32(L, arg, &ps_codec_can_isotp, 3);
  return 1;
}

static int isotp_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_can can = push_interface(L, a);
  lua_pushinteger(L, can.can_addr.tp.rx_id);
  lua_pushinteger(L, can.can_addr.tp.tx_id);
  return 3;
}

const Codec ps_codec_can_isotp = {AF_CAN,       CAN_ISOTP,   "AF_CAN",  sizeof(struct sockaddr_can),
                                  isotp_fields, isotp_check, isotp_push};

#endif

#ifdef CAN_J1939

static const char *const j1939_fields[] = {"ifname", "name", "pgn", "addr", NULL};

static int j1939_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  const Codec *codec = &ps_codec_can_j1939;
  struct sockaddr_can *can = check_interface(L, arg, codec, 4, a);
  /* a name has 64 bits: names above 2^63 are negative in Lua */
  can->can_addr.j1939.name = (uint64_t)ps_address_integer(L, arg, codec, 2, LUA_MININTEGER, LUA_MAXINTEGER);
  can->can_addr.j1939.pgn = ps_address_u32(L, arg, codec, 3);
  can->can_addr.j1939.addr = (uint8_t)ps_address_integer(L, arg, codec, 4, 0, 255);
  return 1;
}

static int j1939_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_can can = push_interface(L, a);
  lua_pushinteger(L, (lua_Integer)can.can_addr.j1939.name);
  lua_pushinteger(L, can.can_addr.j1939.pgn);
  lua_pushinteger(L, can.can_addr.j1939.addr);
  return 4;
}

const Codec ps_codec_can_j1939 = {AF_CAN,       CAN_J1939,   "AF_CAN",  sizeof(struct sockaddr_can),
                                  j1939_fields, j1939_check, j1939_push};

#endif

#endif
