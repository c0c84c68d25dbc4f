/* SPDX-License-Identifier: MIT */
/* The codecs of the address families. A codec converts a Lua value to a sockaddr, and back. */
#ifndef PS_ADDRESS_CODEC_H
#define PS_ADDRESS_CODEC_H

#include <string.h>

#include "../core.h"
#include "bluetooth.h"

#if defined AF_NETLINK && __has_include(<linux/netlink.h>)
#include <linux/netlink.h>
#define PS_NETLINK 1
#endif
#if defined AF_PACKET && __has_include(<netpacket/packet.h>)
#include <netpacket/packet.h>
#define PS_PACKET 1
#endif
#if defined AF_CAN && __has_include(<linux/can.h>)
#include <linux/can.h>
#define PS_CAN 1
#endif
#if defined AF_TIPC && __has_include(<linux/tipc.h>)
#include <linux/tipc.h>
#define PS_TIPC 1
#endif
#if defined AF_VSOCK && __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>
#define PS_VSOCK 1
#endif
#if defined AF_ALG && __has_include(<linux/if_alg.h>)
#include <linux/if_alg.h>
#define PS_ALG 1
#endif
#if defined AF_QIPCRTR && __has_include(<linux/qrtr.h>)
#include <linux/qrtr.h>
#define PS_QIPCRTR 1
#endif
#ifdef SYS_CONTROL
#define PS_SYSTEM 1
#endif
#if defined AF_HYPERV && __has_include(<hvsocket.h>)
#include <hvsocket.h>
#define PS_HYPERV 1
#endif

#define PS_ANY_PROTO (-1)

typedef struct Codec {
  int family;
  int proto;                 /* the protocol, if it decides about the form of an address, else PS_ANY_PROTO */
  const char *name;          /* for messages: "AF_INET" */
  socklen_t size;            /* of the sockaddr */
  const char *const *fields; /* the names of the elements, ended by NULL; NULL if an address is no table */
  /* Reads the value at 'arg' into 'a', or raises an error: 1, or 0 if the host has to be resolved first. The caller has
     set the family, the length 'size' and 'size' bytes of zeros; a codec sets another length itself. The caller removes
     the values that the codec leaves on the stack. */
  int (*check)(lua_State *L, int arg, int proto, Address *a);
  /* Pushes the elements and returns their number; or pushes one value, which is the address, and returns 0; or pushes
     nothing and returns -1 for an unknown form. 'a->len' includes at least the family; the other bytes may be anything.
     */
  int (*push)(lua_State *L, const Address *a, int proto);
} Codec;

extern const Codec ps_codec_inet, ps_codec_inet6, ps_codec_unix, ps_codec_unknown;
extern const Codec ps_codec_rds, ps_codec_divert, ps_codec_system, ps_codec_hyperv;
extern const Codec ps_codec_netlink, ps_codec_packet, ps_codec_tipc, ps_codec_vsock, ps_codec_alg, ps_codec_qipcrtr;
extern const Codec ps_codec_can, ps_codec_can_isotp, ps_codec_can_j1939;
extern const Codec ps_codec_l2cap, ps_codec_rfcomm, ps_codec_hci, ps_codec_sco, ps_codec_bluetooth;

/* Raises an error unless the value at 'arg' is a table of min to max elements. */
void ps_address_table(lua_State *L, int arg, const Codec *codec, int min, int max);
/* Pushes element 'i' (from 1), found by position or by name. Returns its type. */
int ps_address_element(lua_State *L, int arg, const Codec *codec, int i);
/* Element 'i', an integer within min..max, or raises an error. */
lua_Integer ps_address_integer(lua_State *L, int arg, const Codec *codec, int i, lua_Integer min, lua_Integer max);
lua_Integer ps_address_opt_integer(lua_State *L, int arg, const Codec *codec, int i, lua_Integer min, lua_Integer max,
                                   lua_Integer absent);
/* Element 'i' modulo 2^32: -1 is the highest number, as in Python. */
uint32_t ps_address_u32(lua_State *L, int arg, const Codec *codec, int i);
uint32_t ps_address_opt_u32(lua_State *L, int arg, const Codec *codec, int i, uint32_t absent);
/* Element 'i', a string without zeros, or raises an error. The string stays on the stack. */
const char *ps_address_text(lua_State *L, int arg, const Codec *codec, int i);
/* The host, which is element 1, as a string. Raises a gaierror if it contains zeros. The string stays on the stack. */
const char *ps_address_host(lua_State *L, int arg, const Codec *codec);
/* The index of an interface, or raises ENODEV, with the name as the address. */
int ps_address_interface(lua_State *L, const char *name);
/* Raises an OSError without an errno. */
int ps_address_error(lua_State *L, const char *text);

/* Fills a sockaddr of that size with the bytes of the address, and with zeros where the address is shorter. */
static inline void ps_address_copy(const Address *a, void *to, size_t size) {
  if (a->len < size) {
    memset(to, 0, size);
    memcpy(to, a->bytes, a->len);
  } else memcpy(to, a->bytes, size); /* a constant size, so that the compiler makes no call */
}

#endif
