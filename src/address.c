/* SPDX-License-Identifier: MIT */
/* Addresses: the choice of the codec for a family, and the metatables of the addresses that codecs push. */
#include <stddef.h>
#include <string.h>

#include "core.h"
#include "address/codec.h"

/***
An address: a sequence of elements in Python's order, which also have names. `tostring` writes it as `127.0.0.1:80` or
`[::1]:80`, and `==` compares the elements. As an argument, any table with these elements, by position or by name, is an
address. In some families, an address is a single value: a string in `AF_UNIX` (`"\0"` begins an abstract name) and for
Bluetooth SCO; for Bluetooth HCI an integer for the raw channel, on FreeBSD the name of a node, and on the other BSDs
the address of the device. In `AF_SYSTEM`, an argument may be the name of a kernel control.
@class address
@tfield string host `AF_INET`, `AF_INET6`: numeric in results; `""` is every interface
@tfield integer port `AF_INET`, `AF_INET6`, `AF_VSOCK`, `AF_QIPCRTR`
@tfield ?integer flowinfo `AF_INET6`; optional
@tfield ?integer scope_id `AF_INET6`: the interface of a link-local address; optional
@tfield ?integer pid `AF_NETLINK`
@tfield ?integer groups `AF_NETLINK`: a set of bits
@tfield ?string ifname `AF_PACKET`, `AF_CAN`: `""` is every interface
@tfield ?integer proto `AF_PACKET`: `ETH_P_*`, in host byte order
@tfield ?integer pkttype `AF_PACKET`: `PACKET_*`
@tfield ?integer hatype `AF_PACKET`
@tfield any addr `AF_PACKET`: the bytes of the hardware address; Bluetooth: `"00:11:22:33:44:55"`; `CAN_J1939`: an
  integer
@tfield ?integer rx_id `CAN_ISOTP`
@tfield ?integer tx_id `CAN_ISOTP`
@tfield any name `CAN_J1939`: an integer; `AF_ALG`: the name of the algorithm
@tfield ?integer pgn `CAN_J1939`
@tfield ?integer addr_type `AF_TIPC`: `TIPC_ADDR_*`; L2CAP: `BDADDR_*`
@tfield ?integer v1 `AF_TIPC`: the meaning depends on `addr_type`
@tfield ?integer v2 `AF_TIPC`
@tfield ?integer v3 `AF_TIPC`
@tfield ?integer scope `AF_TIPC`: `TIPC_*_SCOPE`
@tfield ?integer psm Bluetooth L2CAP
@tfield ?integer cid L2CAP, where it is optional; `AF_VSOCK`
@tfield ?integer channel Bluetooth RFCOMM (up to 255, on Windows up to 32 bits) and HCI
@tfield ?integer device Bluetooth HCI
@tfield ?integer node `AF_QIPCRTR`
@tfield ?integer id `AF_SYSTEM` for `SYSPROTO_CONTROL` (macOS)
@tfield ?integer unit `AF_SYSTEM`: 0 lets the kernel choose
@tfield ?string vm_id `AF_HYPERV` (Windows): a GUID, such as `HV_GUID_LOOPBACK`; returned in lower case
@tfield ?string service_id `AF_HYPERV`: a GUID
@tfield ?string type `AF_ALG`: `"hash"`, `"skcipher"`, ...
@tfield ?integer feat `AF_ALG`
@tfield ?integer mask `AF_ALG`
@tfield ?integer family any other family: its number
@tfield ?string data any other family: the bytes of the address
*/

/* The first codec that serves a family and protocol is used; the last one serves all others. */
/* clang-format off */
static const Codec *const codecs[] = {
    &ps_codec_inet,
    &ps_codec_inet6,
#ifdef AF_UNIX
    &ps_codec_unix,
#endif
#ifdef PS_NETLINK
    &ps_codec_netlink,
#endif
#ifdef PS_PACKET
    &ps_codec_packet,
#endif
#ifdef PS_CAN
#ifdef CAN_ISOTP
    &ps_codec_can_isotp,
#endif
#ifdef CAN_J1939
    &ps_codec_can_j1939,
#endif
    &ps_codec_can,
#endif
#ifdef PS_TIPC
    &ps_codec_tipc,
#endif
#ifdef PS_BLUETOOTH
    &ps_codec_rfcomm,
#ifdef BTPROTO_L2CAP
    &ps_codec_l2cap,
    &ps_codec_hci,
    &ps_codec_sco,
#endif
    &ps_codec_bluetooth,
#endif
#ifdef PS_VSOCK
    &ps_codec_vsock,
#endif
#ifdef PS_ALG
    &ps_codec_alg,
#endif
#ifdef PS_QIPCRTR
    &ps_codec_qipcrtr,
#endif
#ifdef PS_SYSTEM
    &ps_codec_system,
#endif
#ifdef PS_HYPERV
    &ps_codec_hyperv,
#endif
#ifdef AF_RDS
    &ps_codec_rds,
#endif
#ifdef AF_DIVERT
    &ps_codec_divert,
#endif
    &ps_codec_unknown,
};
/* clang-format on */

#define FAMILY_END (offsetof(struct sockaddr, sa_family) + sizeof(sa_family_t)) /* a shorter one is no address */
#define COMMON sizeof(struct sockaddr_in6)                                      /* most addresses are no larger */
#define UNKNOWN ((int)(sizeof codecs / sizeof *codecs) - 1)

_Static_assert(sizeof codecs / sizeof *codecs <= PS_CODECS, "the world has no place for their metatables");

static int serves(const Codec *c, int family, int proto) {
  return c == codecs[UNKNOWN] || (c->family == family && (c->proto == PS_ANY_PROTO || c->proto == proto));
}

/* The place of the codec in the list. */
static int find(int family, int proto) {
  int place = 0;
  while (!serves(codecs[place], family, proto)) place++;
  return place;
}

static int count_fields(const Codec *codec) {
  int n = 0;
  while (codec->fields != NULL && codec->fields[n] != NULL) n++;
  return n;
}

/* "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80" */
static int host_tostring(lua_State *L) {
  lua_settop(L, 1);
  for (int i = 1; i <= 4; i++) lua_geti(L, 1, i);
  lua_Integer scope = lua_tointeger(L, 5);
  const char *host = luaL_tolstring(L, 2, NULL), *port = luaL_tolstring(L, 3, NULL);
  if (scope != 0 && strchr(host, '%') == NULL) host = lua_pushfstring(L, "%s%%%I", host, scope);
  lua_pushfstring(L, strchr(host, ':') == NULL ? "%s:%s" : "[%s]:%s", host, port);
  return 1;
}

/* Makes the metatable of a codec's addresses, in place of the nil at the top. Making all of them at the start would
   take 7 % of the instructions of 'require'. */
static void make_metatable(lua_State *L, int place) {
  const char *const *fields = codecs[place]->fields;
  luaL_checkstack(L, 8, NULL);
  lua_pop(L, 1);
  ps_tuple_metatable_push(L, "address", fields);
  if (strcmp(fields[0], "host") == 0) {
    ps_function_push(L, "tostring", host_tostring, 0, 0);
    lua_setfield(L, -2, "__tostring");
  }
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_ADDRESS + place);
}

/* Makes an address of the table below the n values at the top and of these values. */
static void collect(lua_State *L, int place, int n) {
  for (int i = n; i > 0; i--) lua_rawseti(L, -i - 1, i);
  if (lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_ADDRESS + place) == LUA_TNIL) make_metatable(L, place);
  lua_setmetatable(L, -2);
}

/* Pushes the address with the codec at 'place': 1, or 0 and nothing pushed if the codec does not know the form. The
   table is made before the elements, which saves 50 instructions. */
static int push_with(lua_State *L, int place, const Address *a, int proto) {
  const Codec *codec = codecs[place];
  int fields = count_fields(codec);
  if (fields > 0) lua_createtable(L, fields, 0);
  int n = codec->push(L, a, proto);
  if (n > 0) collect(L, place, n);
  else if (fields > 0) lua_remove(L, -2 - n); /* removes the unused table, which is below a value for n == 0 */
  return n >= 0;
}

int ps_address_check(lua_State *L, int arg, const Socket *s, Address *a) {
  int top = lua_gettop(L);
  const Codec *codec = codecs[find(s->family, s->proto)];
  memset(a, 0, COMMON); /* a constant size, so that the compiler makes no call */
  if (codec->size > COMMON) memset(a, 0, codec->size);
  a->any.sa_family = (sa_family_t)s->family;
  a->len = codec->size;
  int numeric = codec->check(L, arg, s->proto, a);
#ifdef SYS_SA_LEN
  a->any.sa_len = (uint8_t)a->len;
#endif
  lua_settop(L, top);
  return numeric;
}

void ps_address_push(lua_State *L, const Address *a, int proto) {
#ifdef SYS_SA_LEN
  Address own;
  if (a->len >= FAMILY_END && a->any.sa_len != 0 && a->any.sa_len < a->len) { /* the address contains its length */
    own = *a;
    own.len = a->any.sa_len;
    a = &own;
  }
#endif
  if (a->len < FAMILY_END) {
    lua_pushnil(L);
    return;
  }
  if (!push_with(L, find(a->any.sa_family, proto), a, proto)) push_with(L, UNKNOWN, a, proto);
}

int ps_address_named(lua_State *L, int arg) {
  lua_createtable(L, 2, 0);
  for (int i = 1; i <= 2; i++) ps_address_element(L, arg, &ps_codec_inet, i);
  collect(L, find(AF_INET, 0), 2);
  return lua_gettop(L);
}

/* address_roundtrip(family, proto, value): the value converted to a sockaddr and back; false if its host has to be
   resolved */
static int f_address_roundtrip(lua_State *L) {
  Address a;
  Socket s = {.family = ps_check_int(L, 1, "family"), .proto = ps_check_int(L, 2, "proto")};
  if (ps_address_check(L, 3, &s, &a)) ps_address_push(L, &a, s.proto);
  else lua_pushboolean(L, 0);
  return 1;
}

/* address_bytes(family, proto, value): the bytes of its sockaddr; false if its host has to be resolved */
static int f_address_bytes(lua_State *L) {
  Address a;
  Socket s = {.family = ps_check_int(L, 1, "family"), .proto = ps_check_int(L, 2, "proto")};
  if (ps_address_check(L, 3, &s, &a)) lua_pushlstring(L, a.bytes, a.len);
  else lua_pushboolean(L, 0);
  return 1;
}

/* address_push(bytes, proto): the value for a sockaddr, beyond whose length the memory contains other bytes */
static int f_address_push(lua_State *L) {
  Address a;
  size_t len;
  const char *bytes = ps_check_string(L, 1, "bytes", &len);
  int proto = ps_check_int(L, 2, "proto");
  memset(&a, 0xA5, sizeof a);
  memcpy(a.bytes, bytes, len < sizeof a.storage ? len : sizeof a.storage);
  a.len = (socklen_t)len;
  ps_address_push(L, &a, proto);
  return 1;
}

static const luaL_Reg functions[] = {
    {"address_roundtrip", f_address_roundtrip},
    {"address_bytes", f_address_bytes},
    {"address_push", f_address_push},
    {NULL, NULL},
};

void ps_address_open(lua_State *L) { ps_register(L, PS_OPEN_LOCAL, functions, 0); }
