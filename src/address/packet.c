/* SPDX-License-Identifier: MIT */
/* AF_PACKET: {ifname, proto[, pkttype[, hatype[, addr]]]}, with proto in host byte order and the bytes of a hardware
   address */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "codec.h"

#ifdef PS_PACKET

#define HARDWARE_AT offsetof(struct sockaddr_ll, sll_addr)

static const char *const fields[] = {"ifname", "proto", "pkttype", "hatype", "addr", NULL};

/* The index of the interface. A name that is too long is cut, as by the system. */
static int interface_index(lua_State *L, int arg) {
  char name[IF_NAMESIZE] = "";
  strncpy(name, ps_address_text(L, arg, &ps_codec_packet, 1), sizeof name - 1);
  return ps_address_interface(L, name);
}

static void hardware_check(lua_State *L, int arg, struct sockaddr_ll *ll) {
  size_t len;
  int type = ps_address_element(L, arg, &ps_codec_packet, 5), top = lua_gettop(L);
  if (type == LUA_TNIL) return;
  if (type != LUA_TSTRING && !ps_bytes_is(L, top))
    ps_arg_error(L, arg, "addr must be a string or bytearray, got %s", ps_type_name(L, top));
  const char *bytes = ps_check_buffer(L, top, "addr", &len);
  if (len > sizeof ll->sll_addr) ps_arg_error(L, arg, "addr must be 8 bytes or less, got %I", (lua_Integer)len);
  memcpy(ll->sll_addr, bytes, len);
  ll->sll_halen = (unsigned char)len;
}

static int packet_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_ll *ll = (struct sockaddr_ll *)&a->any;
  const Codec *codec = &ps_codec_packet;
  ps_address_table(L, arg, codec, 2, 5);
  ll->sll_protocol = htons((uint16_t)ps_address_integer(L, arg, codec, 2, 0, 65535));
  ll->sll_pkttype = (unsigned char)ps_address_opt_integer(L, arg, codec, 3, INT_MIN, INT_MAX, PACKET_HOST);
  ll->sll_hatype = (unsigned short)ps_address_opt_integer(L, arg, codec, 4, INT_MIN, INT_MAX, 0);
  hardware_check(L, arg, ll);
  ll->sll_ifindex = interface_index(L, arg);
  return 1;
}

/* The hardware address of some networks is longer than its field: the rest follows the structure. */
static void hardware_push(lua_State *L, const Address *a, size_t len) {
  size_t size = a->len < sizeof a->storage ? a->len : sizeof a->storage;
  size_t there = size > HARDWARE_AT ? size - HARDWARE_AT : 0;
  lua_pushlstring(L, a->bytes + HARDWARE_AT, len < there ? len : there);
}

static int packet_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  char name[IF_NAMESIZE];
  struct sockaddr_ll ll;
  ps_address_copy(a, &ll, sizeof ll);
  int known = ll.sll_ifindex != 0 && sys_if_indextoname((unsigned)ll.sll_ifindex, name) != NULL;
  lua_pushstring(L, known ? name : "");
  lua_pushinteger(L, ntohs(ll.sll_protocol));
  lua_pushinteger(L, ll.sll_pkttype);
  lua_pushinteger(L, ll.sll_hatype);
  hardware_push(L, a, ll.sll_halen);
  return 5;
}

const Codec ps_codec_packet = {AF_PACKET, PS_ANY_PROTO, "AF_PACKET", sizeof(struct sockaddr_ll),
                               fields,    packet_check, packet_push};

#endif
